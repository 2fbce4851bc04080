"""TFDS builder of scikit-learn's digits, which need no network: ``digits8x8``."""
import tensorflow_datasets as tfds

CITATION = """@misc{alpaydin1998optical, author={E. Alpaydin and C. Kaynak},
title={Optical Recognition of Handwritten Digits}, publisher={UCI Machine Learning Repository}, year={1998},
doi={10.24432/C50P49}}"""


class Digits8x8(tfds.core.GeneratorBasedBuilder):
    """1,797 handwritten digits of 8×8 pixels; the first half trains, as in scikit-learn's own example."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description="The test part of UCI's optical recognition of handwritten digits, 8x8 pixels, as bundled "
                        "with scikit-learn. The first 898 train, the other 899 test, in the order of the file. "
                        "Values 0-16 are scaled to 0-255.",
            features=tfds.features.FeaturesDict({
                "image": tfds.features.Image(shape=(8, 8, 1)),
                "label": tfds.features.ClassLabel(num_classes=10)}),
            supervised_keys=("image", "label"),
            homepage="https://scikit-learn.org/stable/auto_examples/classification/plot_digits_classification.html",
            citation=CITATION, license="CC BY 4.0")

    def _split_generators(self, dl_manager):
        import numpy as np
        from sklearn.datasets import load_digits

        digits = load_digits()
        images = np.rint(digits.images * 255 / 16).astype("uint8")[..., None]
        half = len(images) // 2
        return {"train": self._generate_examples(images[:half], digits.target[:half]),
                "test": self._generate_examples(images[half:], digits.target[half:])}

    def _generate_examples(self, images, labels):
        for i, (image, label) in enumerate(zip(images, labels)):
            yield i, {"image": image, "label": int(label)}

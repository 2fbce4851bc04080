"""TFDS builder of WNUT 17, emerging entities in noisy English text: ``wnut17``."""
import tensorflow_datasets as tfds

from recipes.datasets import conll
from recipes.datasets.publisher import Published, locate, text_of

FOLDER = "wnut17"
ORIGIN = ("https://raw.githubusercontent.com/leondz/emerging_entities_17/"
          "e52a2d2a71ac1a051ca2d532eef28653c5c02603")
LICENCE = "CC BY 4.0"
FILES = {
    "train": Published("wnut17train.conll", f"{ORIGIN}/wnut17train.conll",
                       "731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5"),
    "validation": Published("emerging.dev.conll", f"{ORIGIN}/emerging.dev.conll",
                            "e053b752b8155113ca66e7db08af5f2f5f43ab993694e4774f1ec5bad42312d8"),
    "test": Published("emerging.test.annotated", f"{ORIGIN}/emerging.test.annotated",
                      "2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0"),
}
KINDS = ("corporation", "creative-work", "group", "location", "person", "product")
CITATION = """@inproceedings{derczynski2017results, title={Results of the {WNUT}2017 Shared Task on Novel and Emerging
Entity Recognition}, author={Derczynski, Leon and Nichols, Eric and van Erp, Marieke and Limsopatham, Nut},
booktitle={Proceedings of the 3rd Workshop on Noisy User-generated Text}, pages={140--147}, year={2017},
url={https://aclanthology.org/W17-4418}}"""


class Wnut17(tfds.core.GeneratorBasedBuilder):
    """Sentences of social media with six kinds of entities, few of which occur twice."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = f"Optional, instead of a download: {', '.join(f.name for f in FILES.values())}."

    def _info(self):
        tags = ["O", *(f"{mark}-{kind}" for kind in KINDS for mark in "BI")]
        return tfds.core.DatasetInfo(
            builder=self, description=self.__doc__, license=LICENCE, citation=CITATION,
            homepage="https://noisy-text.github.io/2017/emerging-rare-entities.html",
            features=tfds.features.FeaturesDict({
                "tokens": tfds.features.Sequence(tfds.features.Text()),
                "tags": tfds.features.Sequence(tfds.features.ClassLabel(names=tags))}),
            supervised_keys=("tokens", "tags"))

    def _split_generators(self, dl_manager):
        paths = locate(dl_manager, FILES)
        return {split: self._generate_examples(path, FILES[split]) for split, path in paths.items()}

    def _generate_examples(self, path, file):
        for sentence in conll.sentences(text_of(path, file), path):
            yield sentence.line, {"tokens": sentence.words, "tags": sentence.tags}

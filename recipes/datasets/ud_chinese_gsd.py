"""TFDS builder of UD Chinese-GSD as it was in Universal Dependencies 1.4: ``ud_chinese_gsd/r1.4``."""
from typing import ClassVar

import tensorflow_datasets as tfds

from recipes.datasets import conll
from recipes.datasets.publisher import Published, locate, text_of
from registry.outputs.tags import UNIVERSAL

FOLDER = "ud_chinese_gsd_r1.4"
ORIGIN = ("https://raw.githubusercontent.com/UniversalDependencies/UD_Chinese-GSD/"
          "1daf680fe41f39e71cfe83311121cbd13f954d2e")
LICENCE = "CC BY-NC-SA 4.0"
FILES = {
    "train": Published("zh-ud-train.conllu", f"{ORIGIN}/zh-ud-train.conllu",
                       "94c1ad7f8f7d545169bafbef367852b965ec5eada13d614d8e8b6b9297ee6d0d"),
    "validation": Published("zh-ud-dev.conllu", f"{ORIGIN}/zh-ud-dev.conllu",
                            "574a2c826fc4207530be65b9cd9d8d9611a9749716ab1e3349ec681b93c7a42f"),
    "test": Published("zh-ud-test.conllu", f"{ORIGIN}/zh-ud-test.conllu",
                      "c5fe2733ca4a118725fc06d6a7dbce9952254a4a174f3bd75e13ab4d504e9970"),
}
CITATION = """@inproceedings{nivre2016universal, title={Universal Dependencies v1: A Multilingual Treebank Collection},
author={Joakim Nivre and Marie-Catherine de Marneffe and Filip Ginter and Yoav Goldberg and Jan Hajič and
Christopher D. Manning and Ryan McDonald and Slav Petrov and Sampo Pyysalo and Natalia Silveira and Reut Tsarfaty and
Daniel Zeman}, booktitle={Proceedings of LREC}, year={2016}, url={https://aclanthology.org/L16-1262}}"""
V1 = {"CONJ": "CCONJ"}  # the name that version 2 gave it


class UdChineseGsd(tfds.core.GeneratorBasedBuilder):
    """Sentences of Wikipedia in traditional Chinese, split into words with their parts of speech."""

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS: ClassVar[list] = [tfds.core.BuilderConfig(name="r1.4", description="of November 2016")]
    MANUAL_DOWNLOAD_INSTRUCTIONS = ("Optional, instead of a download, plain or packed as .xz: "
                                    f"{', '.join(f.name for f in FILES.values())}.")

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self, description=self.__doc__, license=LICENCE, citation=CITATION,
            homepage="https://universaldependencies.org/treebanks/zh_gsd",
            features=tfds.features.FeaturesDict({
                "tokens": tfds.features.Sequence(tfds.features.Text()),
                "upos": tfds.features.Sequence(tfds.features.ClassLabel(names=UNIVERSAL))}),
            supervised_keys=("tokens", "upos"))

    def _split_generators(self, dl_manager):
        paths = locate(dl_manager, FILES)
        return {split: self._generate_examples(path, FILES[split]) for split, path in paths.items()}

    def _generate_examples(self, path, file):
        for sentence in conll.sentences(text_of(path, file), path, conllu=True):
            yield sentence.line, {"tokens": sentence.words, "upos": [V1.get(tag, tag) for tag in sentence.tags]}

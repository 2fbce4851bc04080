"""TFDS builder of Universal NER, entities over Universal Dependencies treebanks: ``uner/zh_gsd``."""
from typing import ClassVar

import tensorflow_datasets as tfds

from recipes.datasets import conll
from recipes.datasets.publisher import Published, locate, text_of

FOLDER = "uner_zh_gsd"
ORIGIN = ("https://raw.githubusercontent.com/UniversalNER/UNER_Chinese-GSD/"
          "2a0c196d7a54d41119fd069874e976a58f0d7dad")
LICENCE = "CC BY-SA 4.0"
FILES = {
    "train": Published("zh_gsd-ud-train.iob2", f"{ORIGIN}/zh_gsd-ud-train.iob2",
                       "b9ed49a5abd6b9a74001ed0f08cbd54908129b88a42ecd50ae9cf6cef7c177c1"),
    "validation": Published("zh_gsd-ud-dev.iob2", f"{ORIGIN}/zh_gsd-ud-dev.iob2",
                            "0f8d7159545f257548aa4290302fb474c026ee0e1e61b3536ceb858893e3a1f1"),
    "test": Published("zh_gsd-ud-test.iob2", f"{ORIGIN}/zh_gsd-ud-test.iob2",
                      "6f6ee9bf4e984bb5bcdaa5b88e88cabe245d750128cc424dcb1a1394e47443a2"),
}
CITATION = """@inproceedings{mayhew2024universal, title={Universal {NER}: A Gold-Standard Multilingual Named Entity
Recognition Benchmark}, author={Stephen Mayhew and Terra Blevins and Shuheng Liu and Marek Šuppa and Hila Gonen and
Joseph Marvin Imperial and Börje F. Karlsson and Peiqin Lin and Nikola Ljubešić and LJ Miranda and Barbara Plank and
Arij Riabi and Yuval Pinter}, booktitle={Proceedings of NAACL}, year={2024},
url={https://aclanthology.org/2024.naacl-long.243}}"""


class Uner(tfds.core.GeneratorBasedBuilder):
    """Persons, places and organisations in the sentences of Universal Dependencies treebanks."""

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS: ClassVar[list] = [tfds.core.BuilderConfig(name="zh_gsd",
                                                               description="Traditional Chinese, UD_Chinese-GSD")]
    MANUAL_DOWNLOAD_INSTRUCTIONS = ("Optional, instead of a download, plain or packed as .xz: "
                                    f"{', '.join(f.name for f in FILES.values())}.")

    def _info(self):
        tags = ["O", *(f"{mark}-{kind}" for kind in ("LOC", "ORG", "PER") for mark in "BI")]
        return tfds.core.DatasetInfo(
            builder=self, description=self.__doc__, license=LICENCE, citation=CITATION,
            homepage="https://www.universalner.org",
            features=tfds.features.FeaturesDict({
                "tokens": tfds.features.Sequence(tfds.features.Text()),
                "tags": tfds.features.Sequence(tfds.features.ClassLabel(names=tags))}),
            supervised_keys=("tokens", "tags"))

    def _split_generators(self, dl_manager):
        paths = locate(dl_manager, FILES)
        return {split: self._generate_examples(path, FILES[split]) for split, path in paths.items()}

    def _generate_examples(self, path, file):
        for sentence in conll.sentences(text_of(path, file), path, columns={"x": 1, "y": 2}):
            yield sentence.line, {"tokens": sentence.words, "tags": sentence.tags}

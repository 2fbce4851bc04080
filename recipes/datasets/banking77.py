"""TFDS builder of Banking77, what customers of a bank want: ``banking77``."""
import csv
import io

import tensorflow_datasets as tfds

from recipes.datasets.publisher import Published, locate, text_of

FOLDER = "banking77"
ORIGIN = ("https://raw.githubusercontent.com/PolyAI-LDN/task-specific-datasets/"
          "57ec275d8078af65b7731c2a98be812d844a6d6b/banking_data")
LICENCE = "CC BY 4.0"
FILES = {
    "train": Published("train.csv", f"{ORIGIN}/train.csv",
                       "b06e26ac675513959a63135f11b94ea7786ed02da65db93a5650d8838cbc664b"),
    "test": Published("test.csv", f"{ORIGIN}/test.csv",
                      "d12d6e3bc4c3103966ae786dc435913c0c563dfa328f5a3646d0e62cfeeb474d"),
}
CITATION = """@inproceedings{casanueva2020efficient, title={Efficient Intent Detection with Dual Sentence Encoders},
author={I{\\~n}igo Casanueva and Tadas Tem{\\v{c}}inas and Daniela Gerz and Matthew Henderson and Ivan Vuli{\\'c}},
booktitle={Proceedings of the 2nd Workshop on NLP for ConvAI}, pages={38--45}, year={2020},
url={https://aclanthology.org/2020.nlp4convai-1.5}}"""


class Banking77(tfds.core.GeneratorBasedBuilder):
    """Questions of a bank's customers, each with one of 77 intents."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = f"Optional, instead of a download: {', '.join(f.name for f in FILES.values())}."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self, description=self.__doc__, license=LICENCE, citation=CITATION,
            homepage="https://github.com/PolyAI-LDN/task-specific-datasets",
            features=tfds.features.FeaturesDict({"text": tfds.features.Text(), "intent": tfds.features.Text()}))

    def _split_generators(self, dl_manager):
        paths = locate(dl_manager, FILES)
        return {split: self._generate_examples(path, FILES[split]) for split, path in paths.items()}

    def _generate_examples(self, path, file):
        for number, row in enumerate(csv.DictReader(io.StringIO(text_of(path, file), newline=""))):
            yield number, {"text": " ".join(row["text"].split()), "intent": row["category"]}

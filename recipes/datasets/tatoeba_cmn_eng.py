"""TFDS builder of sentences and their translations by volunteers of Tatoeba: ``tatoeba_cmn_eng``."""
import tensorflow_datasets as tfds

from recipes.datasets.publisher import Published, locate, text_of
from registry.errors import UserError

FOLDER = "tatoeba_cmn_eng"
ORIGIN = ("https://raw.githubusercontent.com/qi-dian-b/seq2seq2_machine-translation/"
          "e117d3a3bdb4c0b7b04db1fb929bf99eb50755b2")
LICENCE = "CC BY 2.0 FR"
FILES = {"train": Published("cmn.txt", f"{ORIGIN}/cmn.txt",
                            "616cf5e3e1d575083852c4ab9937a271a2782337e245244b3ba6aad505287241")}
CITATION = """@inproceedings{tiedemann2020tatoeba, title={The Tatoeba Translation Challenge -- Realistic Data Sets for
Low Resource and Multilingual {MT}}, author={Tiedemann, J{\\"o}rg}, booktitle={Proceedings of the Fifth Conference on
Machine Translation}, pages={1174--1182}, year={2020}, url={https://aclanthology.org/2020.wmt-1.139}}"""


class TatoebaCmnEng(tfds.core.GeneratorBasedBuilder):
    """Short English sentences and their Chinese translations, simplified and traditional, as ManyThings.org lists them.

    There is one split. An English sentence may stand there several times, with several translations.
    """

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Optional, instead of a download, plain or packed as .xz: cmn.txt."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self, description=self.__doc__, license=LICENCE, citation=CITATION,
            homepage="https://www.manythings.org/anki/",
            features=tfds.features.Translation(languages=("en", "zh")), supervised_keys=("en", "zh"))

    def _split_generators(self, dl_manager):
        paths = locate(dl_manager, FILES)
        return {split: self._generate_examples(path, FILES[split]) for split, path in paths.items()}

    def _generate_examples(self, path, file):
        for number, line in enumerate(text_of(path, file).splitlines(), 1):
            cells = line.split("\t")
            if len(cells) != 3 or not cells[0].strip() or not cells[1].strip():
                raise UserError(f"{path} line {number}: expected a sentence, its translation and their licence.")
            yield number, {"en": " ".join(cells[0].split()), "zh": " ".join(cells[1].split())}

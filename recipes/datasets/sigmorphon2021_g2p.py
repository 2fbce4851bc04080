"""TFDS builder of SIGMORPHON 2021's words and their pronunciations, 21 languages: ``sigmorphon2021_g2p/eng_us``."""
from pathlib import Path
from typing import ClassVar

import tensorflow_datasets as tfds

from recipes.datasets.publisher import Published, contents
from registry.errors import UserError

FOLDER = "sigmorphon2021_g2p"
ARCHIVE = "sigmorphon2021_g2p.tar.xz"
ORIGIN = "https://raw.githubusercontent.com/sigmorphon/2021-task1/821bcdece5a47820872215969f275004b0abe80c"
LICENCE = "CC BY-SA 3.0"
SPLITS = {"train": "train", "validation": "dev", "test": "test"}
LANGUAGES = {
    "high": ("eng_us",),
    "medium": ("arm_e", "bul", "dut", "fre", "geo", "hbs_latn", "hun", "jpn_hira", "kor", "vie_hanoi"),
    "low": ("ady", "gre", "ice", "ita", "khm", "lav", "mlt_latn", "rum", "slv", "wel_sw"),
}
CHECKSUMS = dict(line.split("\t") for line in
                 Path(__file__).with_name("sigmorphon2021_g2p.tsv").read_text(encoding="utf-8").splitlines())
FILES = {path: Published(path.rpartition("/")[2], f"{ORIGIN}/{path}", sha256) for path, sha256 in CHECKSUMS.items()}
CITATION = """@inproceedings{ashby2021results, title={Results of the Second {SIGMORPHON} Shared Task on Multilingual
Grapheme-to-Phoneme Conversion}, author={Ashby, Lucas F.E. and Bartley, Travis M. and Clematide, Simon and others},
booktitle={Proceedings of the 18th SIGMORPHON Workshop}, pages={115--125}, year={2021},
url={https://aclanthology.org/2021.sigmorphon-1.13}}"""


class Sigmorphon2021G2p(tfds.core.GeneratorBasedBuilder):
    """Words of Wiktionary, each with its phones in IPA, apart by spaces: 33,344 for training in American English, 8,000
    in ten languages and 800 in ten more."""

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS: ClassVar[list] = [
        tfds.core.BuilderConfig(name=name, description=f"{name}, of the {resource}-resource subtask")
        for resource, names in LANGUAGES.items() for name in names]
    MANUAL_DOWNLOAD_INSTRUCTIONS = f"Optional, instead of a download: {ARCHIVE}, or the language's .tsv files."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self, description=self.__doc__, license=LICENCE, citation=CITATION,
            homepage="https://github.com/sigmorphon/2021-task1",
            features=tfds.features.FeaturesDict({"word": tfds.features.Text(),
                                                 "pronunciation": tfds.features.Text()}))

    def _split_generators(self, dl_manager):
        files = files_of(self.builder_config.name)
        found = contents(dl_manager, {path: FILES[path] for path in files.values()}, ARCHIVE, f"{FOLDER}/")
        return {split: self._generate_examples(found[path].decode("utf-8"), path) for split, path in files.items()}

    def _generate_examples(self, text, path):
        for number, line in enumerate(text.splitlines(), 1):
            cells = line.split("\t")
            if len(cells) != 2 or not cells[0].strip() or not cells[1].strip():
                raise UserError(f"{path} line {number}: expected a word, a tab and its phones.")
            yield number, {"word": cells[0].strip(), "pronunciation": " ".join(cells[1].split())}


def files_of(language):
    """Return split → path of a language's files in the archive."""
    resource = next(name for name, languages in LANGUAGES.items() if language in languages)
    return {split: f"data/{resource}/{language}_{part}.tsv" for split, part in SPLITS.items()}

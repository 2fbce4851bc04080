"""TFDS builder of AN4, spelled words, numbers and commands, as CMU's cepstral coefficients: ``an4_mfcc``."""
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from recipes.datasets.feature_files import of_sphinx
from recipes.datasets.publisher import Published, contents
from registry.errors import UserError

FOLDER = "an4_mfcc"
ARCHIVE = "an4_mfcc.tar.xz"
ORIGIN = ("https://raw.githubusercontent.com/cphazen/Machine-Learning-Project-ASR/"
          "5e478f0ee6c5b060edf702acdd563948cad5545f")
LICENCE = "free for use for any purpose (commercial or otherwise), see an4/LICENSE"
CHECKSUMS = dict(line.split("\t") for line in
                 Path(__file__).with_name("an4_mfcc.tsv").read_text(encoding="utf-8").splitlines())
FILES = {path: Published(path.rpartition("/")[2], f"{ORIGIN}/{path}", sha256) for path, sha256 in CHECKSUMS.items()}
CITATION = """@phdthesis{acero1990acoustical, title={Acoustical and Environmental Robustness in Automatic Speech
Recognition}, author={Acero, Alejandro}, school={Carnegie Mellon University}, year={1990}}"""


class An4Mfcc(tfds.core.GeneratorBasedBuilder):
    """948 utterances for training and 130 of other speakers for test, of the alphanumeric part of CMU's Census data:
    13 cepstral coefficients a hundredth of a second of 40 mel bands from 130 to 6,800 Hz, and the words."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = f"Optional, instead of a download: {ARCHIVE}."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self, description=self.__doc__, license=LICENCE, citation=CITATION,
            homepage="http://www.speech.cs.cmu.edu/databases/an4/",
            features=tfds.features.FeaturesDict({
                "features": tfds.features.Tensor(shape=(None, 13), dtype=np.float32, encoding="zlib"),
                "text": tfds.features.Text(), "speaker": tfds.features.Text()}))

    def _split_generators(self, dl_manager):
        found = contents(dl_manager, FILES, ARCHIVE)
        return {split: self._generate_examples(found, split) for split in ("train", "test")}

    def _generate_examples(self, found, split):
        names, texts = (found[f"an4/etc/an4_{split}.{kind}"].decode("utf-8").splitlines()
                        for kind in ("fileids", "transcription"))
        for name, line in zip(names, texts, strict=True):
            text, _, utterance = line.rpartition(" ")
            if utterance != f"({name.rpartition('/')[2]})":
                raise UserError(f"an4_{split}.transcription: found {line!r} for {name}.")
            path = f"an4/feat/{name}.mfc"
            yield name, {"features": of_sphinx(found[path], path), "speaker": name.split("/")[1],
                         "text": " ".join(text.replace("<s>", " ").replace("</s>", " ").split())}

"""TFDS builder of sentence polarity, praise and blame in film reviews: ``sentence_polarity``."""
import io
import zipfile

import tensorflow_datasets as tfds

from recipes.datasets.publisher import Published, locate, verified
from registry.errors import UserError

FOLDER = "sentence_polarity"
LICENCE = "CC BY 4.0"
FILES = {"train": Published(
    "sentence_polarity.zip",
    "https://raw.githubusercontent.com/nltk/nltk_data/5db857e6f7df11eabb5e5665836db9ec8df07e28/packages/corpora/"
    "sentence_polarity.zip", "6e1ed4405b65c7eabf1d199a7f7c437091ac21da0ea7467b410a74062574566b")}
MEMBERS = {"negative": "sentence_polarity/rt-polarity.neg", "positive": "sentence_polarity/rt-polarity.pos"}
CITATION = """@inproceedings{pang2005seeing, title={Seeing Stars: Exploiting Class Relationships for Sentiment
Categorization with Respect to Rating Scales}, author={Bo Pang and Lillian Lee}, booktitle={Proceedings of ACL},
pages={115--124}, year={2005}, url={https://aclanthology.org/P05-1015}}"""


class SentencePolarity(tfds.core.GeneratorBasedBuilder):
    """Sentences of film reviews, half of them positive; the publisher names no split."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = f"Optional, instead of a download: {FILES['train'].name}."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self, description=self.__doc__, license=LICENCE, citation=CITATION,
            homepage="https://www.cs.cornell.edu/people/pabo/movie-review-data/",
            features=tfds.features.FeaturesDict({
                "text": tfds.features.Text(),
                "label": tfds.features.ClassLabel(names=list(MEMBERS))}),
            supervised_keys=("text", "label"))

    def _split_generators(self, dl_manager):
        paths = locate(dl_manager, FILES)
        return {split: self._generate_examples(path, FILES[split]) for split, path in paths.items()}

    def _generate_examples(self, path, file):
        try:
            archive = zipfile.ZipFile(io.BytesIO(verified(path, file)))
        except zipfile.BadZipFile as error:
            raise UserError(f"{path} is no whole .zip file ({error}): fetch it again.") from error
        for label, member in MEMBERS.items():
            for number, line in enumerate(archive.read(member).decode("latin-1").split("\n"), 1):
                if line.strip():
                    yield f"{label}-{number}", {"text": line.strip(), "label": label}

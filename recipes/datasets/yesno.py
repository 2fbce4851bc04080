"""TFDS builder of YesNo, the words "yes" and "no" in Hebrew, spoken eight at a time: ``yesno``."""
import io
import tarfile

import tensorflow_datasets as tfds

from recipes.datasets.publisher import Published, locate, verified

FOLDER = "yesno"
LICENCE = "CC BY, as openslr.org/1 names it"
FILES = {"train": Published("waves_yesno.tar.gz", "https://www.openslr.org/resources/1/waves_yesno.tar.gz",
                            "d9d3cb8551ede9490ce07d8e48563663c0bc826617ca572c125ba42043590510")}
WORDS = {"0": "no", "1": "yes"}
CITATION = "@misc{yesno, title={YesNo}, author={The Kaldi project}, url={https://www.openslr.org/1/}}"


class Yesno(tfds.core.GeneratorBasedBuilder):
    """Sixty recordings of one speaker, each of eight words; half of the sorted names trains, the other half tests."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = f"Optional, instead of a download: {FILES['train'].name}."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self, description=self.__doc__, license=LICENCE, citation=CITATION,
            homepage="https://www.openslr.org/1/",
            features=tfds.features.FeaturesDict({"audio": tfds.features.Audio(sample_rate=8000),
                                                 "text": tfds.features.Text()}),
            supervised_keys=("audio", "text"))

    def _split_generators(self, dl_manager):
        (path,) = locate(dl_manager, FILES).values()
        archive = tarfile.open(fileobj=io.BytesIO(verified(path, FILES["train"])))
        names = sorted(name for name in archive.getnames() if name.endswith(".wav"))
        half = len(names) // 2
        return {"train": self._generate_examples(archive, names[:half]),
                "test": self._generate_examples(archive, names[half:])}

    def _generate_examples(self, archive, names):
        import soundfile

        for name in names:
            stem = name.rpartition("/")[2].removesuffix(".wav")
            samples, _ = soundfile.read(io.BytesIO(archive.extractfile(name).read()), dtype="int16")
            yield stem, {"audio": samples.astype("int64"), "text": " ".join(WORDS[digit] for digit in stem.split("_"))}

"""TFDS builder of English sentences spoken by eSpeak NG, with the time of each phone: ``espeak_english``."""
import io

import numpy as np
import tensorflow_datasets as tfds

from recipes.datasets import tatoeba_cmn_eng as tatoeba
from recipes.datasets.publisher import locate, text_of

FOLDER, FILES = tatoeba.FOLDER, tatoeba.FILES
LICENCE = f"sentences: {tatoeba.LICENCE}; what eSpeak NG speaks is free of its licence"
RATE = 16_000
COUNTS = {"train": 3000, "validation": 300, "test": 300}
VOICES = {"train": ("m1", "m2", "m3", "m4", "m5", "m6", "f1", "f2", "f3"), "validation": ("m7", "f4"),
          "test": ("m8", "f5")}  # variants of eSpeak NG's American English


class EspeakEnglish(tfds.core.GeneratorBasedBuilder):
    """Sentences of 3 to 12 words from Tatoeba, each spoken once, at 130 to 220 words a minute, by one of 13 voices.

    Voices and sentences of validation and test are not those of training. `begins` are the samples where the phones
    begin; a phone ends where the next one begins, the last one with the sound.
    """

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Optional, instead of a download, plain or packed as .xz: cmn.txt."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self, description=self.__doc__, license=LICENCE, citation=tatoeba.CITATION,
            homepage="https://github.com/espeak-ng/espeak-ng",
            features=tfds.features.FeaturesDict({
                "audio": tfds.features.Audio(sample_rate=RATE, file_format="wav", dtype=np.int16, encoding="zlib"),
                "text": tfds.features.Text(), "voice": tfds.features.Text(),
                "phones": tfds.features.Sequence(tfds.features.Text()), "begins": tfds.features.Sequence(np.int64)}),
            supervised_keys=("audio", "text"))

    def _split_generators(self, dl_manager):
        (path,) = locate(dl_manager, FILES).values()
        rng = np.random.default_rng(0)
        sentences = rng.permutation(_sentences(text_of(path, FILES["train"])))
        ends = np.cumsum(list(COUNTS.values()))
        return {split: self._generate_examples(split, sentences[end - COUNTS[split] : end])
                for split, end in zip(COUNTS, ends)}

    def _generate_examples(self, split, sentences):
        from recipes.datasets.espeak import Speaker
        from recipes.datasets.sounds import resampled

        speaker, rng = Speaker(), np.random.default_rng(list(COUNTS).index(split))
        for number, sentence in enumerate(sentences):
            voice = rng.choice(VOICES[split])
            samples, phones = speaker.say(sentence, f"en-us+{voice}", rng.integers(130, 221), rng.integers(25, 76))
            samples = resampled(samples.astype("float32") / 32768, speaker.rate, RATE)
            yield number, {"audio": _wav(samples), "text": sentence, "voice": voice,
                           "phones": [name for name, _ in phones],
                           "begins": [round(place * RATE / speaker.rate) for _, place in phones]}


def _wav(samples):
    """Return samples as a file, the one form in which TFDS packs sounds."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, samples.clip(-1, 1), RATE, format="WAV", subtype="PCM_16")
    file.seek(0)
    return file


def _sentences(text):
    """Return the different English sentences of 3 to 12 words, in their order."""
    found = dict.fromkeys(" ".join(line.split("\t")[0].split()) for line in text.splitlines())
    return [sentence for sentence in found if 3 <= len(sentence.split()) <= 12]

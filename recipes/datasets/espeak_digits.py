"""TFDS builder of the digits "zero" to "nine" in hundreds of voices of eSpeak NG: ``espeak_digits``."""
import numpy as np
import tensorflow_datasets as tfds

from recipes.datasets.espeak_english import wav

RATE, COUNT = 8000, 6000
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ACCENTS = ("en-us", "en-us-nyc", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029")
VOICES = tuple("""
    Alex Alicia Andrea Andy Annie Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee Marco Mario Michael Mike Nguyen Reed
    Storm adam anika announcer antonio aunty belinda benjamin boris caleb david ed edward edward2 f1 f2 f3 f4 f5
    grandma grandpa gustave ian iven iven2 iven3 iven4 john kaukovalta klatt klatt2 klatt3 klatt4 klatt5 klatt6 linda
    m1 m2 m3 m4 m5 m6 m7 m8 marcelo max michel miguel mike2 norbert pablo paul pedro quincy rob robert sandro shelby
    steph steph2 steph3 travis victor zac""".split())  # of eSpeak NG 1.52, without robots and whispers
QUIET, AROUND = 0.02, (100, 200)  # share of the loudest that counts as silence; samples kept before and after


class EspeakDigits(tfds.core.GeneratorBasedBuilder):
    """Digits in seven accents of English by 85 voices, at 110 to 230 words a minute, without the silence around them."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self, description=self.__doc__, homepage="https://github.com/espeak-ng/espeak-ng",
            license="what eSpeak NG speaks is free of its licence",
            features=tfds.features.FeaturesDict({
                "audio": tfds.features.Audio(sample_rate=RATE, file_format="wav", dtype=np.int16, encoding="zlib"),
                "label": tfds.features.ClassLabel(names=[str(digit) for digit in range(10)]),
                "voice": tfds.features.Text()}),
            supervised_keys=("audio", "label"))

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        from recipes.datasets.espeak import Speaker
        from recipes.datasets.sounds import resampled

        speaker, rng = Speaker(), np.random.default_rng(0)
        for number in range(COUNT):
            digit, voice = number % 10, f"{rng.choice(ACCENTS)}+{rng.choice(VOICES)}"
            samples, _ = speaker.say(WORDS[digit], voice, rng.integers(110, 231), rng.integers(10, 91))
            samples = trimmed(resampled(samples.astype("float32") / 32768, speaker.rate, RATE))
            yield number, {"audio": wav(samples, RATE), "label": digit, "voice": voice}


def trimmed(samples):
    """Return samples (N,) without the silence before and after."""
    loud = np.convolve(np.abs(samples), np.ones(80) / 80, "same")
    places = np.flatnonzero(loud > QUIET * loud.max())
    return samples[max(places[0] - AROUND[0], 0) : places[-1] + AROUND[1]]

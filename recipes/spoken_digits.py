"""Spoken digits, "zero" to "nine", by five speakers: audio → label (Free Spoken Digit Dataset, Jackson et al. 2018,
https://doi.org/10.5281/zenodo.1342401).

The publisher's split: of each digit by each speaker the recordings 0 to 4 test. Of the others every ninth validates, so
that early and late ones both train. With `--holdout speaker` each speaker in turn is the test part, and the others'
recordings 0 to 4 validate:

    python -m recipes run spoken_digits
    python -m recipes run spoken_digits --holdout speaker

Measured: test accuracy 99.60 % (98.80 to 100.00), shallow 99.20 % (98.00 to 100.00),
not distinguishable from the shallow model (p = 0.844); 1087 s, 50 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Audio, Framing, Label

DATASET = "spoken_digit"
HOLDOUTS = {"speaker": ("george", "jackson", "nicolas", "theo", "yweweler")}


def data(folders, holdout=None):
    """Return the raw examples; `holdout` is ("speaker", name)."""
    from recipes.datasets.tfds_source import divided

    def part_of(name):  # such as 7_theo_13.wav
        _, speaker, take = name.removesuffix(".wav").split("_")
        if holdout:
            return "test" if speaker == holdout[1] else "validation" if int(take) < 5 else "train"
        return "test" if int(take) < 5 else "validation" if int(take) % 9 == 5 else "train"

    how = f"{holdout[0]} {holdout[1]} tests" if holdout else "the publisher: recordings 0 to 4 test"
    return divided(DATASET, folders, x="audio", y="label", key="audio/filename", part_of=part_of, how=how)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="spoken_digits", data="TFDS spoken_digit", target=0.996,
        framing=Framing(Audio(rate=8000, seconds=0.8, decibels=50.0, speed=0.1, noise=0.05, hide_bands=4,
                              hide_time=0.1), Label()),
        architecture="crnn", size="small", epochs=50, batch_size=32, learning_rate=2e-3, weight_decay=0.05, ema=0.99,
        keep="last", members=3, shallow={"epochs": 20, "learning_rate": 3e-2})

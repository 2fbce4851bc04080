"""Eight words a time, each "yes" or "no", of one speaker: audio → text by CTC (https://www.openslr.org/1/).

Sixty recordings; the first half of the sorted names trains, the second tests, as Kaldi's recipe divides them.

    python -m recipes run yesno

Measured: test wer 4.58 % (1.25 to 8.75), shallow 32.92 % (19.16 to 49.17),
better than the shallow model (p ≤ 0.001); 30 s, 40 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Audio, Framing, Transcript

DATASET = "yesno"


def data(folders):
    """Return the raw examples."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(DATASET, folders)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="yesno", data="YesNo", metric="wer", target=0.0,
        framing=Framing(Audio(rate=8000, standardise="each", speed=0.1, noise=0.1),
                        Transcript(alphabet=("no", "yes"), unit="word")),
        architecture="crnn", size="small", options={"stride": 4}, epochs=40, batch_size=4, learning_rate=2e-3,
        weight_decay=0.01, clip_norm=1.0, ema=0.98, keep="last")

"""Spoken commands: ten words, silence, or another word: audio → label (Speech Commands 2, Warden 2018,
https://arxiv.org/abs/1804.03209).

The publisher's splits, through TFDS, which downloads 2.4 GB.

    python -m recipes run keywords
"""
from recipes.recipe import Recipe
from registry import Audio, Framing, Label

DATASET = "speech_commands"


def data(folders):
    """Return the raw examples."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(DATASET, folders, x="audio", y="label")


def recipe():
    """Return the experiment."""
    return Recipe(
        name="keywords", data="TFDS speech_commands",
        framing=Framing(Audio(seconds=1.0, standardise="each", speed=0.1, noise=0.1, hide_bands=6, hide_time=0.1),
                        Label()),
        architecture="bcresnet", size="base", epochs=30, batch_size=128, learning_rate=4e-3, weight_decay=0.01,
        ema=0.999, keep="last", shallow={"epochs": 10, "learning_rate": 3e-2})

"""Dependency trees of English sentences: word sequence → tree.

    python -m recipes run parsing
"""
from recipes.recipe import Recipe
from registry import Framing, Tree, WordSeq

DATASET = "universal_dependencies/en_ewt"


def data(folders):
    """Return the raw examples of TFDS's universal_dependencies/en_ewt with its official splits."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(DATASET, folders, x="tokens", y="deprel")


def recipe():
    """Return the experiment."""
    return Recipe(
        name="parsing", data="TFDS universal_dependencies/en_ewt",
        framing=Framing(WordSeq(min_count=2, embedding=128, char_filters=48, word_dropout=0.25), Tree()),
        architecture="bilstm", size="base", options={"units": 256, "depth": 2, "dropout": 0.33}, metric="las", epochs=15,
        batch_size=32, learning_rate=2e-3, weight_decay=0.0, clip_norm=5.0, ema=0.0)

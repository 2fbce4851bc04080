"""Praise or blame in sentences of film reviews: word sequence → label.

Pang & Lee 2005 (https://aclanthology.org/P05-1015). The publisher names no split: 10 % validate and 10 % test, cut by
the hash of the sentence.

    python -m recipes run sentiment

Measured: test accuracy 78.20 % (75.64 to 80.47), shallow 77.06 % (74.50 to 79.72),
not distinguishable from the shallow model (p = 0.402); 623 s, 10 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Framing, Label, WordSeq

DATASET = "sentence_polarity"


def data(folders):
    """Return the raw examples."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(DATASET, folders)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="sentiment", data="sentence polarity", target=0.785,
        framing=Framing(WordSeq(min_count=2, word_dropout=0.3), Label(("negative", "positive"))),
        architecture="text_cnn", options={"dropout": 0.6}, epochs=10, batch_size=64, learning_rate=1e-3,
        weight_decay=0.1, ema=0.99, keep="last", members=5,
        shallow={"options": {"buckets": 2**20}, "epochs": 6})

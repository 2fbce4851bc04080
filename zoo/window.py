"""Linear model on hashed features of a word and its neighbours (Ratnaparkhi 1996, https://aclanthology.org/W96-0213).

The shallow tagger: the hand-made features of each word (itself, its affixes, its shape and its neighbours, see
`zoo.layers.word_features`) are switches, each has a learned vector, and the vectors of those that are on are added. The
sum with the head's linear box is one linear map; its rank is at most `units`.

Shapes: B batch, T time, F features a word, U units.
"""

from keras import layers

from zoo.layers.embedding_sum import EmbeddingSum

TAKES = "ids"
GIVES = "sequence"
POOL = "average"
HANDMADE = True
FITS = "Tags that a word's form and its close neighbours decide; learned in a minute, hard to beat on small data."
AVOID = "Where meaning or far context decides: words that look different have nothing in common here."
WIDTH = ("units",)
SIZES = {
    "tiny": {"units": 8, "buckets": 1009},
    "small": {"units": 24, "buckets": 2**15},
    "base": {"units": 24, "buckets": 2**17},
    "large": {"units": 64, "buckets": 2**19},
}


def body(x, *, units, buckets, dropout=0.1):
    """Add the learned vectors of all features of a word.

    Args:
        x: hashed features (B, T, F) int32; 0 is no feature, and a position without any is padding.
        units: size of the vectors, U; from the number of classes up the linear map is not restricted.
        buckets: number of vectors; greater ids are folded into them.
        dropout: rate at which features are left out in training, which keeps rare ones from being leant on.

    Returns:
        Features (B, T, U) with a Keras mask.
    """
    x = EmbeddingSum(buckets, units, dropout=dropout, name="features")(x)
    return layers.Identity(name="window")(x)


def space(hp):
    return {
        "units": hp.Choice("units", [16, 32, 64]),
        "buckets": hp.Choice("buckets", [2**15, 2**17, 2**19]),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

"""Bag of words and n-grams (Joulin et al. 2017, fastText, https://aclanthology.org/E17-2068).

The mean of the learned vectors of all words and n-grams of a text, hashed; what stands where is forgotten.

Shapes: B batch, N n-grams, U units.
"""
from zoo.layers.embedding_sum import EmbeddingSum

TAKES = "ngrams"
GIVES = "vector"
POOL = "average"
HANDMADE = True
FITS = "Many texts and many answers where speed counts: hundreds of thousands of words a second without a GPU."
AVOID = "Where order or far context decides, or examples are few: n-grams seen once teach nothing."
WIDTH = ("units",)
SIZES = {
    "tiny": {"units": 8, "buckets": 1009},
    "base": {"units": 64, "buckets": 2**18},
    "large": {"units": 128, "buckets": 2**20},
}


def body(x, *, units, buckets, dropout=0.0):
    """Average the learned vectors of the n-grams that are on.

    Args:
        x: hashed n-grams (B, N) int32; 0 is none.
        units: size of the vectors, U.
        buckets: number of vectors; greater ids are folded into them.
        dropout: rate at which n-grams are left out in training.

    Returns:
        Features (B, U).
    """
    return EmbeddingSum(buckets, units, dropout=dropout, mean=True, spread=1 / units, name="features")(x)


def space(hp):
    return {
        "units": hp.Choice("units", [16, 64, 128]),
        "buckets": hp.Choice("buckets", [2**16, 2**18, 2**20]),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

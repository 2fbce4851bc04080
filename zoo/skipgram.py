"""Skip-gram (Mikolov et al. 2013, https://arxiv.org/abs/1301.3781).

A word's vector says what stands near it. Two boxes are learned, both tables: the vectors of words, which are the stem,
and the vectors of names to stand near, which are the head; a score is the product of two vectors. So there is nothing
for the body to do, and it hands the word's vector on, with dropout as the only choice. Whether the softmax over all
names or negative samples teach them is a choice of the output domain (`Neighbours(negatives=5)`).

Shapes: B batch, D features.
"""
from keras import layers

TAKES = "vector"
GIVES = "vector"
POOL = "average"
HANDMADE = False
FORMS = ("neighbours",)
FITS = "Words by the company they keep: words that are used alike get vectors that are alike."
AVOID = "Where a word's meaning in one sentence counts: every occurrence has the same vector."
SIZES = {"tiny": {}, "base": {}}


def body(x, *, dropout=0.0):
    """Hand the vector of a word on.

    Args:
        x: vectors (B, D).
        dropout: rate at which features are dropped in training.

    Returns:
        Features (B, D).
    """
    if dropout:
        return layers.Dropout(dropout, name="dropout")(x)
    return layers.Identity(name="features")(x)


def space(hp):
    return {"dropout": hp.Float("dropout", 0.0, 0.5, step=0.1)}

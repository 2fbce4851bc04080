"""Factorisation machine (Rendle 2010, https://doi.org/10.1109/ICDM.2010.127).

Each value of a field has a weight and a vector. The score of a row is the sum of its weights and of the products of the
vectors of every two fields, so that two values that were never seen together still have an interaction.

Shapes: B batch, F fields, D size of a vector.
"""
from keras import layers

from zoo.layers.fields import FieldScores

TAKES = "fields"
GIVES = "vector"
POOL = "scores"
HANDMADE = False
FORMS = ("event",)
FITS = "Sparse rows where two fields together tell: their interaction has as many parameters as their vectors."
AVOID = "Where three or more fields work together, or numbers act in bends: only products of two are there."
SIZES = {"tiny": {}, "base": {}}


def body(x, *, dropout=0.0):
    """Add up weights and products of vectors.

    Args:
        x: weights and vectors of fields (B, F, 1 + D).
        dropout: rate at which fields are left out in training.

    Returns:
        Scores (B, 1).
    """
    if dropout:
        x = layers.Dropout(dropout, noise_shape=(None, None, 1), name="dropout")(x)
    return FieldScores(pairs=True, name="machine")(x)


def space(hp):
    return {"dropout": hp.Float("dropout", 0.0, 0.3, step=0.1)}

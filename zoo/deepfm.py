"""DeepFM: a factorisation machine and a deep network on the same vectors (Guo et al. 2017,
https://arxiv.org/abs/1703.04247).

The machine adds up weights and the products of every two fields; the multilayer perceptron reads all vectors in a row.
Both scores are added, and both teach the same vectors.

Shapes: B batch, F fields, D size of a vector.
"""
from keras import layers, ops

from zoo import mlp
from zoo.layers.fields import FieldScores

TAKES = "fields"
GIVES = "vector"
POOL = "scores"
HANDMADE = False
FORMS = ("event",)
FITS = "Rows of categories with many values: products of pairs from the first step, anything else learned beside them."
AVOID = "A few numbers and no categories (mlp on vectors), or when a score must be read weight by weight (logistic)."
WIDTH = ("units",)
SIZES = {
    "tiny": {"units": 8, "depth": 1},
    "small": {"units": 64, "depth": 2},
    "base": {"units": 400, "depth": 2},
    "large": {"units": 400, "depth": 3, "dropout": 0.2},
}


def body(x, *, units, depth, dropout=0.0):
    """Add the scores of a factorisation machine and of a multilayer perceptron.

    Args:
        x: weights and vectors of fields (B, F, 1 + D).
        units, depth, dropout: of the deep part, as in `zoo.mlp`.

    Returns:
        Scores (B, 1).
    """
    return with_deep(FieldScores(pairs=True, name="machine")(x), x, units, depth, dropout)


def with_deep(score, x, units, depth, dropout):
    """Return a score (B, 1) with that of a multilayer perceptron on the vectors of x added; see `body`."""
    _, vectors = ops.split(x, [1], axis=-1)  # the gradient of a slice takes many times as long
    deep = mlp.body(vectors, units=units, depth=depth, dropout=dropout)
    deep = layers.Dense(1, name="deep_score")(deep)
    return layers.Add(name="score", dtype="float32")([score, deep])


def space(hp):
    return {
        "units": hp.Int("units", 32, 512, step=32),
        "depth": hp.Int("depth", 1, 4),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

"""Wide and deep (Cheng et al. 2016, https://doi.org/10.1145/2988450.2988454).

The wide part adds up a weight for each value, which remembers; the deep part is a multilayer perceptron on the vectors
of the fields, which generalises. Crosses of fields, which the wide part lives on, are fields that the input domain
makes (`crosses`).

Shapes: B batch, F fields, D size of a vector.
"""
from zoo import deepfm
from zoo.layers.fields import FieldScores

TAKES = "fields"
GIVES = "vector"
POOL = "scores"
HANDMADE = False
FORMS = ("event",)
FITS = "Rows with known crosses of fields to remember, and many more combinations to generalise to."
AVOID = "Where nobody knows which fields to cross: a factorisation machine finds pairs by itself (deepfm)."
WIDTH = ("units",)
SIZES = {
    "tiny": {"units": 8, "depth": 1},
    "small": {"units": 64, "depth": 2},
    "base": {"units": 400, "depth": 2},
}


def body(x, *, units, depth, dropout=0.0):
    """Add a linear score and that of a multilayer perceptron.

    Args:
        x: weights and vectors of fields (B, F, 1 + D).
        units, depth, dropout: of the deep part, as in `zoo.mlp`.

    Returns:
        Scores (B, 1).
    """
    return deepfm.with_deep(FieldScores(pairs=False, name="wide")(x), x, units, depth, dropout)


space = deepfm.space

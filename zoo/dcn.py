"""Deep & cross network, version 2 (Wang et al. 2021, https://arxiv.org/abs/2008.13535).

A cross layer multiplies the row of all vectors with a linear function of what the layer before gave, so that each layer
adds one to the degree of the interactions. A multilayer perceptron stands beside them (the paper's parallel form).

Shapes: B batch, F fields, D size of a vector, U units.
"""
from keras import layers

from zoo import mlp

TAKES = "fields"
GIVES = "vector"
POOL = "average"
HANDMADE = False
FORMS = ("event",)
FITS = "Rows where three and more fields work together: each cross layer adds a degree, weighed feature by feature."
AVOID = "Few examples, or very many fields: a cross layer has the square of fields times vector size as parameters."
WIDTH = ("units",)
SIZES = {
    "tiny": {"cross_layers": 1, "units": 8, "depth": 1},
    "small": {"cross_layers": 2, "units": 64, "depth": 2},
    "base": {"cross_layers": 2, "units": 400, "depth": 2},
    "large": {"cross_layers": 3, "units": 512, "depth": 3, "dropout": 0.2},
}


def body(x, *, cross_layers, units, depth, dropout=0.0, rank=0):
    """Cross all vectors with each other, and read them with a multilayer perceptron beside.

    Args:
        x: weights and vectors of fields (B, F, 1 + D).
        cross_layers: number of cross layers.
        units, depth, dropout: of the deep part, as in `zoo.mlp`.
        rank: of the matrices of the cross layers; full where it is 0.

    Returns:
        Features (B, F (1 + D) + U).
    """
    start = y = layers.Flatten(name="row")(x)
    for i in range(cross_layers):
        z = layers.Dense(rank, use_bias=False, name=f"cross_{i}_low")(y) if rank else y
        z = layers.Dense(start.shape[-1], name=f"cross_{i}")(z)
        y = layers.Add(name=f"cross_{i}_sum")([layers.Multiply(name=f"cross_{i}_product")([start, z]), y])
    return layers.Concatenate(name="both")([y, mlp.body(x, units=units, depth=depth, dropout=dropout)])


def space(hp):
    return {
        "cross_layers": hp.Int("cross_layers", 1, 4),
        "units": hp.Int("units", 32, 512, step=32),
        "depth": hp.Int("depth", 1, 4),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
        "rank": hp.Choice("rank", [0, 16, 64]),
    }

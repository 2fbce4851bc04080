"""GRU4Rec, a recurrent network over a session (Hidasi et al. 2016, https://arxiv.org/abs/1511.06939).

Gated recurrent units (Cho et al. 2014, https://arxiv.org/abs/1406.1078) read what came one after the other; where they
stand at the end tells what comes next. The paper ranks against sampled items; here it is the softmax over all.

Shapes: B batch, T items, D features, U units.
"""
from keras import layers

TAKES = "sequence"
GIVES = "sequence"
POOL = "last"
HANDMADE = False
CAUSAL = True
FORMS = ("items",)
FITS = "Sessions: what comes next depends on the order of what came, most on the last steps."
AVOID = "Sets, whose order tells nothing, and long histories: it walks step by step."
WIDTH = ("units",)
SIZES = {
    "tiny": {"units": 16, "depth": 1},
    "small": {"units": 64, "depth": 1},
    "base": {"units": 128, "depth": 1},
    "large": {"units": 512, "depth": 2},
}


def body(x, *, units, depth, dropout=0.2):
    """Read a sequence from left to right, keeping the time axis.

    Args:
        x: a vector of each item (B, T, D); a Keras mask is obeyed and kept.
        units: size of each layer, U.
        depth: number of stacked layers.
        dropout: rate at which features are dropped before each layer and after the last.

    Returns:
        Features (B, T, U).
    """
    for i in range(depth):
        x = layers.Dropout(dropout, name=f"dropout_{i}")(x)
        x = layers.GRU(units, return_sequences=True, name=f"gru_{i}")(x)  # (B, T, U)
    return layers.Dropout(dropout, name="dropout")(x)


def space(hp):
    return {
        "units": hp.Choice("units", [64, 128, 256, 512]),
        "depth": hp.Int("depth", 1, 2),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

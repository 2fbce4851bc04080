"""LSTM (Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735).

It reads from left to right: what it gives at a position knows what came before and nothing that follows.

Shapes: B batch, T time, D features, U units.
"""

from keras import layers

from zoo.layers.lstm import LSTM

TAKES = "sequence"
GIVES = "sequence"
POOL = "attention"
HANDMADE = False
CAUSAL = True
FITS = "Sequences that are read as they come: the next character or word, or an answer before the end is known."
AVOID = "Where the whole sequence is there from the start: reading in both directions (bilstm) knows more."
WIDTH = ("units",)
SIZES = {
    "tiny": {"units": 16, "depth": 1},
    "small": {"units": 256, "depth": 1},
    "base": {"units": 512, "depth": 1},
    "large": {"units": 512, "depth": 3},
}


def body(x, *, units, depth, dropout=0.2):
    """Read a sequence from left to right, keeping the time axis.

    Args:
        x: features (B, T, D); a Keras mask is obeyed and kept.
        units: size of each layer, U.
        depth: number of stacked layers.
        dropout: rate at which features are dropped before each layer and after the last.

    Returns:
        Features (B, T, U).
    """
    for i in range(depth):
        x = layers.Dropout(dropout, name=f"dropout_{i}")(x)
        x = LSTM(units, return_sequences=True, name=f"lstm_{i}")(x)  # (B, T, U)
    return layers.Dropout(dropout, name="dropout")(x)


def space(hp):
    return {
        "units": hp.Int("units", 128, 1024, step=128),
        "depth": hp.Int("depth", 1, 3),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

"""Bidirectional LSTM (Graves & Schmidhuber 2005, https://doi.org/10.1016/j.neunet.2005.06.042).

Shapes: B batch, T time, D features, U units.
"""

from keras import layers

from zoo.layers.bidirectional import Bidirectional
from zoo.layers.frames import StackFrames
from zoo.layers.lstm import LSTM

TAKES = "sequence"
GIVES = "sequence"
POOL = "attention"
HANDMADE = False
THREADS = (1, 2)  # on CPUs both directions run side by side, which doubles the speed of small steps
FITS = "Sequences of words or frames: each answer may depend on all that came before and all that follows."
AVOID = "Long sequences where speed counts: it walks step by step; convolutions and transformers run in parallel."
WIDTH = ("units",)
SIZES = {
    "tiny": {"units": 8, "depth": 1},
    "small": {"units": 128, "depth": 1},
    "base": {"units": 192, "depth": 2},
    "large": {"units": 400, "depth": 3},
}


def body(x, *, units, depth, stride=1, dropout=0.33):
    """Read a sequence in both directions, keeping the time axis.

    Args:
        x: features (B, T, D); a Keras mask is obeyed and kept.
        units: size of each direction, U.
        depth: number of stacked layers.
        stride: so many steps of time are put together first, as sounds, which are long, allow; 1 keeps every step.
        dropout: rate at which whole features are dropped, the same at all times of a sequence (Gal & Ghahramani
            2016, https://arxiv.org/abs/1512.05287), before each layer and after the last.

    Returns:
        Features (B, ⌈T/stride⌉, 2U).
    """
    if stride > 1:
        x = StackFrames(stride, name="stack")(x)
    for i in range(depth):
        x = layers.SpatialDropout1D(dropout, name=f"dropout_{i}")(x)
        x = Bidirectional(LSTM(units, padded_end=True, return_sequences=True), name=f"lstm_{i}")(x)  # (B, T', 2U)
    return layers.SpatialDropout1D(dropout, name="dropout")(x)


def space(hp):
    return {
        "units": hp.Int("units", 64, 512, step=64),
        "depth": hp.Int("depth", 1, 3),
        "dropout": hp.Float("dropout", 0.1, 0.6, step=0.1),
    }

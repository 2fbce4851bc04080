"""Convolutions over time and frequency, then a bidirectional LSTM (Çakır et al. 2017, https://arxiv.org/abs/1702.06286;
for speech Amodei et al. 2016, https://arxiv.org/abs/1512.02595).

Shapes: B batch, T time, D features, F bands, C filters, U units.
"""

from keras import layers

from zoo.layers.bidirectional import Bidirectional
from zoo.layers.frames import AsFrames, AsGrid, MaskedConv2D
from zoo.layers.layer_norm import LayerNorm
from zoo.layers.lstm import LSTM

TAKES = "sequence"
GIVES = "sequence"
POOL = "attention"
HANDMADE = False
FITS = "Sounds of any length: convolutions find the patterns of a moment, the LSTM how they follow each other."
AVOID = "Words, whose features have no neighbours, and sounds that must be answered before they end."
WIDTH = ("filters", "units")
SIZES = {
    "tiny": {"filters": (4, 4), "units": 8, "depth": 1},
    "small": {"filters": (16, 32), "units": 64, "depth": 1},
    "base": {"filters": (32, 32, 64), "units": 128, "depth": 1},
    "large": {"filters": (32, 32, 96), "units": 384, "depth": 3},
}


def body(x, *, filters, units, depth, stride=2, dropout=0.2):
    """Convolve and read in both directions.

    Args:
        x: features (B, T, D), neighbours in D being neighbours in frequency; a Keras mask is obeyed and kept.
        filters: of each convolution, C, which halves the bands; they are 3 wide in time and frequency, the first
            2·stride + 1 in time.
        units: size of each direction, U.
        depth: number of LSTMs.
        stride: of the first convolution over time; 1 keeps every frame.
        dropout: rate at which whole features are dropped before and after each LSTM.

    Returns:
        Features (B, ⌈T/stride⌉, 2U).
    """
    x = AsGrid(time=2, name="grid")(x)  # (B, F, T, 1): CPUs convolve faster along an axis that is long
    for i, width in enumerate(filters):
        strides = (2, 1 if i else stride)
        x = MaskedConv2D(width, (3, 2 * strides[1] + 1), strides, time=2, use_bias=False, name=f"conv_{i}")(x)
        x = LayerNorm(rectified=True, epsilon=1e-6, name=f"norm_{i}")(x)
    x = AsFrames(time=2, name="flat")(x)
    for i in range(depth):
        x = layers.SpatialDropout1D(dropout, name=f"dropout_{i}")(x)
        x = Bidirectional(LSTM(units, padded_end=True, return_sequences=True), name=f"lstm_{i}")(x)  # (B, T', 2U)
    return layers.SpatialDropout1D(dropout, name="dropout")(x)


def space(hp):
    width = hp.Choice("width", [8, 16, 32])
    return {
        "filters": (width, width, 2 * width)[: hp.Int("convolutions", 1, 3)],
        "units": hp.Int("units", 64, 384, step=64),
        "depth": hp.Int("depth", 1, 3),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

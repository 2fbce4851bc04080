"""Deep Speech 2: wide convolutions over time and frequency, then deep bidirectional LSTMs (Amodei et al. 2016,
https://arxiv.org/abs/1512.02595). Layers are normalised frame by frame, where the paper normalises over the batch, so
that padding changes nothing.

Shapes: B batch, T time, D features, U units.
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
THREADS = (1, 2)  # on CPUs both directions run side by side
FITS = "Hundreds of hours of speech with their texts, read in both directions."
AVOID = "Little speech, where a small `crnn` learns sooner, and speech that must be answered before it ends."
KERNELS = ((11, 41), (11, 21))  # of the paper: frames, bands
LARGEST = 20.0
WIDTH = ("filters", "units")
SIZES = {
    "tiny": {"filters": 4, "units": 8, "depth": 1},
    "small": {"filters": 16, "units": 128, "depth": 2},
    "base": {"filters": 32, "units": 256, "depth": 3},
    "large": {"filters": 32, "units": 800, "depth": 5},
}


def body(x, *, filters, units, depth, stride=2, dropout=0.2):
    """Convolve twice and read in both directions.

    Args:
        x: features (B, T, D), neighbours in D being neighbours in frequency; a Keras mask is obeyed and kept.
        filters: of each convolution, which halves the bands.
        units: size of each direction, U.
        depth: number of LSTMs.
        stride: of the first convolution over time; 1 keeps every frame.
        dropout: rate at which whole features are dropped before and after each LSTM.

    Returns:
        Features (B, ⌈T/stride⌉, 2U).
    """
    x = AsGrid(name="grid")(x)  # (B, T, D, 1)
    for i, kernel in enumerate(KERNELS):
        x = MaskedConv2D(filters, kernel, (1 if i else stride, 2), use_bias=False, name=f"conv_{i}")(x)
        x = LayerNorm(epsilon=1e-6, name=f"norm_{i}")(x)
        x = layers.ReLU(LARGEST, name=f"relu_{i}")(x)
    x = AsFrames(name="flat")(x)
    for i in range(depth):
        x = layers.SpatialDropout1D(dropout, name=f"dropout_{i}")(x)
        x = Bidirectional(LSTM(units, padded_end=True, return_sequences=True), name=f"lstm_{i}")(x)  # (B, T', 2U)
        x = LayerNorm(epsilon=1e-6, name=f"lstm_norm_{i}")(x)
    return layers.SpatialDropout1D(dropout, name="dropout")(x)


def space(hp):
    return {
        "filters": hp.Choice("filters", [8, 16, 32]),
        "units": hp.Int("units", 128, 768, step=128),
        "depth": hp.Int("depth", 1, 5),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

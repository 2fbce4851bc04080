"""Temporal convolutional network (Bai, Kolter & Koltun 2018, https://arxiv.org/abs/1803.01271): dilated convolutions,
each block looking twice as far as the one before.

It looks to both sides but where `causal` forbids; layers are normalised rather than weights.

Shapes: B batch, T time, D features, C filters.
"""

from keras import layers

from zoo.layers.frames import StackFrames
from zoo.layers.layer_norm import LayerNorm
from zoo.layers.masked_conv import MaskedConv1D

TAKES = "sequence"
GIVES = "sequence"
POOL = "average"
HANDMADE = False
FITS = "Long sequences answered step by step: all steps at once, and the reach is known beforehand."
AVOID = "Where what counts may lie farther off than 2^depth·(width - 1) steps."
WIDTH = ("filters",)
SIZES = {
    "tiny": {"filters": 8, "depth": 2},
    "small": {"filters": 64, "depth": 4},
    "base": {"filters": 128, "depth": 6},
    "large": {"filters": 256, "depth": 8},
}


def body(x, *, filters, depth, width=3, stride=1, causal=False, dropout=0.1):
    """Stack blocks of two convolutions whose places lie 1, 2, 4, … steps apart, each block added to what it reads.

    Args:
        x: features (B, T, D); a Keras mask is obeyed and kept.
        filters: of each convolution, C.
        depth: number of blocks.
        width: places of a filter.
        stride: as in `zoo.bilstm.body`.
        causal: look at what went before only.
        dropout: rate at which whole filters are dropped after each convolution.

    Returns:
        Features (B, ⌈T/stride⌉, C).
    """
    if stride > 1:
        x = StackFrames(stride, name="stack")(x)
    x = layers.Dense(filters, name="project")(x)
    for i in range(depth):
        y = x
        for k in range(2):
            y = LayerNorm(epsilon=1e-6, name=f"norm_{i}_{k}")(y)
            y = MaskedConv1D(filters, width, padding="causal" if causal else "same", dilation_rate=2**i,
                             activation="relu", name=f"conv_{i}_{k}")(y)
            y = layers.SpatialDropout1D(dropout, name=f"dropout_{i}_{k}")(y)
        x = layers.Add(name=f"add_{i}")([x, y])
    return LayerNorm(epsilon=1e-6, name="norm")(x)


def space(hp):
    return {
        "filters": hp.Int("filters", 32, 256, step=32),
        "depth": hp.Int("depth", 2, 8),
        "width": hp.Choice("width", [2, 3, 5]),
        "dropout": hp.Float("dropout", 0.0, 0.3, step=0.1),
    }

"""Conformer (Gulati et al. 2020, https://arxiv.org/abs/2005.08100): self-attention for what is far, convolutions for
what is near.

Positions are sinusoids added once, and layers are normalised in place of batches, so that an answer depends on no
other example.

Shapes: B batch, T time, D features, U units.
"""

from keras import layers

from zoo.layers.attention import MultiHeadAttention
from zoo.layers.dropout import Dropout
from zoo.layers.frames import MaskedDepthwiseConv1D, StackFrames
from zoo.layers.layer_norm import LayerNorm
from zoo.layers.positions import Positions

TAKES = "sequence"
GIVES = "sequence"
POOL = "average"
HANDMADE = False
FITS = "Speech: sounds of a moment and sentences of seconds, each part where it is strongest."
AVOID = "Little data, or very long recordings: attention costs the square of the length."
WIDTH = ("units", "head_units")
SIZES = {
    "tiny": {"units": 16, "num_heads": 2, "depth": 1},
    "small": {"units": 96, "num_heads": 4, "depth": 3},
    "base": {"units": 144, "num_heads": 4, "depth": 8},
    "large": {"units": 256, "num_heads": 4, "depth": 16},
}


def body(x, *, units, num_heads, depth, width=15, stride=2, dropout=0.1):
    """Put neighbouring frames together and stack blocks of feed-forward, attention, convolution, feed-forward.

    Args:
        x: features (B, T, D); a Keras mask is obeyed and kept.
        units: width of all blocks, U.
        num_heads: attention heads, which share the width out among them.
        depth: number of blocks.
        width: of the convolutions, in steps of time.
        stride: so many frames are put together first; 1 keeps every frame.
        dropout: rate applied to the output of each part.

    Returns:
        Features (B, ⌈T/stride⌉, U).

    Raises:
        ValueError: num_heads does not divide units.
    """
    if units % num_heads:
        raise ValueError(f"received units={units}, num_heads={num_heads}: expected units that num_heads divides")
    x = StackFrames(stride, name="stack")(x)
    x = layers.Dense(units, name="project")(x)
    x = Dropout(dropout, name="dropout")(Positions(name="positions")(x))
    for i in range(depth):
        x = _forward(x, units, dropout, f"first_{i}")
        y = LayerNorm(epsilon=1e-6, name=f"attention_norm_{i}")(x)
        y = MultiHeadAttention(num_heads, units // num_heads, dropout=dropout, name=f"attention_{i}")(y, y)
        x = layers.Add(name=f"attention_add_{i}")([x, Dropout(dropout, name=f"attention_dropout_{i}")(y)])
        x = _convolve(x, units, width, dropout, f"conv_{i}")
        x = _forward(x, units, dropout, f"second_{i}")
        x = LayerNorm(epsilon=1e-6, name=f"norm_{i}")(x)
    return x


def _forward(x, units, dropout, name):
    """Half a feed-forward part: its output is halved before it is added."""
    y = LayerNorm(epsilon=1e-6, name=f"{name}_norm")(x)
    y = layers.Dense(4 * units, activation="silu", name=f"{name}_wide")(y)
    y = layers.Dense(units, name=f"{name}_narrow")(Dropout(dropout, name=f"{name}_dropout")(y))
    y = layers.Rescaling(0.5, name=f"{name}_half")(y)
    return layers.Add(name=f"{name}_add")([x, y])


def _convolve(x, units, width, dropout, name):
    y = LayerNorm(epsilon=1e-6, name=f"{name}_norm")(x)
    gate = layers.Dense(units, activation="sigmoid", name=f"{name}_gate")(y)
    y = layers.Multiply(name=f"{name}_gated")([layers.Dense(units, name=f"{name}_in")(y), gate])
    y = MaskedDepthwiseConv1D(width, name=f"{name}_depthwise")(y)
    y = LayerNorm(epsilon=1e-6, name=f"{name}_norm_after")(y)
    y = layers.Dense(units, name=f"{name}_out")(layers.Activation("silu", name=f"{name}_silu")(y))
    return layers.Add(name=f"{name}_add")([x, Dropout(dropout, name=f"{name}_dropout")(y)])


def space(hp):
    num_heads = hp.Choice("num_heads", [2, 4])
    return {
        "num_heads": num_heads,
        "units": num_heads * hp.Int("head_units", 16, 64, step=16),
        "depth": hp.Int("depth", 1, 8),
        "width": hp.Choice("width", [7, 15, 31]),
        "dropout": hp.Float("dropout", 0.0, 0.3, step=0.1),
    }

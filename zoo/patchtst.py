"""PatchTST (Nie et al. 2023, https://arxiv.org/abs/2211.14730): a Transformer on patches of each channel by itself.

A patch of some steps is one token; all channels share the weights. As theirs, each part is added and then normalised
over the batch. What their reversible normalisation does is a choice of the input domain (`Series(each="standard")`).

Shapes: B batch, C channels, T time, N patches of P steps, U units.
"""
from keras import layers

from zoo.layers.attention import MultiHeadAttention
from zoo.layers.batch_norm import BatchNorm
from zoo.layers.gelu import gelu
from zoo.layers.positions import Positions
from zoo.layers.windows import Patches

TAKES = "channels"
GIVES = "channels"
POOL = "channels"
HANDMADE = False
FITS = "Long windows of several channels: patches keep the sequence short, and each channel teaches all others."
AVOID = "Short windows, or where what happens in one channel is told by another: channels never meet."
WIDTH = ("units", "head_units")
SIZES = {
    "tiny": {"units": 8, "num_heads": 2, "depth": 1},
    "small": {"units": 16, "num_heads": 4, "depth": 3, "dropout": 0.3},
    "base": {"units": 128, "num_heads": 16, "depth": 3, "dropout": 0.2},
}


def body(x, *, units, num_heads, depth, dropout=0.2, patch=16, step=8):
    """Look at patches of each channel with self-attention.

    Args:
        x: channels (B, C, T).
        units: width of the blocks, U; the feed-forward part is twice as wide, or 8 times up to 16 units, as theirs.
        num_heads: attention heads, which share the width out among them.
        depth: number of blocks.
        dropout: rate applied to patches, attention and features.
        patch: steps of a patch, P.
        step: steps from one patch to the next.

    Returns:
        Features of each channel (B, C, NU).

    Raises:
        ValueError: num_heads does not divide units, or a window is shorter than a patch.
    """
    if units % num_heads:
        raise ValueError(f"received units={units}, num_heads={num_heads}: expected units that num_heads divides")
    channels, steps = x.shape[1:]
    if steps < patch:
        raise ValueError(f"received windows of {steps} steps: expected {patch} or more, the length of a patch")
    x = layers.Dense(units, name="project")(Patches(patch, step, name="patches")(x))  # (B, C, N, U)
    x = layers.Dropout(dropout, name="dropout")(Positions("learned", x.shape[2], name="positions")(x))
    for i in range(depth):
        attend = MultiHeadAttention(num_heads, units // num_heads, attention_axes=2, name=f"attention_{i}")
        x = _added(x, attend(x, x), dropout, f"attention_{{}}_{i}")
        y = layers.Dense((8 if units <= 16 else 2) * units, activation=gelu, name=f"forward_wide_{i}")(x)
        y = layers.Dense(units, name=f"forward_narrow_{i}")(layers.Dropout(dropout, name=f"forward_inner_{i}")(y))
        x = _added(x, y, dropout, f"forward_{{}}_{i}")
    x = layers.Reshape((channels, x.shape[2] * units), name="channels")(x)
    return layers.Dropout(dropout, name="features")(x)


def _added(x, y, dropout, name):
    """Return x with a part's output added, normalised over the batch."""
    y = layers.Dropout(dropout, name=name.format("dropout"))(y)
    return BatchNorm(name=name.format("norm"))(layers.Add(name=name.format("add"))([x, y]))


def space(hp):
    num_heads = hp.Choice("num_heads", [2, 4, 8])
    return {"num_heads": num_heads, "units": num_heads * hp.Int("head_units", 2, 16, step=2),
            "depth": hp.Int("depth", 1, 4), "dropout": hp.Float("dropout", 0.0, 0.4, step=0.1),
            "patch": hp.Choice("patch", [8, 16, 24])}

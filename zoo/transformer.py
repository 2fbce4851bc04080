"""Transformer encoder (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762); where a text is asked, their decoder.

The layer norm stands before each part, not behind it (Xiong et al. 2020, https://arxiv.org/abs/2002.04745): it trains
without a warm-up of the step size.

Shapes: B batch, T time, D features, U units.
"""

from keras import layers

from zoo.layers.attention import MultiHeadAttention
from zoo.layers.dropout import Dropout
from zoo.layers.gelu import gelu
from zoo.layers.layer_norm import LayerNorm
from zoo.layers.positions import Positions
from zoo.layers.transformer_decoder import TransformerDecoder

TAKES = "sequence"
GIVES = "sequence"
POOL = "average"
HANDMADE = False
FITS = "Sequences where anything may bear on anything else, however far: every position looks at all others at once."
AVOID = "Little data without pretraining, or very long sequences: the cost grows with the square of the length."
WIDTH = ("units", "head_units")
SIZES = {
    "tiny": {"units": 16, "num_heads": 2, "depth": 1},
    "small": {"units": 128, "num_heads": 4, "depth": 2},
    "base": {"units": 256, "num_heads": 4, "depth": 4},
    "large": {"units": 512, "num_heads": 8, "depth": 6},
}


def body(x, *, units, num_heads, depth, dropout=0.1, positions="sinusoidal", causal=False):
    """Stack self-attention and feed-forward blocks.

    Args:
        x: features (B, T, D); a Keras mask is obeyed and kept.
        units: width of all blocks, U; the feed-forward part is four times as wide.
        num_heads: attention heads, which share the width out among them.
        depth: number of blocks.
        dropout: rate applied to the input and to the output of each part.
        positions: "sinusoidal" (the paper's, any T) or "learned" (512 of them, the last stands for all behind).
        causal: no position looks at what follows it.

    Returns:
        Features (B, T, U).

    Raises:
        ValueError: num_heads does not divide units.
    """
    if units % num_heads:
        raise ValueError(f"received units={units}, num_heads={num_heads}: expected units that num_heads divides")
    x = layers.Dense(units, name="project")(x)
    x = Positions(positions, name="positions")(x)
    x = Dropout(dropout, name="dropout")(x)
    for i in range(depth):
        y = LayerNorm(epsilon=1e-6, name=f"attention_norm_{i}")(x)
        attend = MultiHeadAttention(num_heads, units // num_heads, dropout=dropout, name=f"attention_{i}")
        y = Dropout(dropout, name=f"attention_dropout_{i}")(attend(y, y, use_causal_mask=causal))
        x = layers.Add(name=f"attention_add_{i}")([x, y])  # a layer, since x + y would drop the mask
        y = LayerNorm(epsilon=1e-6, name=f"forward_norm_{i}")(x)
        y = layers.Dense(4 * units, activation=gelu, name=f"forward_wide_{i}")(y)
        y = layers.Dense(units, name=f"forward_narrow_{i}")(y)
        y = Dropout(dropout, name=f"forward_dropout_{i}")(y)
        x = layers.Add(name=f"forward_add_{i}")([x, y])
    return LayerNorm(epsilon=1e-6, name="norm")(x)


def decoder(num_pieces, *, units, num_heads, depth, dropout=0.1):
    """Return the layer that writes a text: see `TransformerDecoder`.

    Args:
        num_pieces: how many pieces texts are made of.
        units, num_heads, depth, dropout: as in `body`.
    """
    return TransformerDecoder(num_pieces, units, num_heads=num_heads, depth=depth, dropout=dropout,
                              name="head_decoder")


def space(hp):
    num_heads = hp.Choice("num_heads", [2, 4, 8])
    return {
        "num_heads": num_heads,
        "units": num_heads * hp.Int("head_units", 16, 64, step=16),
        "depth": hp.Int("depth", 1, 6),
        "dropout": hp.Float("dropout", 0.0, 0.4, step=0.1),
        "positions": hp.Choice("positions", ["sinusoidal", "learned"]),
    }

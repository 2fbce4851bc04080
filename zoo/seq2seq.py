"""Encoder and decoder: LSTMs with attention (Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473).

A bidirectional LSTM reads, an LSTM writes, and before each piece it looks back at what was read
(`zoo.layers.attention_decoder`).

Shapes: B batch, T time, D features, U units.
"""

from zoo import bilstm
from zoo.layers.attention_decoder import AttentionDecoder

TAKES = "sequence"
GIVES = "sequence"
POOL = "attention"
HANDMADE = False
THREADS = bilstm.THREADS
FITS = "Short texts from short sequences, with thousands of examples and no pretraining: translation, pronunciation."
AVOID = "Long texts, or so much data that speed decides: it walks step by step; transformers train in parallel."
WIDTH = ("units",)
SIZES = {
    "tiny": {"units": 16, "depth": 1, "dropout": 0.0},
    "small": {"units": 128, "depth": 1},
    "base": {"units": 256, "depth": 2},
    "large": {"units": 512, "depth": 2},
}


def body(x, *, units, depth, stride=1, dropout=0.3):
    """Read a sequence in both directions, keeping the time axis: see `zoo.bilstm.body`.

    Args:
        x: features (B, T, D); a Keras mask is obeyed and kept.
        units: size of reader and writer, U; each direction has half of it.
        depth: number of stacked layers of either.
        stride: as in `zoo.bilstm.body`.
        dropout: rate at which features are dropped.

    Returns:
        Features (B, ⌈T/stride⌉, U).
    """
    return bilstm.body(x, units=max(units // 2, 1), depth=depth, stride=stride, dropout=dropout)


def decoder(num_pieces, *, units, depth, dropout=0.3, attention="multiplicative"):
    """Return the layer that writes a text: see `AttentionDecoder`.

    Args:
        num_pieces: how many pieces texts are made of.
        units, depth, dropout: as in `body`.
        attention: "multiplicative" (Luong et al. 2015, https://arxiv.org/abs/1508.04025) or "additive" (Bahdanau's).
    """
    return AttentionDecoder(num_pieces, units, depth=depth, dropout=dropout, attention=attention, name="head_decoder")


def space(hp):
    return {
        "units": hp.Int("units", 128, 512, step=64),
        "depth": hp.Int("depth", 1, 3),
        "dropout": hp.Float("dropout", 0.1, 0.6, step=0.1),
        "attention": hp.Choice("attention", ["multiplicative", "additive"]),
    }

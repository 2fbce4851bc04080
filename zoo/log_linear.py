"""Log-linear model of the next piece (Berger, Della Pietra & Della Pietra 1996, https://aclanthology.org/J96-1002).

The shallow writer: the hand-made features of each word of the input (see `zoo.layers.word_features`) and the two pieces
before are switches, each has a learned vector, and a linear box turns their sum into scores. Nothing aligns: of the
input it sees all words as one heap, and the word at the same place as the piece.

Shapes: B batch, T time, F features a word, U units.
"""

from keras import layers

from zoo.layers.embedding_sum import EmbeddingSum
from zoo.layers.log_linear_decoder import LogLinearDecoder

TAKES = "ids"
GIVES = "sequence"
POOL = "average"
HANDMADE = True
FITS = "A yardstick for models that write: what the input's words and the last two pieces tell, learned in minutes."
AVOID = "Wherever order matters, which in texts it does: it knows neither grammar nor what is written already."
WIDTH = ("units",)
SIZES = {
    "tiny": {"units": 16, "buckets": 1009},
    "base": {"units": 64, "buckets": 2**15},
    "large": {"units": 256, "buckets": 2**17},
}


def body(x, *, units, buckets, dropout=0.1):
    """Add the learned vectors of all features of a word.

    Args:
        x: hashed features (B, T, F) int32; 0 is no feature, and a position without any is padding.
        units: size of the vectors, U, which is the rank of the linear map.
        buckets: number of vectors; greater ids are folded into them.
        dropout: rate at which features are left out in training.

    Returns:
        Features (B, T, U) with a Keras mask.
    """
    x = EmbeddingSum(buckets, units, dropout=dropout, name="features")(x)
    return layers.Identity(name="log_linear")(x)


def decoder(num_pieces, *, units):
    """Return the layer that writes a text: see `LogLinearDecoder`.

    Args:
        num_pieces: how many pieces texts are made of.
        units: as in `body`.
    """
    return LogLinearDecoder(num_pieces, units, name="head_decoder")


def space(hp):
    return {
        "units": hp.Choice("units", [32, 64, 128, 256]),
        "buckets": hp.Choice("buckets", [2**15, 2**17]),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

"""DLinear (Zeng et al. 2023, https://arxiv.org/abs/2205.13504): trend of each channel and what is left, both linear.

The shallow forecaster: a moving average parts each channel into trend and rest, by hand, and the head is one linear box
from both to all steps ahead, the same for every channel. With `width=1` nothing is parted; on windows less their last
value (`Series(each="last")`) that is the same authors' NLinear.

Shapes: B batch, C channels, T time.
"""
from keras import layers

from zoo.layers.windows import Decomposition

TAKES = "channels"
GIVES = "channels"
POOL = "channels"
HANDMADE = True
FITS = "Forecasts of what has a trend and seasons: each step ahead is a weighted sum of the past. Hard to beat."
AVOID = "Where one channel tells of another, or where what follows depends on the past in no linear way."
SIZES = {"tiny": {}, "base": {}}


def body(x, *, width=25, dropout=0.0):
    """Part each channel into trend and rest for a linear head.

    Args:
        x: channels (B, C, T).
        width: steps of the moving average.
        dropout: rate at which features are dropped in training.

    Returns:
        Features of each channel (B, C, 2T), or (B, C, T) where `width` is 1.
    """
    if width > 1:
        x = Decomposition(width, name="decomposition")(x)
    return layers.Dropout(dropout, name="dropout")(x) if dropout else layers.Identity(name="features")(x)


def space(hp):
    return {"width": hp.Choice("width", [1, 13, 25, 49]), "dropout": hp.Float("dropout", 0.0, 0.3, step=0.1)}

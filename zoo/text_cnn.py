"""Convolutional network for sentences (Kim 2014, https://aclanthology.org/D14-1181).

Filters of several widths side by side over the words, each word keeping its place, so that the same body serves one
answer for the text (the head's maximum over time, as in the paper) and one for each word. `depth` stacks them as
Collobert et al. 2011 did (https://jmlr.org/papers/v12/collobert11a.html).

Shapes: B batch, T time, D features, F filters, N number of widths.
"""

from keras import layers

from zoo.layers.masked_conv import MaskedConv1D

TAKES = "sequence"
GIVES = "sequence"
POOL = "max"
HANDMADE = False
FITS = "Texts where a few telling phrases decide, wherever they stand; much faster than a recurrent network."
AVOID = "Where words far apart decide together: it sees no further than its widest filter."
WIDTH = ("filters",)
SIZES = {
    "tiny": {"filters": 8, "widths": (2, 3)},
    "base": {"filters": 100, "widths": (3, 4, 5)},
    "large": {"filters": 256, "widths": (3, 5), "depth": 3},
}


def body(x, *, filters, widths, depth=1, dropout=0.5):
    """Convolve over time with filters of several widths.

    Args:
        x: features (B, T, D); a Keras mask is obeyed and kept.
        filters: number of filters of each width, F.
        widths: widths of the filters in steps of time.
        depth: number of stacked layers.
        dropout: rate at which whole filters are dropped, the same at all times: before the maximum over time, the rate
            at which single places are dropped would decide how large that maximum is in training, and not in use.

    Returns:
        Features (B, T, N·F).
    """
    for i in range(depth):
        maps = [
            MaskedConv1D(filters, width, padding="same", activation="relu", name=f"conv_{i}_width_{width}")(x)
            for width in widths
        ]
        x = layers.Concatenate(name=f"widths_{i}")(maps) if len(maps) > 1 else maps[0]  # (B, T, N·F)
    return layers.SpatialDropout1D(dropout, name="dropout")(x)


def space(hp):
    widest = hp.Int("widest", 3, 7)
    return {
        "filters": hp.Int("filters", 50, 300, step=50),
        "widths": tuple(range(max(2, widest - 2), widest + 1)),
        "dropout": hp.Float("dropout", 0.1, 0.6, step=0.1),
    }

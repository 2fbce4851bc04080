"""Linear model on hand-made features of each frame and its neighbours (Davis & Mermelstein 1980,
https://doi.org/10.1109/TASSP.1980.1163420, made the features).

The shallow baseline of what is answered frame by frame: cepstral coefficients are made by hand and the head, one linear
box, is learned.

Shapes: B batch, T frames, D features.
"""

from keras import layers

from zoo.layers.frames import Context, StackFrames

TAKES = "frames"
GIVES = "sequence"
POOL = "average"
HANDMADE = True
FITS = "Sounds that a glance at a tenth of a second tells apart; it shows what the network adds."
AVOID = "Where what was heard before decides, or how features work together."
SIZES = {"tiny": {"context": 1}, "base": {"context": 5}}


def body(x, *, context, stride=1, dropout=0.0):
    """Put each frame beside its neighbours.

    Args:
        x: features (B, T, D); a Keras mask is obeyed and kept.
        context: neighbours on each side.
        stride: so many frames make one; 1 keeps every frame.
        dropout: rate at which features are dropped in training.

    Returns:
        Features (B, ⌈T/stride⌉, (2·context + 1)·D·stride).
    """
    x = Context(context, name="context")(x)
    x = StackFrames(stride, name="stack")(x)
    return layers.Dropout(dropout, name="dropout")(x)


def space(hp):
    return {"context": hp.Int("context", 0, 8), "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1)}

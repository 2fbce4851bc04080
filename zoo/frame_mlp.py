"""Multilayer perceptron on each frame and its neighbours (Hinton et al. 2012, https://doi.org/10.1109/MSP.2012.2205597):
the network that ended the days of Gaussian mixtures.

Shapes: B batch, T frames, D features, U units.
"""

from keras import layers

from zoo.layers.frames import Context, StackFrames

TAKES = "sequence"
GIVES = "sequence"
POOL = "average"
HANDMADE = False
FITS = "Sounds answered frame by frame: as fast as matrix products, and nothing to wait for."
AVOID = "Where more than a tenth of a second on either side decides; a recurrent network looks further."
WIDTH = ("units",)
SIZES = {
    "tiny": {"units": 16, "depth": 1, "context": 1},
    "small": {"units": 256, "depth": 3},
    "base": {"units": 1024, "depth": 4},
    "large": {"units": 2048, "depth": 7},
}


def body(x, *, units, depth, context=5, stride=1, dropout=0.2):
    """Put each frame beside its neighbours and stack fully connected layers.

    Args:
        x: features (B, T, D); a Keras mask is obeyed and kept.
        units: size of each layer, U.
        depth: number of layers.
        context: neighbours on each side.
        stride: so many frames make one; 1 keeps every frame.
        dropout: rate applied to the output of each layer.

    Returns:
        Features (B, ⌈T/stride⌉, U).
    """
    x = Context(context, name="context")(x)
    x = StackFrames(stride, name="stack")(x)
    for i in range(depth):
        x = layers.Dense(units, activation="relu", kernel_initializer="he_normal", name=f"dense_{i}")(x)
        x = layers.Dropout(dropout, name=f"dropout_{i}")(x)
    return x


def space(hp):
    return {
        "units": hp.Int("units", 128, 1024, step=128),
        "depth": hp.Int("depth", 1, 5),
        "context": hp.Int("context", 0, 10),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

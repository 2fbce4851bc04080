"""Multilayer perceptron (Rumelhart, Hinton & Williams 1986, https://doi.org/10.1038/323533a0).

Fully connected layers with rectified linear units (Glorot, Bordes & Bengio 2011,
https://proceedings.mlr.press/v15/glorot11a.html) and dropout (Srivastava et al. 2014,
https://jmlr.org/papers/v15/srivastava14a.html).

Shapes: B batch, D features, U units.
"""

from keras import layers

from zoo.layers.batch_norm import BatchNorm

TAKES = "any"
GIVES = "vector"
POOL = "flatten"
HANDMADE = False
FITS = "Fits a fixed number of features in no order: any feature may combine with any other."
AVOID = "Images and sequences of any size: it must learn the same pattern anew at every place."
WIDTH = ("units",)
SIZES = {
    "tiny": {"units": 16, "depth": 1},
    "small": {"units": 128, "depth": 2},
    "base": {"units": 512, "depth": 2, "dropout": 0.2},
    "large": {"units": 2048, "depth": 3, "dropout": 0.5},
}


def body(x, *, units, depth, dropout=0.0, batch_norm=False):
    """Stack fully connected layers.

    Args:
        x: features (B, …) of fixed size, laid out in a row first.
        units: size of each layer, U.
        depth: number of layers.
        dropout: rate applied to the output of each layer.
        batch_norm: normalise each layer over the batch before its rectifier.

    Returns:
        Features (B, U).

    Raises:
        ValueError: a size other than the batch is unknown.
    """
    if None in x.shape[1:]:
        raise ValueError(f"mlp takes a fixed size, received {tuple(x.shape)}: pool the open axis first")
    x = layers.Flatten(name="flatten")(x)  # (B, D)
    for i in range(depth):
        x = layers.Dense(units, use_bias=not batch_norm, kernel_initializer="he_normal", name=f"dense_{i}")(x)
        if batch_norm:
            x = BatchNorm(name=f"norm_{i}")(x)
        x = layers.Activation("relu", name=f"relu_{i}")(x)
        if dropout:
            x = layers.Dropout(dropout, name=f"dropout_{i}")(x)
    return x


def space(hp):
    return {
        "units": hp.Int("units", 64, 1024, step=64),
        "depth": hp.Int("depth", 1, 4),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
        "batch_norm": hp.Boolean("batch_norm"),
    }

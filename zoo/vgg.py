"""VGG (Simonyan & Zisserman 2014, https://arxiv.org/abs/1409.1556): stacks of 3x3 convolutions between poolings.

The published sizes "16" and "19" have 138,357,544 and 143,667,240 parameters on 224x224x3 with 1000 classes
(https://pytorch.org/vision/stable/models/vgg.html). The sizes with "_bn" normalise after each convolution and leave
out its bias, which the normalisation would take away again; the small ones average over the grid where the paper has
its dense layers.

Shapes: B batch, H height, W width, C channels, D features.
"""

from keras import layers

from zoo.layers.batch_norm import BatchNorm

_16 = (64, 64, "M", 128, 128, "M", *[256] * 3, "M", *[512] * 3, "M", *[512] * 3, "M")
_19 = (64, 64, "M", 128, 128, "M", *[256] * 4, "M", *[512] * 4, "M", *[512] * 4, "M")

TAKES = "grid"
GIVES = "any"  # a vector behind dense layers, else a grid
POOL = "average"
HANDMADE = False
FITS = "Images: small shared filters, pooled, see larger and larger parts; the plain default for 28 to 64 pixels."
AVOID = "Very deep versions without batch_norm, and phones: the published sizes take half a gigabyte."
WIDTH = ("layout", "dense", "width")
SIZES = {
    "tiny": {"layout": (8, "M", 16, "M")},
    "small": {"layout": (32, 32, "M", 64, 64, "M", 128, 128, "M")},
    "base": {"layout": (64, 64, "M", 128, 128, "M", 256, 256, "M"), "dropout": 0.3},
    "16": {"layout": _16, "batch_norm": False, "dense": (4096, 4096), "dropout": 0.5},
    "19": {"layout": _19, "batch_norm": False, "dense": (4096, 4096), "dropout": 0.5},
    "16_bn": {"layout": _16, "dense": (4096, 4096), "dropout": 0.5},
    "19_bn": {"layout": _19, "dense": (4096, 4096), "dropout": 0.5},
}


def body(x, *, layout, batch_norm=True, dense=(), dropout=0.0):
    """Stack 3x3 convolutions and poolings.

    Args:
        x: images or features (B, H, W, C), H and W fixed where `dense` is given.
        layout: numbers of filters, and "M" for a 2x2 max pooling; a pooling is left out where the grid is down to one.
        batch_norm: normalise after each convolution.
        dense: units of the fully connected layers, D the last of them; none keeps the grid.
        dropout: rate applied to the output of each fully connected layer, or without any to whole maps of the grid.

    Returns:
        Features (B, D) with `dense`, else (B, H', W', C').

    Raises:
        ValueError: `layout` holds something else.
    """
    for i, width in enumerate(layout):
        if width == "M":
            if min(side or 2 for side in x.shape[1:3]) >= 2:
                x = layers.MaxPooling2D(2, name=f"pool_{i}")(x)
        elif isinstance(width, int):
            x = _convolve(x, width, batch_norm, i)
        else:
            raise ValueError(f'layout holds {width!r}: expected numbers of filters and "M"')
    if not dense:
        return layers.SpatialDropout2D(dropout, name="dropout")(x) if dropout else x
    x = layers.Flatten(name="flatten")(x)
    for i, units in enumerate(dense):
        x = layers.Dense(units, "relu", kernel_initializer="he_normal", name=f"dense_{i}")(x)
        x = layers.Dropout(dropout, name=f"dropout_{i}")(x)
    return x


def _convolve(x, width, batch_norm, i):
    convolve = layers.Conv2D(
        width, 3, padding="same", use_bias=not batch_norm, kernel_initializer="he_normal", name=f"conv_{i}"
    )
    x = convolve(x)
    if batch_norm:
        x = BatchNorm(momentum=0.97, name=f"norm_{i}")(x)
    return layers.Activation("relu", name=f"relu_{i}")(x)


def space(hp):
    width = hp.Choice("width", [16, 32, 64])
    stages = hp.Int("stages", 2, 4)
    repeat = hp.Int("repeat", 1, 3)
    layout = tuple(w for stage in range(stages) for w in (*[width * 2**stage] * repeat, "M"))
    return {"layout": layout, "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1)}

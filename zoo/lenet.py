"""LeNet-5 (LeCun, Bottou, Bengio & Haffner 1998, https://doi.org/10.1109/5.726791).

As it is built today: rectified linear units instead of scaled tanh, max instead of trainable average pooling, every map
of the second convolution connected to every map of the first. With ten classes on 32x32x1 that is 61,706 parameters.

Shapes: B batch, H height, W width, C channels, D features.
"""

from keras import layers

TAKES = "grid"
GIVES = "vector"
POOL = "flatten"
HANDMADE = False
FITS = "Small centred images such as digits: shared filters find strokes anywhere, the dense layers weigh them."
AVOID = "Photographs: two convolutions see too little of the image; take vgg or resnet."
WIDTH = ("widths", "dense", "width")
SIZES = {
    "tiny": {"widths": (4, 8), "dense": (16,)},
    "base": {"widths": (6, 16), "dense": (120, 84)},
    "wide": {"widths": (32, 64), "dense": (256,), "dropout": 0.5},
}


def body(x, *, widths, dense, dropout=0.0):
    """Convolve and pool twice, then look at the whole image.

    Args:
        x: images or features (B, H, W, C) from 4x4 up, H and W fixed. Edges are padded where the paper's 5x5
            filters would leave too little: LeCun's 32x32 images already had the margin.
        widths: numbers of filters of the convolutions.
        dense: units of the fully connected layers, D the last of them.
        dropout: rate applied to the output of each fully connected layer.

    Returns:
        Features (B, D).
    """
    for i, width in enumerate(widths):
        padding = "valid" if min(x.shape[1:3]) >= (32 if i == 0 else 6) else "same"
        x = layers.Conv2D(width, 5, padding=padding, activation="relu", name=f"conv_{i}")(x)
        if min(x.shape[1:3]) >= 2:
            x = layers.MaxPooling2D(2, name=f"pool_{i}")(x)  # (B, H/2, W/2, width)
    x = layers.Flatten(name="flatten")(x)
    for i, units in enumerate(dense):
        x = layers.Dense(units, activation="relu", name=f"dense_{i}")(x)
        if dropout:
            x = layers.Dropout(dropout, name=f"dropout_{i}")(x)
    return x


def space(hp):
    first = hp.Choice("width", [6, 16, 32])
    units = hp.Int("units", 64, 512, step=64)
    return {"widths": (first, 2 * first), "dense": (units,), "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1)}

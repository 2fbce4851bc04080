"""AlexNet, the one-tower variant (Krizhevsky 2014, "One weird trick", https://arxiv.org/abs/1404.5997).

The two towers of Krizhevsky, Sutskever & Hinton 2012 (https://doi.org/10.1145/3065386) were there for two small GPUs.
The size "published" on 224x224x3 with 1000 classes has 61,100,840 parameters, the count that torchvision gives
(https://pytorch.org/vision/stable/models/generated/torchvision.models.alexnet.html).

Shapes: B batch, H height, W width, C channels, D features.
"""

from keras import layers

TAKES = "grid"
GIVES = "vector"
POOL = "flatten"
HANDMADE = False
FITS = "The network that brought deep learning to photographs: large first filters, then three small convolutions."
AVOID = "Where accuracy for the price counts: vgg and resnet do better; most of its weights are in the dense layers."
WIDTH = ("widths", "dense")
SIZES = {
    "tiny": {"widths": (8, 12, 16, 12, 12), "dense": (16,), "kernel": 3, "stride": 1, "dropout": 0.0},
    "base": {"widths": (64, 192, 384, 256, 256), "dense": (512, 512), "kernel": 5, "stride": 1},
    "published": {"widths": (64, 192, 384, 256, 256), "dense": (4096, 4096), "kernel": 11, "stride": 4},
}


def body(x, *, widths, dense, kernel, stride, dropout=0.5):
    """Five convolutions, three poolings and the dense layers.

    Args:
        x: images or features (B, H, W, C), H and W fixed; for the size "published" 63x63 or more.
        widths: numbers of filters of the five convolutions.
        dense: units of the fully connected layers, D the last of them.
        kernel: side of the first filters in pixels.
        stride: step of the first filters in pixels; 4 for photographs, 1 for images of about 32x32.
        dropout: rate applied to the input of each fully connected layer.

    Returns:
        Features (B, D).
    """
    if stride > 1:  # the margin of 2 gives the 55x55 of the paper from 224x224
        x = layers.ZeroPadding2D(2, name="margin")(x)
    for i, width in enumerate(widths):
        side = (kernel, 5, 3, 3, 3)[i]
        padding = "valid" if i == 0 and stride > 1 else "same"
        step = stride if i == 0 else 1
        convolve = layers.Conv2D(width, side, step, padding, kernel_initializer="he_normal", name=f"conv_{i}")
        x = layers.Activation("relu", name=f"relu_{i}")(convolve(x))
        if i in (0, 1, 4) and min(x.shape[1:3]) >= 3:
            x = layers.MaxPooling2D(3, 2, name=f"pool_{i}")(x)
    x = layers.Flatten(name="flatten")(x)
    for i, units in enumerate(dense):
        x = layers.Dropout(dropout, name=f"dropout_{i}")(x)
        x = layers.Dense(units, "relu", kernel_initializer="he_normal", name=f"dense_{i}")(x)
    return x


def space(hp):
    units = hp.Choice("units", [256, 512, 1024])
    return {
        "dense": (units, units),
        "kernel": hp.Choice("kernel", [3, 5, 7]),
        "dropout": hp.Float("dropout", 0.2, 0.6, step=0.1),
    }

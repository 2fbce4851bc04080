"""Residual network of basic blocks (He et al. 2015, https://arxiv.org/abs/1512.03385).

The small sizes are the networks for 32x32 images with the activation before the convolution (He et al. 2016,
https://arxiv.org/abs/1603.05027). "18" and "34" are the published ones for photographs, with the activation behind:
11,689,512 and 21,797,672 trained parameters on 224x224x3 with 1000 classes
(https://pytorch.org/vision/stable/models/resnet.html).

Shapes: B batch, H height, W width, C channels.
"""

from keras import layers

from zoo.layers.batch_norm import BatchNorm

TAKES = "grid"
GIVES = "grid"
POOL = "average"
HANDMADE = False
FITS = "Images: each block learns a correction to its input, so tens of layers train as easily as two."
AVOID = "Tiny data or a tight budget of time: vgg of the same cost is faster on a CPU."
_PHOTOGRAPHS = {"filters": 64, "photographs": True, "preactivation": False}
WIDTH = ("filters",)
SIZES = {
    "tiny": {"blocks": (1, 1), "filters": 8},
    "base": {"blocks": (3, 3, 3), "filters": 32},
    "20": {"blocks": (3, 3, 3), "filters": 16},
    "56": {"blocks": (9, 9, 9), "filters": 16},
    "110": {"blocks": (18, 18, 18), "filters": 16},
    "18": {"blocks": (2, 2, 2, 2), **_PHOTOGRAPHS},
    "34": {"blocks": (3, 4, 6, 3), **_PHOTOGRAPHS},
}


def body(x, *, blocks, filters, photographs=False, preactivation=True, dropout=0.0):
    """Stack stages of residual blocks, each stage at half the resolution and twice the width.

    Args:
        x: images or features (B, H, W, C).
        blocks: number of blocks of each stage; (n, n, n) is the paper's network of depth 6n + 2 for 32x32.
        filters: number of filters of the first stage.
        photographs: begin with 7x7 filters and a pooling that quarter the resolution.
        preactivation: normalise and rectify before each convolution (2016) rather than behind it (2015).
        dropout: rate at which whole maps of the output are dropped.

    Returns:
        Features (B, H', W', C'), C' = filters · 2^(stages - 1).
    """
    x = _convolve(x, filters, 7 if photographs else 3, 2 if photographs else 1, "conv")
    if not preactivation:
        x = _activate(x, "first")
    if photographs:
        x = layers.MaxPooling2D(3, 2, padding="same", name="pool")(x)
    block = _block_2016 if preactivation else _block_2015
    for stage, count in enumerate(blocks):
        for i in range(count):
            x = block(x, filters * 2**stage, 2 if stage and not i else 1, f"stage_{stage}_block_{i}")
    if preactivation:
        x = _activate(x, "last")
    return layers.SpatialDropout2D(dropout, name="dropout")(x) if dropout else x


def _block_2016(x, width, stride, name):
    y = _activate(x, f"{name}_0")
    if stride > 1 or x.shape[-1] != width:
        x = _convolve(y, width, 1, stride, f"{name}_shortcut")
    y = _convolve(y, width, 3, stride, f"{name}_conv_0")
    y = _convolve(_activate(y, f"{name}_1"), width, 3, 1, f"{name}_conv_1")
    return layers.Add(name=f"{name}_add")([x, y])


def _block_2015(x, width, stride, name):
    y = _activate(_convolve(x, width, 3, stride, f"{name}_conv_0"), f"{name}_0")
    y = _norm(_convolve(y, width, 3, 1, f"{name}_conv_1"), f"{name}_1")
    if stride > 1 or x.shape[-1] != width:
        x = _norm(_convolve(x, width, 1, stride, f"{name}_shortcut"), f"{name}_shortcut")
    return layers.Activation("relu", name=f"{name}_relu")(layers.Add(name=f"{name}_add")([x, y]))


def _convolve(x, width, side, stride, name):
    options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
    return layers.Conv2D(width, side, stride, name=name, **options)(x)


def _norm(x, name):
    return BatchNorm(momentum=0.97, epsilon=1e-5, name=f"{name}_norm")(x)


def _activate(x, name):
    return layers.Activation("relu", name=f"{name}_relu")(_norm(x, name))


def space(hp):
    return {
        "blocks": (hp.Int("blocks", 1, 5),) * 3,
        "filters": hp.Choice("filters", [16, 32, 64]),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

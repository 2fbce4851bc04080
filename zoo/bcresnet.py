"""BC-ResNet (Kim et al. 2021, https://arxiv.org/abs/2106.04140): keywords in few parameters. Each block looks along
frequency in two dimensions and along time in one, whose answer is broadcast over all frequencies.

Batches are normalised as wholes in place of the paper's five sub-bands, and frequencies are averaged where the paper
strides over them.

Shapes: B batch, T time, F frequency, C channels.
"""

from keras import layers

from zoo.layers.batch_norm import BatchNorm

TAKES = "grid"
GIVES = "any"
POOL = "average"
HANDMADE = False
FITS = "Short sounds, such as spoken commands, on phones: thousands of parameters rather than millions."
AVOID = "Pictures, whose two sides are alike, and sounds that must be written down."
WIDTH = ("width",)
SIZES = {
    "tiny": {"width": 4, "repeat": 1},
    "small": {"width": 16},
    "base": {"width": 24},
    "large": {"width": 64},
}
STAGES = ((1.0, 1, 1), (1.5, 2, 2), (2.0, 2, 4), (2.5, 1, 8))  # channels / width, stride over frequency, dilation


def body(x, *, width, repeat=2, dropout=0.1):
    """Stack four stages of broadcast blocks.

    Args:
        x: a spectrogram (B, T, F, 1).
        width: channels of the first stage, C; the others have 1.5, 2 and 2.5 times as many, the first layer 2 times.
        repeat: blocks of the first two stages; the last two have twice as many.
        dropout: rate at which whole channels are dropped in each block.

    Returns:
        Features (B, T, 1, 4·width).
    """
    x = layers.Conv2D(2 * width, 5, strides=(1, 2), padding="same", use_bias=False, name="first")(x)
    x = layers.Activation("relu", name="first_relu")(BatchNorm(momentum=0.97, name="first_norm")(x))
    for i, (times, stride, dilation) in enumerate(STAGES):
        for k in range(repeat * (1 if i < 2 else 2)):
            x = _block(x, int(times * width), 1 if k else stride, dilation, dropout, f"{i}_{k}")
    x = layers.DepthwiseConv2D(5, padding="same", use_bias=False, name="last")(x)
    x = BatchNorm(momentum=0.97, name="last_norm")(x)
    x = _over_frequencies(x, "last_mean")
    return layers.Conv2D(4 * width, 1, activation="relu", name="last_mix")(x)


def _block(x, channels, stride, dilation, dropout, name):
    """Return frequencies seen together, and what time tells of their mean, added at each."""
    shortcut = x
    if x.shape[-1] != channels:
        x = layers.Conv2D(channels, 1, use_bias=False, name=f"widen_{name}")(x)
        x = layers.Activation("relu", name=f"widen_relu_{name}")(BatchNorm(momentum=0.97, name=f"widen_norm_{name}")(x))
    if stride > 1:  # depthwise kernels stride over both sides alike, or over none
        x = layers.AveragePooling2D((1, stride), padding="same", name=f"halve_{name}")(x)
    frequencies = layers.DepthwiseConv2D((1, 3), padding="same", use_bias=False, name=f"frequency_{name}")(x)
    frequencies = BatchNorm(momentum=0.97, name=f"frequency_norm_{name}")(frequencies)
    y = _over_frequencies(frequencies, f"mean_{name}")  # (B, T, 1, C)
    y = layers.DepthwiseConv2D((3, 1), padding="same", dilation_rate=(dilation, 1), use_bias=False,
                               name=f"time_{name}")(y)
    y = layers.Activation("silu", name=f"silu_{name}")(BatchNorm(momentum=0.97, name=f"time_norm_{name}")(y))
    y = layers.Conv2D(channels, 1, name=f"mix_{name}")(y)
    y = layers.SpatialDropout2D(dropout, name=f"dropout_{name}")(y)
    added = [frequencies, y] + ([shortcut] if shortcut.shape == frequencies.shape else [])
    return layers.Activation("relu", name=f"relu_{name}")(layers.Add(name=f"add_{name}")(added))


def _over_frequencies(x, name):
    return layers.AveragePooling2D((1, x.shape[2]), name=name)(x)


def space(hp):
    return {
        "width": hp.Choice("width", [8, 16, 24, 48]),
        "repeat": hp.Int("repeat", 1, 3),
        "dropout": hp.Float("dropout", 0.0, 0.3, step=0.1),
    }

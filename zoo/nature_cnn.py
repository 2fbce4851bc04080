"""Convolutions for screens, the network of DQN (Mnih et al. 2015, https://doi.org/10.1038/nature14236).

The paper's network is the size "atari": 84x84 pixels, three convolutions with strides, 512 units. "base" is the small
one that the MinAtar games were published with (Young & Tian 2019, https://arxiv.org/abs/1903.03176): 16 filters of 3x3
pixels and 128 units. Nothing is pooled, because where a thing is on the screen counts, and nothing is normalised over
the batch, because a batch of neighbouring screens is not like the next.

Shapes: B batch, H height, W width, C channels, D features.
"""
from keras import layers

TAKES = "grid"
GIVES = "vector"
POOL = "flatten"
HANDMADE = False
FITS = "Screens of games: shared filters find things anywhere, the dense layer weighs where they are."
AVOID = "Photographs: it sees little of the image at a time and is not pooled; take vgg or resnet."
WIDTH = ("units",)
SIZES = {
    "tiny": {"convolutions": ((8, 3, 1),), "units": 32},
    "base": {"convolutions": ((16, 3, 1),), "units": 128},
    "wide": {"convolutions": ((32, 3, 1),), "units": 256},
    "atari": {"convolutions": ((32, 8, 4), (64, 4, 2), (64, 3, 1)), "units": 512},
}


def body(x, *, convolutions, units):
    """Convolve, then look at the whole screen.

    Args:
        x: screens (B, H, W, C), H and W fixed.
        convolutions: (filters, side, stride) of each; edges are padded where the screen is smaller than a side.
        units: of the fully connected layer, D.

    Returns:
        Features (B, D).
    """
    for i, (filters, side, stride) in enumerate(convolutions):
        padding = "valid" if min(x.shape[1:3]) >= side else "same"
        x = layers.Conv2D(filters, side, stride, padding=padding, activation="relu",
                          kernel_initializer="he_normal", name=f"conv_{i}")(x)
    x = layers.Flatten(name="flatten")(x)
    return layers.Dense(units, activation="relu", kernel_initializer="he_normal", name="dense")(x)


def space(hp):
    filters = hp.Choice("filters", [16, 32, 64])
    return {"convolutions": ((filters, 3, 1),), "units": hp.Int("units", 64, 512, step=64)}

"""Variational autoencoder with a multinomial likelihood (Liang et al. 2018, https://arxiv.org/abs/1802.05814).

What a user has becomes a code, drawn from a normal distribution in training, and the code a probability for each item.
The vectors of the items are the first layer of the paper's encoder, whose input is scaled to length 1; the paper hides
half of the input, as `dropout` does here. There the target is all that the user has, here the one item that was held
out, which is what is asked of the model in use; so the divergence counts less too, `beta` of it for one item.

Shapes: B batch, T items, D features, U units.
"""
from keras import layers

from zoo.layers.latent import Latent
from zoo.layers.set_sum import SetSum

TAKES = "sequence"
GIVES = "vector"
POOL = "average"
HANDMADE = False
FORMS = ("items",)
FITS = "Sets of items: what a user has, in no order; the code pools what users alike have."
AVOID = "Sequences where the last steps tell the next: it forgets their order."
WIDTH = ("units", "latent")
SIZES = {
    "tiny": {"units": 16, "latent": 8},
    "small": {"units": 128, "latent": 32},
    "base": {"units": 256, "latent": 64},
    "large": {"units": 600, "latent": 200},
}


def body(x, *, units, latent, dropout=0.1, beta=0.003):
    """Code a set and read the code.

    Args:
        x: a vector of each item (B, T, D); a Keras mask is obeyed.
        units: size of the layers before and behind the code, U.
        latent: size of the code.
        dropout: rate at which items are left out in training.
        beta: what the divergence of the code from the standard normal distribution counts; the paper's is 0.2
            for all items of a user together, some dozens, and grows to that while training.

    Returns:
        Features (B, U).
    """
    x = SetSum(dropout, name="set")(x)  # (B, D)
    x = layers.Activation("tanh", name="tanh")(x)
    x = layers.Dense(units, activation="tanh", name="encoder")(x)
    x = Latent(latent, beta, name="code")(x)
    return layers.Dense(units, activation="tanh", name="decoder")(x)


def space(hp):
    return {
        "units": hp.Choice("units", [128, 256, 600]),
        "latent": hp.Choice("latent", [32, 64, 200]),
        "dropout": hp.Float("dropout", 0.0, 0.7, step=0.1),
        "beta": hp.Choice("beta", [0.0, 0.001, 0.003, 0.01]),
    }

"""Linear model on hand-made features (Cox 1958, https://doi.org/10.1111/j.2517-6161.1958.tb00292.x).

The shallow baseline of every pair: the features are made by hand and one linear box is learned from data. The head is
that box, so the body hands its features on, with dropout as the only choice.

Shapes: B batch, D features.
"""

import keras
import numpy as np
from keras import layers

from zoo.layers.statistics import Standardise

TAKES = "vector"
GIVES = "vector"
POOL = "average"
HANDMADE = True
FITS = "Good hand-made features need no more than a linear box, which is convex, fast and easy to read."
AVOID = "Raw pixels, samples or characters: nothing but the features can capture how they work together."
SIZES = {"tiny": {}, "base": {}}


def body(x, *, dropout=0.0):
    """Hand features on to a linear head.

    Args:
        x: features (B, D).
        dropout: rate at which features are dropped in training.

    Returns:
        Features (B, D).
    """
    if dropout:
        return layers.Dropout(dropout, name="dropout")(x)
    return layers.Identity(name="features")(x)


def prepare(model, batches):
    """Fill the layers that standardise hand-made features, where there are any.

    Args:
        model: a model with this body.
        batches: an iterable of (numbers, targets) of the training part.
    """
    for layer in model.layers:
        if isinstance(layer, Standardise):
            features = keras.Model(model.inputs, layer.input)
            layer.fill(np.concatenate([features.predict_on_batch(numbers) for numbers, _ in batches]))


def space(hp):
    return {"dropout": hp.Float("dropout", 0.0, 0.5, step=0.1)}

"""Deep belief network (Hinton, Osindero & Teh 2006, https://doi.org/10.1162/neco.2006.18.7.1527).

A multilayer perceptron of sigmoid units whose weights come from a stack of restricted Boltzmann machines: each learns
the distribution of what the one below makes of the training part, by contrastive divergence and without a label; the
labels then fine-tune all of them (Hinton & Salakhutdinov 2006, https://doi.org/10.1126/science.1127647).

Shapes: B batch, D features, U units, N examples.
"""
from keras import layers

from zoo.layers.rbm import RBM
from zoo.layers.statistics import UnitRange

TAKES = "any"
GIVES = "vector"
POOL = "flatten"
HANDMADE = False
FITS = "Few labels and many inputs of a fixed size: what these are like is learned from all, labelled or not."
AVOID = "Many labels, where rectifiers and dropout reach as far at once; features with a few very large values."
WIDTH = ("widths",)
SIZES = {
    "tiny": {"widths": (64,), "passes": 2},
    "small": {"widths": (256, 256), "passes": 10},
    "base": {"widths": (500, 500, 2000), "passes": 20},
}


def body(x, *, widths, passes, gibbs=1, dropout=0.0):
    """Stack sigmoid layers that `prepare` fills.

    Args:
        x: features (B, …) of fixed size, laid out in a row and brought to the range 0 to 1 first.
        widths: the units of each layer.
        passes: over the training part for each layer before it is fine-tuned; 0 leaves the random weights.
        gibbs: steps of Gibbs sampling in contrastive divergence.
        dropout: rate applied to the output of each layer in fine-tuning.

    Returns:
        Features (B, U), the last layer's.

    Raises:
        ValueError: a size other than the batch is unknown, or there is no step of sampling.
    """
    if gibbs < 1:
        raise ValueError(f"dbn takes one step of Gibbs sampling or more, received gibbs={gibbs}")
    if None in x.shape[1:]:
        raise ValueError(f"dbn takes a fixed size, received {tuple(x.shape)}: pool the open axis first")
    x = UnitRange(name="range")(x)
    x = layers.Flatten(name="flatten")(x)  # (B, D)
    for i, units in enumerate(widths):
        x = RBM(units, passes, gibbs, name=f"rbm_{i}")(x)
        if dropout:
            x = layers.Dropout(dropout, name=f"dropout_{i}")(x)
    return x


def prepare(model, batches):
    """Learn each layer from what the layers below make of the training part, which is held in memory at that width.

    Args:
        model: a model with this body.
        batches: an iterable of (numbers, targets); the targets are not looked at.
    """
    import keras
    import numpy as np

    for layer in model.layers:
        if isinstance(layer, UnitRange) or isinstance(layer, RBM) and layer.passes:
            below = keras.Model(model.inputs, layer.input)
            seen = [below.predict_on_batch(numbers) for numbers, _ in batches]
            layer.fill(np.concatenate(seen).astype("float32"))


def space(hp):
    return {"passes": hp.Int("passes", 0, 40, step=10), "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1)}

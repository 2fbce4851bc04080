"""N-gram model with Kneser–Ney smoothing (Kneser & Ney 1995, https://doi.org/10.1109/ICASSP.1995.479394).

The shallow language model: how often each name followed the last words is counted, long contexts lean on shorter ones
where they were seen too rarely, and one learned box adds a bias to each name.

Shapes: B batch, T time, N contexts, K names.
"""
from zoo.layers.backoff import Backoff

TAKES = "contexts"
GIVES = "sequence"
POOL = "scores"
HANDMADE = True
CAUSAL = True
FORMS = ("following",)
FITS = "What comes next, where the last few words or characters tell; counted in seconds."
AVOID = "Where what was said longer ago matters, or words unlike those counted: they have nothing in common."
SIZES = {"tiny": {"capacity": 4096}, "base": {"capacity": 2**20}, "large": {"capacity": 2**22}}


def body(x, *, num_answers, capacity):
    """Look up the probabilities of the names after each context.

    Args:
        x: ids of the last 0, 1, … words up to each (B, T, N) int32; 0 where there are not as many.
        num_answers: names, K.
        capacity: n-grams of each length that are kept.

    Returns:
        Log-probabilities (B, T, K).
    """
    return Backoff(num_answers, capacity, dtype="float32", name="backoff")(x)


def prepare(model, batches):
    """Count the n-grams of the training part.

    Args:
        model: a model with this body.
        batches: an iterable of (numbers, targets); targets (B, T) int, below 0 where nothing counts.
    """
    import keras
    import numpy as np

    layer = model.get_layer("backoff")
    contexts_of = keras.Model(model.inputs, layer.input)
    contexts, names = [], []
    for numbers, targets in batches:
        targets = np.asarray(targets)
        contexts.append(np.asarray(contexts_of(numbers))[targets >= 0])
        names.append(targets[targets >= 0])
    layer.fill(np.concatenate(contexts), np.concatenate(names))


def space(hp):
    return {"capacity": hp.Choice("capacity", [2**18, 2**20, 2**22])}

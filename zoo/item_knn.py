"""Nearest items by the users whom they share (Deshpande & Karypis 2004, https://doi.org/10.1145/963770.963776).

The shallow recommender: how many users have both of two items is counted, the cosine of that says how near they are,
and one learned box turns the nearness to all that a user has into scores.

Shapes: B batch, T items, K items.
"""
from zoo.layers.item_neighbours import ItemNeighbours

TAKES = "items"
GIVES = "vector"
POOL = "scores"
HANDMADE = True
FORMS = ("items",)
FITS = "What goes with a user's items, where items have many users; counted in seconds, and easy to read."
AVOID = "Where several items together say what none says alone: each is looked up by itself."
SIZES = {"tiny": {"neighbours": 8}, "base": {"neighbours": 500}, "large": {"neighbours": 2000}}


def body(x, *, num_answers, neighbours):
    """Look up what is near to a user's items.

    Args:
        x: items (B, T) int32: 0 nothing, 1 the unknown, 2 the second answer, and so on.
        num_answers: items and the unknown, K.
        neighbours: how many are kept of each item.

    Returns:
        Scores (B, K).
    """
    return ItemNeighbours(num_answers, neighbours, dtype="float32", name="neighbours")(x)


def prepare(model, batches):
    """Count in the training part which items the same users have.

    Args:
        model: a model with this body.
        batches: an iterable of (numbers, targets); targets (B,) int.
    """
    import keras
    import numpy as np
    from scipy import sparse

    layer = model.get_layer("neighbours")
    items_of = keras.Model(model.inputs, layer.input)
    size = layer.num_names
    users, pairs = np.zeros(size), []
    for numbers, targets in batches:
        items, targets = np.asarray(items_of(numbers)), np.asarray(targets)
        answers = np.broadcast_to(targets[:, None], items.shape)
        on = (items > 1) & (items - 1 != answers)
        pairs.append(np.stack([items[on] - 1, answers[on]]))
        users += np.bincount(targets, minlength=size)
    pairs = np.concatenate(pairs, axis=1)
    layer.fill(sparse.coo_array((np.ones(pairs.shape[1]), tuple(pairs)), (size, size)).tocsr(), users)


def space(hp):
    return {"neighbours": hp.Choice("neighbours", [50, 200, 500])}

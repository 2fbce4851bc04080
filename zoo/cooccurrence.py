"""Counts of words side by side (Church & Hanks 1990, https://aclanthology.org/J90-1003).

The shallow model of what stands near a word: how often each name stood there is counted, and discounted in favour of
names that were not seen; one learned box adds a bias to each name.

Shapes: B batch, P places of neighbours, K names, n pairs.
"""
from zoo.layers.cooccurrences import Cooccurrences
from zoo.layers.nearness import nearness

TAKES = "word"
GIVES = "vector"
POOL = "scores"
HANDMADE = True
FORMS = ("neighbours",)
MERGED = 2**22  # pairs that are put together at a time
FITS = "What stands near frequent words, whose neighbours were all seen often enough; counted in seconds."
AVOID = "Where words are rare: what was seen near one tells nothing about another that is used alike."
SIZES = {"tiny": {"capacity": 4096}, "base": {"capacity": 2**21}, "large": {"capacity": 2**24}}


def body(x, *, num_answers, capacity):
    """Look up the probabilities of the names near a word.

    Args:
        x: words (B,) int32.
        num_answers: names, K.
        capacity: pairs of a word and a name that are kept.

    Returns:
        Log-probabilities (B, K).
    """
    return Cooccurrences(num_answers, capacity, dtype="float32", name="cooccurrences")(x)


def prepare(model, batches):
    """Count the pairs of the training part.

    Args:
        model: a model with this body.
        batches: an iterable of (numbers, targets); targets (B, P) int, below 0 where nothing stands.
    """
    import keras
    import numpy as np

    layer = model.get_layer("cooccurrences")
    words_of, counted, waiting = keras.Model(model.inputs, layer.input), (), []
    for numbers, targets in batches:
        targets = np.asarray(targets)
        on = targets >= 0
        words = np.broadcast_to(np.asarray(words_of(numbers))[:, None], targets.shape)
        weights = np.broadcast_to(nearness(targets.shape[1]), targets.shape)
        waiting.append((words[on], targets[on], np.ones(on.sum(), "int64"), weights[on]))
        if sum(len(part[0]) for part in waiting) > MERGED:
            counted, waiting = merged([*waiting, *([counted] if counted else [])]), []
    layer.fill(*merged([*waiting, *([counted] if counted else [])]))


def merged(parts):
    """Return the pairs of several parts, each pair once.

    Args:
        parts: (words (n,) int, names (n,) int, counts (n,) int, weights (n,) float) each.
    """
    import numpy as np

    words, names, counts, weights = (np.concatenate(column) for column in zip(*parts))
    pairs, place = np.unique(words.astype("int64") << 32 | names, return_inverse=True)
    return ((pairs >> 32).astype("int32"), (pairs & 0xFFFFFFFF).astype("int32"),
            np.bincount(place, counts).astype("int64"), np.bincount(place, weights))


def space(hp):
    return {"capacity": hp.Choice("capacity", [2**19, 2**21, 2**23])}

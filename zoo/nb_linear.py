"""Linear model on n-grams weighted by naive Bayes (Wang & Manning 2012, NB-SVM, https://aclanthology.org/P12-2018).

The shallow model of texts: the n-grams that stand in the text are switches, hashed. Each has a weight that is counted
before training, how much more often it stands with one answer than with all others, and logistic regression learns on
the weighted switches.

Shapes: B batch, N n-grams, K answers, M buckets.
"""
import keras

from zoo.layers.embedding_sum import folded
from zoo.layers.weighted_switches import WeightedSwitches

TAKES = "ngrams"
GIVES = "vector"
POOL = "scores"
HANDMADE = True
FITS = "Texts where words and short phrases decide, however few the examples: counted first, learned in seconds."
AVOID = "Where order or far context decides, or words unlike those of the training part: words share nothing."
SIZES = {
    "tiny": {"num_buckets": 1009},
    "base": {"num_buckets": 2**18},
    "large": {"num_buckets": 2**20},
}


def body(x, *, num_answers, num_buckets, dropout=0.0):
    """Score the answers by the n-grams that are on.

    Args:
        x: hashed n-grams (B, N) int32; 0 is none.
        num_answers: number of scores, K.
        num_buckets: number of weights, M; greater ids are folded into them.
        dropout: rate at which n-grams are left out in training.

    Returns:
        Scores (B, K).
    """
    return WeightedSwitches(num_buckets, num_answers, dropout=dropout, name="switches")(x)


def prepare(model, batches):
    """Count the weights: the largest log ratio of an n-gram's frequency with one answer to that with all others.

    Args:
        model: a model with this body.
        batches: an iterable of (numbers, targets) of the training part; targets (B,) int, or (B, K) of 0 and 1.
    """
    import numpy as np

    layer = model.get_layer("switches")
    ids_of = keras.Model(model.inputs, layer.input)
    counts = np.zeros((layer.num_scores, layer.num_buckets), "float32")
    for numbers, targets in batches:
        ids, targets = np.asarray(folded(ids_of(numbers), layer.num_buckets)), np.asarray(targets)
        hot = targets if targets.ndim == 2 else np.eye(layer.num_scores)[targets]
        for answer in np.flatnonzero(hot.any(0)):
            counts[answer] += np.bincount(ids[hot[:, answer] > 0].ravel(), minlength=layer.num_buckets)
    layer.weights_of_ids.assign(log_ratios(counts))


def log_ratios(counts):
    """Return the weights (M,) float32 for how often each id stands with each answer (K, M)."""
    import numpy as np

    total, most = 1 + counts.sum(0), np.zeros(counts.shape[1], "float32")
    for with_one in counts:
        ratio = np.log((1 + with_one) / (1 + with_one).sum()) - np.log((total - with_one) / (total - with_one).sum())
        most = np.maximum(most, np.abs(ratio))
    return most


def space(hp):
    return {
        "num_buckets": hp.Choice("num_buckets", [2**16, 2**18, 2**20]),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

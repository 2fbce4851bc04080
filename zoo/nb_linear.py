"""Linear model on n-grams weighted by naive Bayes (Wang & Manning 2012, NB-SVM, https://aclanthology.org/P12-2018).

The shallow model of texts: the n-grams that stand in the text are switches, hashed. Each has a weight that is counted
before training, how much it tells about the answer, and logistic regression learns on the weighted switches.

Shapes: B batch, N n-grams, K answers, M buckets.
"""
import keras

from zoo.layers.embedding_sum import folded
from zoo.layers.weighted_switches import WeightedSwitches

TAKES = "ngrams"
GIVES = "vector"
POOL = "scores"
HANDMADE = True
START = 0.1  # naive Bayes counts every n-gram as if it were alone, and is too sure
FITS = "Texts where words and short phrases decide, however few the examples: counted first, learned in seconds."
AVOID = "Where order or far context decides, or words unlike those of the training part: words share nothing."
SIZES = {
    "tiny": {"buckets": 1009},
    "base": {"buckets": 2**18},
    "large": {"buckets": 2**20},
}


def body(x, *, num_answers, buckets, dropout=0.0):
    """Score the answers by the n-grams that are on.

    Args:
        x: hashed n-grams (B, N) int32; 0 is none.
        num_answers: number of scores, K.
        buckets: number of weights, M; greater ids are folded into them.
        dropout: rate at which n-grams are left out in training.

    Returns:
        Scores (B, K).
    """
    return WeightedSwitches(buckets, num_answers, dropout=dropout, name="switches")(x)


def prepare(model, batches):
    """Count the weights, and begin with a part of what naive Bayes says.

    The weight of an n-gram is how much it tells: the root of the divergence of the answers it stands with from all
    answers. With two answers that is the paper's log-count ratio where this is small; with many the ratio itself would
    be large for every rare word.

    Args:
        model: a model with this body.
        batches: an iterable of (numbers, targets) of the training part; targets (B,) int, or (B, K) of 0 and 1.
    """
    import numpy as np

    layer = model.get_layer("switches")
    ids_of = keras.Model(model.inputs, layer.input)
    counts, total = np.zeros((layer.num_buckets, layer.num_scores), "float32"), np.zeros(layer.num_scores, "float32")
    for numbers, targets in batches:
        ids, targets = np.asarray(folded(ids_of(numbers), layer.num_buckets)), np.asarray(targets)
        hot = targets if targets.ndim == 2 else np.eye(layer.num_scores, dtype="float32")[targets]
        np.add.at(counts, ids.ravel(), np.repeat(hot, ids.shape[1], axis=0))
        total += hot.sum(0)
    weights, ratios = naive_bayes(counts, total)
    layer.weights_of_ids.assign(weights)
    layer.vectors.assign(START * ratios / np.maximum(weights, 1e-2)[:, None])


def naive_bayes(counts, total):
    """Return how much each id tells (M,), and the log ratios of its answers to all answers (M, K).

    Args:
        counts: how often each id stands with each answer (M, K); one more, shared out as all answers are, smooths it.
        total: how often each answer is given (K,).
    """
    import numpy as np

    prior = np.maximum(total, 1) / np.maximum(total, 1).sum()
    share = (counts + prior) / (counts.sum(1, keepdims=True) + 1)
    ratios = np.log(share) - np.log(prior)
    divergence = np.maximum((share * ratios).sum(1), 0)
    return np.sqrt(8 * divergence), ratios


def space(hp):
    return {
        "buckets": hp.Choice("buckets", [2**16, 2**18, 2**20]),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

"""How much a word counts as a neighbour by its distance, and the loss of its neighbours.

Shapes: B batch, W words on either side, K names.
"""


def nearness(places):
    """Return the weights (2W,) float32 of the places on the left and then on the right of a word, in the order of the
    text: 1 for the nearest, 1 / W for the furthest.

    It is how often word2vec, which draws the window of each word from 1 to W, would count a neighbour (Mikolov et al.
    2013, https://arxiv.org/abs/1301.3781; Levy et al. 2015, https://aclanthology.org/Q15-1016).

    Args:
        places: how many there are, 2W.
    """
    import numpy as np

    window = places // 2
    right = np.arange(window, 0, -1, dtype="float32") / window
    return np.concatenate([right[::-1], right])


def weights_of(targets, kept=None):
    """Return how much each of the targets (B, 2W) counts, float32: 0 for none, which is -1.

    Args:
        targets: numbers of names.
        kept: how much each name counts, from 0 to 1 (K,); None for all alike.
    """
    from keras import ops

    weights = ops.cast(targets >= 0, "float32") * nearness(targets.shape[-1])
    if kept is None:
        return weights
    return weights * ops.take(ops.convert_to_tensor(kept), ops.cast(ops.maximum(targets, 0), "int32"))


def softmax(num_names, kept=None, label_smoothing=0.0):
    """Return the loss of targets (B, 2W), -1 for none, and scores (B, K): nats for each neighbour, the nearest counting
    most.

    Args:
        num_names: K.
        kept: how much each name counts, from 0 to 1 (K,); None for all alike.
        label_smoothing: share of each target that is spread over all names.
    """
    from keras import ops

    def cross_entropy(targets, scores):
        names, weights = ops.cast(ops.maximum(targets, 0), "int32"), weights_of(targets, kept)
        if kept is not None:
            scores = scores + ops.log(kept)
        rows = ops.expand_dims(ops.arange(ops.shape(scores)[0], dtype="int32"), 1) * num_names
        right = ops.take(ops.reshape(scores, (-1,)), rows + names)  # quicker than take_along_axis
        first = ops.zeros_like(names[:, 0])  # whose nats are one kernel, those of the others differ by the score
        total = ops.sparse_categorical_crossentropy(first, scores, from_logits=True) + scores[:, 0]
        if label_smoothing:
            right = right * (1 - label_smoothing) + ops.mean(scores, axis=-1, keepdims=True) * label_smoothing
        nats = ops.expand_dims(total, 1) - right
        return ops.sum(nats * weights) / ops.maximum(ops.sum(weights), 1e-6)

    cross_entropy.units = lambda targets: ops.sum(weights_of(targets, kept))
    return cross_entropy

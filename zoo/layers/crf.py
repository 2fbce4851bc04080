"""Linear-chain conditional random field (Lafferty, McCallum & Pereira 2001,
https://repository.upenn.edu/handle/20.500.14332/6188), on top of a network as in Lample et al. 2016
(https://arxiv.org/abs/1603.01360).

A layer turns emissions into log-potentials, and plain functions of these give likelihood and best path. At the first
position every row of the potentials is the same, start score and emission; row i of a later one is the step from tag i.
At padding, which must be on the right, the step is the identity, so nothing here needs lengths.

Shapes: B batch, T time, K tags.
"""

import keras
import numpy as np
from keras import layers, ops

FORBIDDEN = -1e4  # e^-10000 is 0 in float32, yet sums of it stay finite


def potentials(emissions, mask=None, *, transitions=None, start=None, allowed=None, allowed_start=None):
    """Return log-potentials (B, T, K, K) float32; entry [b, t, i, j] is the step from tag i to tag j at time t.

    Args:
        emissions: scores of the tags (B, T, K).
        mask: True at real positions (B, T); None where all are.
        transitions: scores (K, K) of tag j after tag i; none count as 0.
        start: scores (K,) of the first tag; none count as 0.
        allowed: booleans (K, K), which tag j may follow tag i.
        allowed_start: booleans (K,), which tag may come first.
    """
    emissions = ops.cast(emissions, "float32")
    num_tags = emissions.shape[-1]
    table = np.zeros((num_tags, num_tags), "float32") if transitions is None else ops.cast(transitions, "float32")
    first = np.zeros(num_tags, "float32") if start is None else ops.cast(start, "float32")
    if allowed is not None:
        table = table + np.where(np.array(allowed), 0, FORBIDDEN).astype("float32")
    if allowed_start is not None:
        first = first + np.where(np.array(allowed_start), 0, FORBIDDEN).astype("float32")
    begins = ops.arange(ops.shape(emissions)[1]) == 0
    steps = ops.where(begins[:, None, None], ops.reshape(first, (1, 1, -1)), ops.expand_dims(table, 0))  # (T, K, K)
    scores = ops.expand_dims(emissions, 2) + steps
    if mask is None:
        return scores
    return ops.where(ops.cast(mask, "bool")[:, :, None, None], scores, _identity(num_tags))


def _forward(scores, real=None):
    """Return the log of the summed weight of all paths to each tag, at the end (B, K)."""
    if real is not None:
        scores = ops.where(real[:, :, None, None], scores, _identity(scores.shape[-1]))
    steps = ops.transpose(scores[:, 1:], (1, 0, 2, 3))  # (T-1, B, K, K)

    def step(alpha, table):
        new = ops.logsumexp(ops.expand_dims(alpha, -1) + table, axis=1)
        return new, new

    return ops.scan(step, scores[:, 0, 0], steps)[0]


def _identity(num_tags):
    """Return the step that keeps every tag as it is (K, K)."""
    return np.where(np.eye(num_tags, dtype=bool), 0, FORBIDDEN).astype("float32")


def log_partition(scores):
    """Return the log of the summed weight of all paths (B,) for log-potentials (B, T, K, K)."""
    return ops.logsumexp(_forward(scores), axis=-1)


def log_likelihood(targets, scores):
    """Return the log-probability of tag sequences (B,), 0 for those that are all padding.

    Args:
        targets: tags (B, T) int; negative at padding, which takes no part even where the potentials know no mask.
        scores: log-potentials (B, T, K, K).
    """
    num_tags = scores.shape[-1]
    real = ops.greater_equal(targets, 0)
    tags = ops.cast(ops.maximum(targets, 0), "int32")
    before = ops.pad(tags[:, :-1], ((0, 0), (1, 0)))
    flat = ops.reshape(scores, (ops.shape(scores)[0], -1, num_tags * num_tags))
    taken = ops.take_along_axis(flat, ops.expand_dims(before * num_tags + tags, -1), axis=-1)[..., 0]  # (B, T)
    path = ops.sum(ops.where(real, taken, 0.0), axis=1)
    return ops.where(ops.any(real, axis=1), path - ops.logsumexp(_forward(scores, real), axis=-1), 0.0)


def viterbi(scores):
    """Return the best path (B, T) int32 for log-potentials (B, T, K, K) (Viterbi 1967,
    https://doi.org/10.1109/TIT.1967.1054010). Padding repeats the last real tag."""
    first, steps = scores[:, 0, 0], ops.transpose(scores[:, 1:], (1, 0, 2, 3))

    def step(best, table):
        new = ops.max(ops.expand_dims(best, -1) + table, axis=1)
        return new, new

    last, bests = ops.scan(step, first, steps)  # (B, K), (T-1, B, K)
    before = ops.concatenate([ops.expand_dims(first, 0), bests], axis=0)[:-1]
    came_from = ops.cast(ops.argmax(ops.expand_dims(before, -1) + steps, axis=2), "int32")  # (T-1, B, K)

    def back(tag, pointers):
        previous = ops.take_along_axis(pointers, ops.expand_dims(tag, -1), axis=-1)[:, 0]
        return previous, previous

    end = ops.cast(ops.argmax(last, axis=-1), "int32")
    _, path = ops.scan(back, end, came_from, reverse=True)  # (T-1, B)
    return ops.transpose(ops.concatenate([path, ops.expand_dims(end, 0)], axis=0))


@keras.saving.register_keras_serializable("zoo")
class Potentials(layers.Layer):
    """Emissions (B, T, K) to log-potentials (B, T, K, K) float32, with learned transitions and start scores.

    The mask goes into the potentials and no further. What is not allowed is forbidden outside of training only: an
    illegal step in the targets then costs a score that can be learned, not an endless one.

    Args:
        allowed: booleans (K, K), which tag j may follow tag i; None allows all.
        allowed_start: booleans (K,), which tag may come first; None allows all.
    """

    def __init__(self, allowed=None, allowed_start=None, **options):
        super().__init__(**options)
        self.allowed = None if allowed is None else np.array(allowed, bool).tolist()
        self.allowed_start = None if allowed_start is None else np.array(allowed_start, bool).tolist()
        self.supports_masking = True

    def build(self, input_shape):
        k = input_shape[-1]
        for name, given, shape in (("allowed", self.allowed, (k, k)), ("allowed_start", self.allowed_start, (k,))):
            if given is not None and np.shape(given) != shape:
                raise ValueError(f"received {name} of shape {np.shape(given)} for {k} tags: expected {shape}")
        self.transitions = self.add_weight(shape=(k, k), initializer="zeros", autocast=False, name="transitions")
        self.start = self.add_weight(shape=(k,), initializer="zeros", autocast=False, name="start")

    def call(self, emissions, mask=None, training=None):
        rules = {} if training else {"allowed": self.allowed, "allowed_start": self.allowed_start}
        learned = {"transitions": self.transitions, "start": self.start}
        return potentials(emissions, mask, **learned, **rules)

    def compute_mask(self, emissions, mask=None):
        return None

    def compute_output_spec(self, emissions, mask=None, training=None):
        return keras.KerasTensor((*emissions.shape, emissions.shape[-1]), dtype="float32")

    def get_config(self):
        return {**super().get_config(), "allowed": self.allowed, "allowed_start": self.allowed_start}

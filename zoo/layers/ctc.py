"""Connectionist temporal classification (Graves et al. 2006, https://doi.org/10.1145/1143844.1143891): texts without
their times.

Shapes: B batch, T frames, L pieces of a text, V scores of a frame, the blank's first.
"""
import keras
from keras import layers, ops

from zoo.layers import ctc_compiled, forward_backward

FORBIDDEN = -1e4  # e^-10000 is 0 in float32


@keras.saving.register_keras_serializable("zoo")
class BlankWhereNothingIs(layers.Layer):
    """Scores (B, T, V) of frames, with a Keras mask, to log-probabilities float32: padding is certainly blank, so that
    nobody needs its length."""

    supports_masking = True

    def call(self, x, mask=None):
        x = ops.log_softmax(ops.cast(x, "float32"))
        if mask is None:
            return x
        blank = ops.where(ops.arange(x.shape[-1]) == 0, 0.0, FORBIDDEN)
        return ops.where(ops.expand_dims(mask, -1), x, blank)

    def compute_mask(self, x, mask=None):
        return None

    def compute_output_spec(self, x, mask=None):
        return keras.KerasTensor(x.shape, dtype="float32")


def nats(targets, scores):
    """Return the nats (B,) that texts cost; 0, and no gradient, for one that its frames cannot hold or without known
    pieces.

    Args:
        targets: numbers of pieces (B, L) from 1, anything less is padding.
        scores: log-probabilities (B, T, V), the blank's first.
    """
    fits = ops.logical_and(needed(targets) <= ops.shape(scores)[1], ops.any(targets > 0, 1))
    first = ops.where(ops.arange(ops.shape(targets)[1]) == 0, 1, -1)  # in its place, since the kernel refuses it
    way = dense if keras.backend.backend() != "tensorflow" else compiled if ctc_compiled.usable() else sparse
    return ops.where(fits, way(ops.where(ops.expand_dims(fits, 1), targets, first), scores), 0.0)


def dense(targets, scores):
    """`nats` of texts that fit, on any backend of Keras."""
    return forward_backward.nats(targets, ops.log_softmax(scores))


def compiled(targets, scores):
    """`nats` of texts that fit, on CPUs by a kernel of XLA where there is enough of them."""
    return ctc_compiled.nats(targets, scores, sparse)


def sparse(targets, scores):
    """`nats` of texts that fit, by TensorFlow's own kernel; `benchmarks/layers.py` compares it with `compiled`."""
    import tensorflow as tf

    places = tf.where(targets > 0)
    blank_last = tf.roll(scores, -1, axis=2)
    frames = tf.fill((tf.shape(scores)[0],), tf.shape(scores)[1])
    found, _ = tf.raw_ops.CTCLoss(
        inputs=tf.transpose(blank_last, (1, 0, 2)), labels_indices=places,
        labels_values=tf.cast(tf.gather_nd(targets, places), tf.int32) - 1, sequence_length=frames,
        preprocess_collapse_repeated=False, ctc_merge_repeated=True)
    return found


def needed(targets):
    """Return how many frames texts (B, L) take at least: one for each piece, and a blank between equal ones."""
    equal = ops.logical_and(targets[:, 1:] == targets[:, :-1], targets[:, 1:] > 0)
    return ops.sum(ops.cast(targets > 0, "int32"), 1) + ops.sum(ops.cast(equal, "int32"), 1)

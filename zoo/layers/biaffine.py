"""Biaffine scores of arcs and their relations (Dozat & Manning 2017, https://arxiv.org/abs/1611.01734).

One tensor holds both: scores[b, t, r, h] is the score of the arc from head h to word t plus the log-probability of the
relation r, given that arc. Summing out the relations (logsumexp) gives back the arc's score, so that the loss of both
is a plain function of it. It takes R floats an arc; a form that is linear in T takes R·L floats a word, with L the size
of the relations' vectors, which is more for sentences of up to L words.

Shapes: B batch, T words, H heads (the root and T words), R relations, A and L sizes of the vectors.
"""

import keras
from keras import layers, ops

FORBIDDEN = -1e4  # e^-10000 is 0 in float32, yet sums of it stay finite


def joint(arcs, relations, mask=None):
    """Return scores (B, T, R, H) float32: no word is its own head, and padding is nobody's.

    Args:
        arcs: scores of the arcs (B, T, H).
        relations: scores of the relations (B, T, R, H), normalised here.
        mask: True at real words (B, T); None where all are.
    """
    arcs, relations = ops.cast(arcs, "float32"), ops.cast(relations, "float32")
    length = ops.shape(arcs)[1]
    words, heads = ops.arange(1, length + 1), ops.arange(length + 1)
    allowed = ops.expand_dims(ops.expand_dims(words, 1) != heads, 0)  # (1, T, H)
    if mask is not None:
        real = ops.pad(ops.cast(mask, "int32"), ((0, 0), (1, 0)), constant_values=1)
        allowed = ops.logical_and(allowed, ops.expand_dims(real > 0, 1))
    arcs = ops.where(allowed, arcs, FORBIDDEN)
    return ops.expand_dims(arcs, 2) + relations - ops.logsumexp(relations, axis=2, keepdims=True)


def with_one(x):
    """Return vectors (…, D) with a 1 at the end, (…, D + 1): a product with them has a bias."""
    return ops.concatenate([x, ops.ones_like(x[..., :1])], axis=-1)


@keras.saving.register_keras_serializable("zoo")
class WithTags(layers.Layer):
    """Joint scores (B, T, R, H) and scores of each word's tags (B, T, K) to one tensor (B, T, max(R, K), H + 1)
    float32: the tags' log-probabilities are the last column, and FORBIDDEN fills the gaps."""

    supports_masking = True

    def call(self, inputs):
        joined, tags = ops.cast(inputs[0], "float32"), ops.log_softmax(ops.cast(inputs[1], "float32"))
        num_relations, num_tags = joined.shape[2], tags.shape[2]
        more, fewer = max(num_tags - num_relations, 0), max(num_relations - num_tags, 0)
        joined = ops.pad(joined, ((0, 0), (0, 0), (0, more), (0, 0)), constant_values=FORBIDDEN)
        tags = ops.pad(tags, ((0, 0), (0, 0), (0, fewer)), constant_values=FORBIDDEN)
        return ops.concatenate([joined, ops.expand_dims(tags, -1)], axis=-1)

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_spec(self, inputs):
        (batch, length, relations, heads), tags = inputs[0].shape, inputs[1].shape[2]
        return keras.KerasTensor((batch, length, max(relations, tags), heads and heads + 1), dtype="float32")


@keras.saving.register_keras_serializable("zoo")
class Biaffine(layers.Layer):
    """Features (B, T, 2 (A + L)) to joint scores (B, T, R, H) float32.

    Each word's features are its vectors as a dependent, A for the arc and L for the relation, and the same as a head.
    The root's vectors as a head are learned. The mask goes into the scores and no further.

    Args:
        num_relations: R.
        arc_units: A.
        label_units: L.
    """

    def __init__(self, num_relations, arc_units, label_units, **options):
        super().__init__(**options)
        self.num_relations, self.arc_units, self.label_units = int(num_relations), int(arc_units), int(label_units)
        self.supports_masking = True

    def build(self, input_shape):
        a, b = self.arc_units, self.label_units
        if input_shape[-1] != 2 * (a + b):
            raise ValueError(f"received features of size {input_shape[-1]}: expected 2 ({a} + {b})")
        self.root = self.add_weight(shape=(a + b,), initializer="uniform", name="root")
        self.arcs = self.add_weight(shape=(a + 1, a), initializer="glorot_uniform", name="arcs")
        shape = b + 1, self.num_relations * (b + 1)
        self.labels = self.add_weight(shape=shape, initializer="glorot_uniform", name="labels")

    def call(self, x, mask=None):
        a, batch, length = self.arc_units, ops.shape(x)[0], ops.shape(x)[1]
        words, heads = ops.split(x, 2, axis=-1)
        root = ops.broadcast_to(ops.cast(self.root, x.dtype), (batch, 1, self.root.shape[0]))
        heads = ops.transpose(ops.concatenate([root, heads], axis=1), (0, 2, 1))  # (B, A + L, H)
        arcs = ops.matmul(ops.matmul(with_one(words[..., :a]), self.arcs), heads[:, :a])  # (B, T, H)
        by_relation = ops.reshape(ops.matmul(with_one(words[..., a:]), self.labels),
                                  (batch, length * self.num_relations, self.label_units + 1))
        ones = ops.ones_like(heads[:, :1])
        labels = ops.matmul(by_relation, ops.concatenate([heads[:, a:], ones], axis=1))
        return joint(arcs, ops.reshape(labels, (batch, length, self.num_relations, length + 1)), mask)

    def compute_mask(self, x, mask=None):
        return None

    def compute_output_spec(self, x, mask=None):
        return keras.KerasTensor((*x.shape[:2], self.num_relations, x.shape[1] and x.shape[1] + 1), dtype="float32")

    def get_config(self):
        names = ("num_relations", "arc_units", "label_units")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

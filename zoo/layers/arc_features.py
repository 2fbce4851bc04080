"""Hand-made features of arcs between words (McDonald, Crammer & Pereira 2005, https://aclanthology.org/P05-1012),
hashed; the words' endings and shapes stand where that paper has parts of speech.

Shapes: B batch, T words, H heads (the root and T words), F features of a word, P features of an arc, R relations.
"""

import keras
import numpy as np
from keras import layers, ops

from zoo.layers.biaffine import joint
from zoo.layers.word_features import PRIMES, buckets, pair

VIEWS = {"word": 1, "ending": 7, "shape": 16, "before": 22, "behind": 23}  # places among `WordFeatures`
NEAR = (1, 2, 3, 4, 6, 9, 14, 20)  # distances that are told apart: up to each of these
SHAPES = 16  # kinds of shapes that may stand between two words
ARCS = ("d", "d:word", "h:word", "d:ending", "h:ending", "d:word h:word", "d:ending h:ending", "d:word h:ending",
        "d:ending h:word", "d:shape h:shape", "d:ending h:ending h:before", "d:ending h:ending h:behind",
        "d:ending h:ending d:before", "d:ending h:ending d:behind", "d:ending d:before d:behind",
        "h:ending h:before h:behind", "between", "between d:ending", "between h:ending", "between d:ending h:ending")
RELATIONS = ("d", "d:ending h:ending", "d:word h:ending", "d:ending h:word")


@keras.saving.register_keras_serializable("zoo")
class ArcFeatures(layers.Layer):
    """Features of words (B, T, F) to ids of the features of their arcs (B, T, H, P) int32.

    A feature joins what its template names of the dependent (d) and the head (h): their lower-cased words, endings of 3
    characters, shapes, the endings before and behind them, and the set of shapes between them. Each is told apart by
    direction and distance. The root looks like no word.

    Args:
        templates: some of `ARCS`.
        num_buckets: ids are hashed into 1 … num_buckets - 1.

    Takes what `WordFeatures` gives, 0 at padding.
    """

    def __init__(self, templates=ARCS, num_buckets=2**17, **options):
        super().__init__(**options)
        self.templates, self.num_buckets = tuple(templates), int(num_buckets)
        self.supports_masking = True

    def call(self, ids, mask=None):
        length = ops.shape(ids)[1]
        far = _distances(length)  # (1, T, H)
        of = {"d": (far, far), "between": _between(ids[..., VIEWS["shape"]])}
        for name, place in VIEWS.items():
            view = ops.where(ids[..., place] > 0, ids[..., place], ids[..., VIEWS["word"]])
            heads = ops.pad(view, ((0, 0), (1, 0)))
            of[f"d:{name}"] = tuple(ops.expand_dims(view, 2) % prime for prime in PRIMES)
            of[f"h:{name}"] = tuple(ops.expand_dims(heads, 1) % prime for prime in PRIMES)
        values = []
        for template in self.templates:
            value = of["d"]
            for part in template.split():
                value = pair(value, of[part])
            values.append(tuple(ops.broadcast_to(x, (ops.shape(ids)[0], length, length + 1)) for x in value))
        return buckets(values, self.num_buckets)

    def compute_mask(self, ids, mask=None):
        return None

    def compute_output_spec(self, ids, mask=None):
        heads = ids.shape[1] and ids.shape[1] + 1
        return keras.KerasTensor((*ids.shape[:2], heads, len(self.templates)), dtype="int32")

    def get_config(self):
        return {**super().get_config(), "templates": list(self.templates), "num_buckets": self.num_buckets}


def _distances(length):
    """Return a number for direction and distance of each arc (1, T, H), from 1 up."""
    words, heads = ops.expand_dims(ops.arange(1, length + 1), 1), ops.arange(length + 1)
    far = ops.sum(ops.cast(ops.expand_dims(ops.abs(words - heads), 2) > np.array(NEAR), "int32"), axis=2)
    side = ops.where(heads == 0, 2, ops.where(heads > words, 1, 0))
    return ops.expand_dims(1 + far * 3 + side, 0)


def _between(shapes):
    """Return a hash of the set of shapes between both words of each arc, a pair of remainders (B, T, H)."""
    kinds = ops.one_hot(shapes % SHAPES, SHAPES, dtype="int32") * ops.expand_dims(ops.cast(shapes > 0, "int32"), 2)
    before = ops.pad(ops.cumsum(kinds, axis=1), ((0, 0), (1, 0), (0, 0)))  # of the first words, (B, H, SHAPES)
    length = ops.shape(shapes)[1]
    words, heads = ops.expand_dims(ops.arange(1, length + 1), 1), ops.arange(length + 1)
    low, high = ops.minimum(words, heads), ops.maximum(words, heads) - 1
    there = ops.take(before, ops.maximum(high, 0), axis=1) > ops.take(before, low, axis=1)  # (B, T, H, SHAPES)
    code = ops.sum(ops.cast(there, "int32") * (2 ** np.arange(SHAPES)).astype("int32"), axis=3)
    return tuple(code % prime for prime in PRIMES)


@keras.saving.register_keras_serializable("zoo")
class JointArcs(layers.Layer):
    """Sums of weights of arcs (B, T, H, 1), of relations of arcs (B, T, H, R), and of relations of words as dependents
    and as heads (B, T, 2 R), to joint scores (B, T, R, H), see `zoo.layers.biaffine`."""

    def __init__(self, **options):
        super().__init__(**options)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        arcs, relations, words = inputs
        dependents, heads = ops.split(words, 2, axis=2)
        heads = ops.transpose(ops.pad(heads, ((0, 0), (1, 0), (0, 0))), (0, 2, 1))  # (B, R, H)
        relations = ops.transpose(relations, (0, 1, 3, 2)) + ops.expand_dims(dependents, 3) + ops.expand_dims(heads, 1)
        return joint(arcs[..., 0], relations, mask[2] if mask else None)

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_spec(self, inputs, mask=None):
        batch, length, heads, num_relations = inputs[1].shape
        return keras.KerasTensor((batch, length, num_relations, heads), dtype="float32")

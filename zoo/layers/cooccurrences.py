"""How often each name stood near a word, discounted, in sorted tables. Shapes: B batch, K names, C pairs, n words."""
import keras
import numpy as np
from keras import layers, ops

from zoo.layers.backoff import NONE, discounts


@keras.saving.register_keras_serializable("zoo")
class Cooccurrences(layers.Layer):
    """Words (B,) int32 to log-probabilities of names to stand near (B, K), with a learned bias.

    What is taken from the counts of a word's pairs goes to all names by their frequency: absolute discounting (Chen &
    Goodman 1999, https://doi.org/10.1006/csla.1999.0128, with the discounts of their modified Kneser-Ney smoothing).

    Args:
        num_names: K.
        capacity: pairs of a word and a name that are kept, C; the rarest beyond are left out.

    The tables are empty, and every name as likely, until `fill`.
    """

    def __init__(self, num_names, capacity, **options):
        super().__init__(**options)
        self.num_names, self.capacity = int(num_names), int(capacity)

    def build(self, input_shape):
        table, none = {"shape": (self.capacity,), "trainable": False}, keras.initializers.Constant(NONE)
        self.words = self.add_weight(initializer=none, dtype="int32", name="words", **table)
        self.names = self.add_weight(initializer="zeros", dtype="int32", name="names", **table)
        self.shares = self.add_weight(initializer="zeros", dtype="float32", name="shares", **table)
        self.likely = self.add_weight(shape=(self.num_names,), initializer=keras.initializers.Constant(
            1 / self.num_names), dtype="float32", trainable=False, name="likely")
        self.bias = self.add_weight(shape=(self.num_names,), initializer="zeros", name="bias")

    def call(self, words):
        table = ops.convert_to_tensor(self.words)
        first, end = (ops.cast(ops.searchsorted(table, words, side=side), "int32") for side in ("left", "right"))
        shares = self._ragged(first, end) if keras.backend.backend() == "tensorflow" else self._padded(first, end)
        rest = 1 - ops.sum(shares, axis=1, keepdims=True)
        return ops.log(ops.maximum(shares + rest * self.likely, 1e-12)) + self.bias

    def _padded(self, first, end):
        """Return the counted shares (B, K) for where the pairs of words begin and end, (B,) each: of every word as many
        places are looked at as there are names."""
        places = ops.expand_dims(first, 1) + ops.arange(min(self.num_names, self.capacity), dtype="int32")
        on = places < ops.expand_dims(end, 1)
        places = ops.minimum(places, self.capacity - 1)
        rows = ops.broadcast_to(ops.expand_dims(ops.arange(ops.shape(first)[0], dtype="int32"), 1), ops.shape(places))
        names = ops.where(on, ops.take(self.names, places), 0)
        shares = ops.where(on, ops.take(self.shares, places), 0.0)
        return ops.scatter(ops.reshape(ops.stack([rows, names], -1), (-1, 2)), ops.reshape(shares, (-1,)),
                           (ops.shape(first)[0], self.num_names))

    def _ragged(self, first, end):
        """Return the same; only the pairs that there are, are looked at."""
        import tensorflow as tf

        pairs, count = tf.ragged.range(first, end, row_splits_dtype=tf.int32), tf.shape(first)[0]
        names, shares = (tf.gather(table.value, pairs.values) for table in (self.names, self.shares))
        cells = pairs.value_rowids() * self.num_names + names
        return tf.reshape(tf.math.unsorted_segment_sum(shares, cells, count * self.num_names), (count, self.num_names))

    def compute_output_shape(self, input_shape):
        return *input_shape, self.num_names

    def get_config(self):
        return {**super().get_config(), "num_names": self.num_names, "capacity": self.capacity}

    def fill(self, words, names, counts, weights):
        """Fill the tables with pairs, each once.

        Args:
            words, names: ids (n,) of the pairs.
            counts: how often each was seen (n,) int.
            weights: how much that counts (n,) float; the shares are of these.
        """
        likely = np.bincount(names, weights, self.num_names) + 0.1
        total = np.bincount(words, weights)[words]
        taken = discounts(counts)[np.minimum(counts, 3)] / counts
        shares = weights * (1 - taken) / total
        most = np.sort(np.argsort(-counts, kind="stable")[: self.capacity])
        most = most[np.argsort(words[most], kind="stable")]
        for variable, values in ((self.words, words), (self.names, names), (self.shares, shares)):
            table = np.full(self.capacity, NONE if variable is self.words else 0, variable.dtype)
            table[: len(most)] = values[most]
            variable.assign(table)
        self.likely.assign(likely / likely.sum())

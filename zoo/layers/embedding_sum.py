"""Sum of the learned vectors of sparse features: a linear layer whose input is a list of switches that are on.

Shapes: B batch, T time, F features, U units, N buckets.
"""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class EmbeddingSum(layers.Layer):
    """Add the vectors of a position's features.

    Args:
        num_buckets: number of vectors, N; ids of N and over are folded into 1 … N-1.
        units: size of the vectors, U.
        dropout: rate at which single features are left out in training; the others are scaled up.
        mean: divide by the number of features.
        spread: vectors begin uniform between -spread and spread; at 0, features never seen add nothing.

    Takes ids (…, F) int32, 0 for none; gives (…, U), and for ids (B, T, F) the mask (B, T) of positions that have any
    feature.
    """

    def __init__(self, num_buckets, units, dropout=0.0, mean=False, spread=0.0, **options):
        super().__init__(**options)
        self.num_buckets, self.units, self.dropout = int(num_buckets), int(units), float(dropout)
        self.mean, self.spread = bool(mean), float(spread)
        if self.num_buckets < 2 or self.units < 1:
            raise ValueError(f"received num_buckets={num_buckets}, units={units}: expected at least 2 and 1")
        self.drop = layers.Dropout(self.dropout, dtype=self.dtype_policy)
        self.supports_masking = True

    def build(self, input_shape):
        start = keras.initializers.RandomUniform(-self.spread, self.spread) if self.spread else "zeros"
        self.vectors = self.add_weight(shape=(self.num_buckets, self.units), initializer=start, name="vectors")

    def call(self, ids, training=None):
        on = ops.cast(ids > 0, self.compute_dtype)
        vectors = gathered(self.vectors, folded(ids, self.num_buckets))  # (…, F, U)
        total = ops.sum(vectors * ops.expand_dims(self.drop(on, training=training), -1), axis=-2)
        return total / ops.maximum(ops.sum(on, axis=-1, keepdims=True), 1) if self.mean else total

    def compute_mask(self, ids, mask=None):
        return ops.any(ops.not_equal(ids, 0), axis=-1) if len(ids.shape) > 2 else None

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        names = ("num_buckets", "units", "dropout", "mean", "spread")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def gathered(variable, ids):
    """Return the rows of a table (N, U) for ids; TensorFlow reads and, in the gradient, writes only these rows."""
    if keras.backend.backend() == "tensorflow" and keras.mixed_precision.dtype_policy().compute_dtype == "float32":
        import tensorflow as tf

        return tf.gather(variable.value, ids)
    return ops.take(ops.convert_to_tensor(variable), ids, axis=0)


def folded(ids, num_buckets):
    """Return ids below `num_buckets`: greater ones share 1 … num_buckets - 1, and 0 stays."""
    return ops.where(ids > 0, 1 + (ids - 1) % (num_buckets - 1), 0)

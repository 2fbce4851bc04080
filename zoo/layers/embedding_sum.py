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
        units: size of the vectors, U. They begin at zero, so that features never seen add nothing.
        dropout: rate at which single features are left out in training; the others are scaled up.

    Takes ids (…, F) int32, 0 for none; gives (…, U) and the mask (…) of positions that have any feature.
    """

    def __init__(self, num_buckets, units, dropout=0.0, **options):
        super().__init__(**options)
        self.num_buckets, self.units, self.dropout = int(num_buckets), int(units), float(dropout)
        if self.num_buckets < 2 or self.units < 1:
            raise ValueError(f"received num_buckets={num_buckets}, units={units}: expected at least 2 and 1")
        self.drop = layers.Dropout(self.dropout, dtype=self.dtype_policy)
        self.supports_masking = True

    def build(self, input_shape):
        self.vectors = self.add_weight(shape=(self.num_buckets, self.units), initializer="zeros", name="vectors")

    def call(self, ids, training=None):
        on = ops.cast(ids > 0, self.compute_dtype)
        folded = ops.where(ids > 0, 1 + (ids - 1) % (self.num_buckets - 1), 0)
        vectors = ops.take(ops.convert_to_tensor(self.vectors), folded, axis=0)  # (…, F, U)
        return ops.sum(vectors * ops.expand_dims(self.drop(on, training=training), -1), axis=-2)

    def compute_mask(self, ids, mask=None):
        return ops.any(ops.not_equal(ids, 0), axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(), "num_buckets": self.num_buckets, "units": self.units, "dropout": self.dropout
        }  # fmt: skip

"""Linear scores of sparse features, each with a weight that is counted before training (Wang & Manning 2012,
https://aclanthology.org/P12-2018). Shapes: B batch, N features, M buckets, K scores.
"""
import keras
from keras import layers, ops

from zoo.layers.embedding_sum import folded, gathered


@keras.saving.register_keras_serializable("zoo")
class WeightedSwitches(layers.Layer):
    """Add up, for each feature that is on, its counted weight times its learned vector: ids (B, N) to scores (B, K).

    Args:
        num_buckets: number of vectors, M; ids of M and over are folded into 1 … M-1.
        num_scores: size of the vectors, K. They begin at zero.
        dropout: rate at which single features are left out in training; the others are scaled up.

    Its `weights_of_ids` (M,) are 1 until they are assigned.
    """

    def __init__(self, num_buckets, num_scores, dropout=0.0, **options):
        super().__init__(**options)
        self.num_buckets, self.num_scores, self.dropout = int(num_buckets), int(num_scores), float(dropout)
        self.drop = layers.Dropout(self.dropout, dtype=self.dtype_policy)

    def build(self, input_shape):
        table = (self.num_buckets, self.num_scores)
        self.weights_of_ids = self.add_weight(shape=table[:1], initializer="ones", trainable=False,
                                              name="weights_of_ids")
        self.vectors = self.add_weight(shape=table, initializer="zeros", name="vectors")
        self.bias = self.add_weight(shape=table[1:], initializer="zeros", name="bias")

    def call(self, ids, training=None):
        places = folded(ids, self.num_buckets)
        weights = ops.where(ids > 0, ops.take(ops.convert_to_tensor(self.weights_of_ids), places, axis=0), 0)
        weights = self.drop(ops.cast(weights, self.compute_dtype), training=training)
        vectors = gathered(self.vectors, places)  # (B, N, K)
        return ops.sum(vectors * ops.expand_dims(weights, -1), axis=-2) + self.bias

    def compute_output_shape(self, input_shape):
        return input_shape[0], self.num_scores

    def get_config(self):
        names = ("num_buckets", "num_scores", "dropout")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

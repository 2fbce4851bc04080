"""The items most often had by the same users, in a table of counts. Shapes: B batch, T items, K items, N neighbours."""
import keras
import numpy as np
from keras import layers, ops

LEAST = 1e-3  # cosine of what was never seen together


@keras.saving.register_keras_serializable("zoo")
class ItemNeighbours(layers.Layer):
    """Items (B, T) int32 to scores (B, K): how near each item is to those, all together, with a learned box.

    The nearness of two items is the cosine of the users who have them, kept for the N nearest of each; those to all
    items of a user are added up. The box is log-linear: a weight for the logarithm of that sum, and a bias for each
    item.

    Args:
        num_names: K; the first is the unknown.
        neighbours: N.

    Of the items 0 is nothing and 1 the unknown, which is near to nothing. The table is empty until `fill`.
    """

    def __init__(self, num_names, neighbours, **options):
        super().__init__(**options)
        self.num_names, self.neighbours = int(num_names), min(int(neighbours), int(num_names))

    def build(self, input_shape):
        table = {"shape": (self.num_names, self.neighbours), "initializer": "zeros", "trainable": False}
        self.names = self.add_weight(dtype="int32", name="names", **table)
        self.nearness = self.add_weight(dtype="float32", name="nearness", **table)
        self.weight = self.add_weight(shape=(), initializer="ones", dtype="float32", name="weight")
        self.bias = self.add_weight(shape=(self.num_names,), initializer="zeros", dtype="float32", name="bias")

    def call(self, items):
        places = ops.clip(items - 1, 0, self.num_names - 1)
        near = ops.take(ops.convert_to_tensor(self.nearness), places, axis=0)  # (B, T, N)
        near = near * ops.cast(ops.expand_dims(items > 1, -1), near.dtype)
        names = ops.take(ops.convert_to_tensor(self.names), places, axis=0)
        count = ops.shape(items)[0]
        rows = ops.broadcast_to(ops.reshape(ops.arange(count, dtype="int32"), (-1, 1, 1)), ops.shape(names))
        sums = ops.scatter(ops.reshape(ops.stack([rows, names], -1), (-1, 2)), ops.reshape(near, (-1,)),
                           (count, self.num_names))
        return self.weight * ops.log(sums + LEAST) + self.bias

    def compute_output_shape(self, input_shape):
        return input_shape[0], self.num_names

    def get_config(self):
        return {**super().get_config(), "num_names": self.num_names, "neighbours": self.neighbours}

    def fill(self, together, users):
        """Fill the table, and begin the bias with how frequent items are.

        Args:
            together: how many users have both of two items (K, K), a `scipy.sparse.csr_array` without diagonal.
            users: how many users have an item (K,).
        """
        root = np.sqrt(np.maximum(users, 1))
        names, nearness = np.zeros((2, self.num_names, self.neighbours))
        for i in range(self.num_names):
            others = slice(together.indptr[i], together.indptr[i + 1])
            cosine = together.data[others] / (root[i] * root[together.indices[others]])
            most = np.argsort(-cosine, kind="stable")[: self.neighbours]
            names[i, : len(most)], nearness[i, : len(most)] = together.indices[others][most], cosine[most]
        self.names.assign(names.astype("int32"))
        self.nearness.assign(nearness)
        frequency = np.maximum(users, 0.5)
        self.bias.assign(np.log(frequency / frequency.sum()))

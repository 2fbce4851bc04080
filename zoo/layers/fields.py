"""Fields of a row: a weight and a vector for each, and what they add up to (Rendle 2010,
https://doi.org/10.1109/ICDM.2010.127).

Shapes: B batch, C fields that hold one of many values, N fields that hold a number, F = C + N, D size of a vector.
"""
import keras
from keras import layers, ops

from zoo.layers.embedding_sum import gathered

SPREAD = 0.01


@keras.saving.register_keras_serializable("zoo")
class FieldVectors(layers.Layer):
    """Ids (B, C) int32 and numbers (B, N), NaN where they are missing, to weights and vectors (B, F, 1 + D).

    A value has a row of a table. A number, standardised, is multiplied with the row of its field, as in a factorisation
    machine, and the row of the bin that it falls into is added, so that it may act in bends; one bin is for missing
    numbers.

    Args:
        num_ids: rows of the table.
        size: size of the vectors, D.
        mean, std: of each number, N each.
        bins: as in `NumberBins`.
    """

    def __init__(self, num_ids, size, mean=(), std=(), bins=20, **options):
        super().__init__(**{"dtype": "float32", **options})
        self.num_ids, self.size, self.mean, self.std = int(num_ids), int(size), tuple(mean), tuple(std)
        self.bins = int(bins)

    def build(self, input_shapes):
        start, width = keras.initializers.RandomUniform(-SPREAD, SPREAD), 1 + self.size
        if self.num_ids:
            self.table = self.add_weight(shape=(self.num_ids, width), initializer=start, name="table")
        if self.mean:
            self.of_numbers = self.add_weight(shape=(len(self.mean), width), initializer=start, name="of_numbers")
            self.of_bins = self.add_weight(shape=(len(self.mean) * (self.bins + 1), width), initializer=start,
                                           name="of_bins")

    def call(self, ids=None, numbers=None):
        parts = [gathered(self.table, ids)] if self.num_ids else []
        if self.mean:
            values, missing = standardised(numbers, self.mean, self.std)
            bins = gathered(self.of_bins, binned(values, missing, self.bins))
            parts.append(values[..., None] * self.of_numbers + bins)
        return ops.concatenate(parts, axis=1)

    def compute_output_shape(self, ids_shape=None, numbers_shape=None):
        batch, *rest = ids_shape or numbers_shape
        return batch, (rest[0] if ids_shape else 0) + len(self.mean), 1 + self.size

    def get_config(self):
        names = ("num_ids", "size", "mean", "std", "bins")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable("zoo")
class NumberBins(layers.Layer):
    """Numbers (B, N), NaN where they are missing, to the number of their bin (B, N) int32, counted through all fields.

    Args:
        mean, std: of each number, N each.
        bins: of equal width, over two standard deviations on either side; the outer ones have no end. One more is for
            missing numbers.
        first: number of the first bin.
    """

    def __init__(self, mean, std, bins, first=0, **options):
        super().__init__(**{"dtype": "float32", **options})
        self.mean, self.std, self.bins, self.first = tuple(mean), tuple(std), int(bins), int(first)

    def call(self, numbers):
        return binned(*standardised(numbers, self.mean, self.std), self.bins) + self.first

    def compute_output_spec(self, numbers):
        return keras.KerasTensor(numbers.shape, dtype="int32")

    def get_config(self):
        names = ("mean", "std", "bins", "first")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable("zoo")
class Switches(layers.Layer):
    """Ids (B, F) int32 from 0 on to numbers of switches from 1 on; 0 is none."""

    def call(self, ids):
        return ids + 1

    def compute_output_spec(self, ids):
        return keras.KerasTensor(ids.shape, dtype="int32")


@keras.saving.register_keras_serializable("zoo")
class FieldScores(layers.Layer):
    """Weights and vectors of fields (B, F, 1 + D) to a score (B, 1): a bias, the weights, and with `pairs` the products
    of the vectors of every two fields."""

    def __init__(self, pairs, **options):
        super().__init__(**{"dtype": "float32", **options})
        self.pairs = bool(pairs)

    def build(self, input_shape):
        self.bias = self.add_weight(shape=(1,), initializer="zeros", name="bias")

    def call(self, fields):
        score = with_pairs(fields) if self.pairs else ops.sum(fields[..., 0], axis=1)
        return score[:, None] + self.bias

    def compute_output_shape(self, input_shape):
        return input_shape[0], 1

    def get_config(self):
        return {**super().get_config(), "pairs": self.pairs}


@ops.custom_gradient
def with_pairs(fields):
    """Return the sum of weights and of the products of every two vectors (B,), for fields (B, F, 1 + D).

    The products are half of the square of the sum, less the squares. The gradient is written out: that of each
    operation would take four times as long.
    """
    total = ops.sum(fields, axis=1)
    squares = ops.sum(ops.square(fields), axis=(1, 2)) - ops.sum(ops.square(fields[..., 0]), axis=1)
    score = total[:, 0] + 0.5 * (ops.sum(ops.square(total[:, 1:]), axis=-1) - squares)

    def gradient(*given, upstream=None):
        up = (given[0] if upstream is None else upstream)[:, None]
        inner = ops.concatenate([ops.zeros((1,)), ops.ones((fields.shape[-1] - 1,))], axis=0)
        others = ops.concatenate([ops.ones_like(total[:, :1]), total[:, 1:]], axis=-1) * up
        return others[:, None] - fields * (inner * up)[:, None]

    return score, gradient


def binned(values, missing, bins):
    """Return the number of the bin (B, N) int32 of standardised numbers (B, N), counted through all fields."""
    place = ops.clip(ops.floor((values + 2) * (bins / 4)), 0, bins - 1)
    place = ops.cast(ops.where(missing > 0, float(bins), place), "int32")
    return place + ops.arange(values.shape[-1], dtype="int32") * (bins + 1)


def standardised(numbers, mean, std):
    """Return numbers (B, N) of mean 0 and deviation 1, 0 where they are missing, and 1 where they are missing."""
    missing = ops.isnan(numbers)
    values = (ops.where(missing, 0.0, numbers) - ops.convert_to_tensor(mean, "float32")) / ops.convert_to_tensor(
        std, "float32")
    return ops.where(missing, 0.0, values), ops.cast(missing, "float32")

"""What sequences and training parts are like as a whole. Shapes: N examples, B batch, T times, D features, P parts."""
import keras
from keras import layers, ops

SMALLEST = 1e-3  # no standard deviation is smaller


@keras.saving.register_keras_serializable("zoo")
class PartMeans(layers.Layer):
    """Features (B, T, D) to the mean of each in each part of the sequence (B, PD).

    Args:
        parts: P, of equal length.
    """

    def __init__(self, parts=8, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.parts = int(parts)
        self.supports_masking = True

    def call(self, x, mask=None):
        here = ops.expand_dims(ops.arange(ops.shape(x)[1], dtype="float32"), 0)
        real = ops.ones_like(x[..., 0]) if mask is None else ops.cast(mask, "float32")
        lengths = ops.maximum(ops.sum(real, 1, keepdims=True), 1)
        edges = ops.expand_dims(ops.arange(self.parts, dtype="float32"), 1) * ops.expand_dims(lengths, 2) / self.parts
        first = ops.floor(edges)  # (B, P, 1)
        last = ops.maximum(ops.floor(edges + ops.expand_dims(lengths, 2) / self.parts), first + 1)
        place = ops.expand_dims(here, 1)
        inside = ops.cast(ops.logical_and(place >= first, place < last), "float32") * ops.expand_dims(real, 1)
        inside = inside / ops.maximum(ops.sum(inside, 2, keepdims=True), 1)  # (B, P, T)
        return ops.reshape(ops.matmul(inside, x), (-1, self.parts * x.shape[-1]))

    def compute_mask(self, x, mask=None):
        return None

    def compute_output_shape(self, shape):
        return shape[0], self.parts * shape[-1]

    def get_config(self):
        return {**super().get_config(), "parts": self.parts}


@keras.saving.register_keras_serializable("zoo")
class Standardise(layers.Layer):
    """Features (…, D) minus their means over the training part, by their standard deviations; `fill` finds both."""

    def __init__(self, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.supports_masking = True

    def build(self, shape):
        self.mean = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False, name="mean")
        self.std = self.add_weight(shape=(shape[-1],), initializer="ones", trainable=False, name="std")

    def call(self, x):
        return (x - self.mean) / self.std

    def fill(self, rows):
        """Set mean and standard deviation to those of rows (N, D)."""
        self.mean.assign(rows.mean(0))
        self.std.assign(rows.std(0).clip(SMALLEST))

    def compute_output_shape(self, shape):
        return shape


@keras.saving.register_keras_serializable("zoo")
class UnitRange(layers.Layer):
    """Features (…, D) from 0, the smallest of each in the training part, to 1, the largest; `fill` finds both. Until
    then they are taken for standardised ones."""

    def __init__(self, **options):
        super().__init__(**{**options, "dtype": "float32"})

    def build(self, shape):
        low, high = (keras.initializers.Constant(value) for value in (-3, 3))
        self.low = self.add_weight(shape=(shape[-1],), initializer=low, trainable=False, name="low")
        self.high = self.add_weight(shape=(shape[-1],), initializer=high, trainable=False, name="high")

    def call(self, x):
        return (x - self.low) / (self.high - self.low)

    def fill(self, rows):
        """Set the range to that of rows (N, …, D); a feature that is the same in all of them stays 0."""
        rows = rows.reshape(-1, rows.shape[-1])
        low, high = rows.min(0), rows.max(0)
        self.low.assign(low)
        self.high.assign(high + (high - low < SMALLEST))

    def compute_output_shape(self, shape):
        return shape


@keras.saving.register_keras_serializable("zoo")
class StandardiseEach(layers.Layer):
    """Features (B, T, D) with mean 0 and standard deviation 1 over the real times of each sequence."""

    def __init__(self, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.supports_masking = True

    def call(self, x, mask=None):
        real = ops.ones_like(x[..., :1]) if mask is None else ops.cast(ops.expand_dims(mask, -1), "float32")
        count = ops.maximum(ops.sum(real, 1, keepdims=True), 1)
        mean = ops.sum(x * real, 1, keepdims=True) / count
        variance = ops.sum(ops.square(x - mean) * real, 1, keepdims=True) / count
        return (x - mean) * real / ops.maximum(ops.sqrt(variance), SMALLEST)

    def compute_output_shape(self, shape):
        return shape

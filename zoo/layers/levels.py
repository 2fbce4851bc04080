"""The level of a window of time taken out of it, and put back into a forecast: reversible instance normalisation
(Kim et al. 2022, https://openreview.net/forum?id=cGDAkQo1C0p). Shapes: B batch, T time, H steps ahead, C channels.
"""
import keras
from keras import layers, ops

SMALLEST = 1e-5  # added to variances, as its authors do


@keras.saving.register_keras_serializable("zoo")
class Level(layers.Layer):
    """Windows (B, T, C) to level and scale of each channel (B, 2, C).

    Args:
        kind: "standard" (mean and standard deviation) or "last" (the last value, and 1).
    """

    def __init__(self, kind, **options):
        super().__init__(**{**options, "dtype": "float32"})
        if kind not in ("last", "standard"):
            raise ValueError(f'received kind={kind!r}: expected "last" or "standard"')
        self.kind = kind

    def call(self, x):
        if self.kind == "last":
            return ops.stack([x[:, -1], ops.ones_like(x[:, -1])], axis=1)
        return ops.stack([ops.mean(x, axis=1), ops.sqrt(ops.var(x, axis=1) + SMALLEST)], axis=1)

    def compute_output_shape(self, shape):
        return shape[0], 2, shape[-1]

    def get_config(self):
        return {**super().get_config(), "kind": self.kind}


@keras.saving.register_keras_serializable("zoo")
class WithoutLevel(layers.Layer):
    """Windows (B, T, C) and their levels (B, 2, C) to windows less their level, by their scale."""

    def __init__(self, **options):
        super().__init__(**{**options, "dtype": "float32"})

    def call(self, inputs):
        x, level = inputs
        return (x - level[:, :1]) / level[:, 1:]

    def compute_output_shape(self, shapes):
        return shapes[0]


@keras.saving.register_keras_serializable("zoo")
class AtLevel(layers.Layer):
    """Forecasts (B, H, C, …) and the levels (B, 2, C') of their windows to forecasts of that level and scale.

    Args:
        channels: for each of the C columns its channel among the C'.
    """

    def __init__(self, channels, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.channels = tuple(channels)

    def call(self, inputs):
        x, level = inputs
        level = ops.take(level, ops.array(self.channels, dtype="int32"), axis=2)  # (B, 2, C)
        for _ in range(len(x.shape) - 3):
            level = ops.expand_dims(level, -1)
        return x * level[:, 1:] + level[:, :1]

    def compute_output_shape(self, shapes):
        return shapes[0]

    def get_config(self):
        return {**super().get_config(), "channels": list(self.channels)}

"""Windows of several channels: what they are like, their trend, their patches.

Shapes: B batch, T time, C channels, N patches of P steps, D features.
"""
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class Summary(layers.Layer):
    """Windows (B, T, C) to the last value, mean, deviation, least, most and slope of each channel (B, 6C)."""

    def __init__(self, **options):
        super().__init__(**{**options, "dtype": "float32"})

    def call(self, x):
        time = ops.arange(x.shape[1], dtype="float32") - (x.shape[1] - 1) / 2
        time = ops.reshape(time / ops.maximum(ops.sum(ops.square(time)), 1.0), (1, -1, 1))
        return ops.concatenate([x[:, -1], ops.mean(x, 1), ops.std(x, 1), ops.min(x, 1), ops.max(x, 1),
                                ops.sum(x * time, 1)], axis=-1)

    def compute_output_shape(self, shape):
        return shape[0], 6 * shape[-1]


@keras.saving.register_keras_serializable("zoo")
class Decomposition(layers.Layer):
    """Channels (B, C, T) to their trend and what is left (B, C, 2T) (Wu et al. 2021,
    https://arxiv.org/abs/2106.13008). The trend is a moving average; beyond both ends stand the first and last value.

    Args:
        width: steps that are averaged.
    """

    def __init__(self, width=25, **options):
        super().__init__(**options)
        self.width = int(width)
        if self.width < 1:
            raise ValueError(f"received width={width}: expected 1 step or more")

    def call(self, x):
        before, after = (self.width - 1) // 2, self.width // 2
        around = ops.concatenate([ops.repeat(x[..., :1], before, axis=-1), x, ops.repeat(x[..., -1:], after, axis=-1)],
                                 axis=-1)
        sums = ops.cumsum(ops.pad(ops.cast(around, "float32"), ((0, 0), (0, 0), (1, 0))), axis=-1)
        trend = ops.cast((sums[..., self.width:] - sums[..., : -self.width]) / self.width, x.dtype)
        return ops.concatenate([trend, x - trend], axis=-1)

    def compute_output_shape(self, shape):
        return *shape[:2], 2 * shape[2]

    def get_config(self):
        return {**super().get_config(), "width": self.width}


@keras.saving.register_keras_serializable("zoo")
class Patches(layers.Layer):
    """Channels (B, C, T) to patches of each (B, C, N, P); the last value is repeated at the end, for one patch more.

    Args:
        length: steps of a patch, P.
        stride: steps from one patch to the next.
    """

    def __init__(self, length=16, stride=8, **options):
        super().__init__(**options)
        self.length, self.stride = int(length), int(stride)

    def call(self, x):
        x = ops.concatenate([x, ops.repeat(x[..., -1:], self.stride, axis=-1)], axis=-1)
        number = (x.shape[-1] - self.length) // self.stride + 1
        places = [[i * self.stride + j for j in range(self.length)] for i in range(number)]
        return ops.take(x, ops.array(places, dtype="int32"), axis=-1)

    def compute_output_shape(self, shape):
        return *shape[:2], (shape[-1] + self.stride - self.length) // self.stride + 1, self.length

    def get_config(self):
        return {**super().get_config(), "length": self.length, "stride": self.stride}


@keras.saving.register_keras_serializable("zoo")
class Chosen(layers.Layer):
    """Some of the channels (B, C', D) of features (B, C, D).

    Args:
        channels: which, in the order that is wanted.
    """

    def __init__(self, channels, **options):
        super().__init__(**options)
        self.channels = tuple(channels)

    def call(self, x):
        return ops.take(x, ops.array(self.channels, dtype="int32"), axis=1)

    def compute_output_shape(self, shape):
        return shape[0], len(self.channels), shape[2]

    def get_config(self):
        return {**super().get_config(), "channels": list(self.channels)}

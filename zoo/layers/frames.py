"""Layers over the frames of a sound that obey and keep the Keras mask. Shapes: B batch, T time, D features, F bands."""
import keras
from keras import layers, ops

from zoo.layers.on_cpu import unless_real


def _hidden(x, mask, time=1):
    """Return x (B, …, T, …), whose axis of time is given, with 0 where the mask (B, T) is false."""
    if mask is None:
        return x
    shape = [1] * len(x.shape)
    shape[0], shape[time] = ops.shape(mask)
    return unless_real(mask, lambda x: x * ops.cast(ops.reshape(mask, shape), x.dtype), x)


@keras.saving.register_keras_serializable("zoo")
class StackFrames(layers.Layer):
    """Frames (B, T, D) to fewer and longer ones (B, ⌈T/n⌉, nD): n neighbours side by side (Chan et al. 2016,
    https://arxiv.org/abs/1508.01211).

    Args:
        n: how many.
    """

    def __init__(self, n=2, **options):
        super().__init__(**options)
        self.n = int(n)
        self.supports_masking = True

    def call(self, x, mask=None):
        x = _hidden(x, mask)
        x = ops.pad(x, ((0, 0), (0, -ops.shape(x)[1] % self.n), (0, 0)))
        return ops.reshape(x, (-1, ops.shape(x)[1] // self.n, self.n * x.shape[2]))

    def compute_mask(self, x, mask=None):
        return None if mask is None else mask[:, :: self.n]

    def compute_output_shape(self, shape):
        return shape[0], shape[1] and -(-shape[1] // self.n), self.n * shape[2]

    def get_config(self):
        return {**super().get_config(), "n": self.n}


@keras.saving.register_keras_serializable("zoo")
class MaskedConv2D(layers.Conv2D):
    """`keras.layers.Conv2D` over (B, T, F, C) or (B, F, T, C) of any length, which sees zeros at masked times.

    The kernel's middle stands on each time and band, or on every n-th with strides of n: what Keras calls "same", but
    for strides, where Keras moves the middle with the length, so that padding would change what it sees.

    Args:
        filters, kernel_size, strides, options: of `keras.layers.Conv2D`, but for the padding.
        time: which axis is time, 1 or 2.
    """

    def __init__(self, filters, kernel_size, strides=1, time=1, **options):
        super().__init__(filters, kernel_size, strides, **{**options, "padding": "valid"})
        self.time = int(time)
        self.supports_masking = True

    def call(self, x, mask=None):
        around = [((size - 1) // 2, size // 2) for size in self.kernel_size]
        return super().call(ops.pad(_hidden(x, mask, self.time), ((0, 0), *around, (0, 0))))

    def compute_mask(self, x, mask=None):
        return None if mask is None else mask[:, :: self.strides[self.time - 1]]

    def compute_output_shape(self, shape):
        sizes = (size and -(-size // stride) for size, stride in zip(shape[1:3], self.strides))
        return shape[0], *sizes, self.filters

    def get_config(self):
        return {**super().get_config(), "time": self.time}


@keras.saving.register_keras_serializable("zoo")
class MaskedDepthwiseConv1D(layers.DepthwiseConv1D):
    """`keras.layers.DepthwiseConv1D` with padding "same" and stride 1, which sees zeros at masked times."""

    def __init__(self, kernel_size, **options):
        super().__init__(kernel_size, **{**options, "padding": "same"})
        self.supports_masking = True

    def call(self, x, mask=None):
        return super().call(_hidden(x, mask))

    def compute_mask(self, x, mask=None):
        return mask


@keras.saving.register_keras_serializable("zoo")
class AsGrid(layers.Layer):
    """(B, T, F) to (B, T, F, 1), or to (B, F, T, 1) with time=2, the mask kept; a reshape by Keras would drop it."""

    def __init__(self, time=1, **options):
        super().__init__(**options)
        self.time = int(time)
        self.supports_masking = True

    def call(self, x):
        return ops.expand_dims(x if self.time == 1 else ops.transpose(x, (0, 2, 1)), -1)

    def get_config(self):
        return {**super().get_config(), "time": self.time}


@keras.saving.register_keras_serializable("zoo")
class AsFrames(layers.Layer):
    """(B, T, F, C), or with time=2 (B, F, T, C), to (B, T, F·C), the mask kept."""

    def __init__(self, time=1, **options):
        super().__init__(**options)
        self.time = int(time)
        self.supports_masking = True

    def call(self, x):
        x = x if self.time == 1 else ops.transpose(x, (0, 2, 1, 3))
        return ops.reshape(x, (*ops.shape(x)[:2], x.shape[2] * x.shape[3]))

    def compute_output_shape(self, shape):
        return shape[0], shape[self.time], shape[3 - self.time] * shape[3]

    def get_config(self):
        return {**super().get_config(), "time": self.time}


@keras.saving.register_keras_serializable("zoo")
class Context(layers.Layer):
    """Frames (B, T, D) to each with its neighbours on both sides (B, T, (2n + 1) D); 0 beyond both ends.

    Args:
        n: neighbours on each side.
    """

    def __init__(self, n=5, **options):
        super().__init__(**options)
        self.n = int(n)
        self.supports_masking = True

    def call(self, x, mask=None):
        length = ops.shape(x)[1]
        x = ops.pad(_hidden(x, mask), ((0, 0), (self.n, self.n), (0, 0)))
        return ops.concatenate([x[:, i : i + length] for i in range(2 * self.n + 1)], axis=-1)

    def compute_output_shape(self, shape):
        return *shape[:2], (2 * self.n + 1) * shape[2]

    def get_config(self):
        return {**super().get_config(), "n": self.n}

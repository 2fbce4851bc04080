"""From samples to what a sound holds at each time: log-mel energies and cepstral coefficients.

Shapes: B batch, T frames, S samples from one frame to the next, M mel bands, C coefficients.
"""
import math

import keras
from keras import layers, ops

FLOOR = 1e-7  # power below this counts as silence; the rounding of 16 bits has about 1e-8


@keras.saving.register_keras_serializable("zoo")
class LogMel(layers.Layer):
    """Samples (B, T, S), -1 to 1, and what is real (B, T) to log-mel energies (B, T, M) float32 with a mask.

    A frame's window stands around its samples; beyond both ends there is silence. Always in float32.

    Args:
        rate: samples a second.
        window: samples of a window, Hann's.
        num_mels: M, triangles of equal width on the mel scale (O'Shaughnessy 1987; HTK's formula).
        low, high: Hz where the first triangle begins and the last one ends.
    """

    def __init__(self, rate, window, num_mels, low, high, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.rate, self.window, self.num_mels = int(rate), int(window), int(num_mels)
        self.low, self.high = float(low), float(high)
        self.size = 2 ** math.ceil(math.log2(self.window))
        self.supports_masking = True
        self.triangles = triangles(self.size, self.rate, self.num_mels, self.low, self.high)

    def call(self, inputs):
        energies = ops.matmul(power(inputs[0], self.window, self.size), self.triangles)
        return ops.log(ops.maximum(energies, FLOOR))

    def compute_mask(self, inputs, mask=None):
        return inputs[1] > 0

    def compute_output_spec(self, inputs):
        return keras.KerasTensor((*inputs[0].shape[:2], self.num_mels), dtype="float32")

    def get_config(self):
        names = ("rate", "window", "num_mels", "low", "high")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def triangles(size, rate, num_mels, low, high):
    """Return the weight of each frequency in each band, an array (size / 2 + 1, M)."""
    of_keras = layers.MelSpectrogram(fft_length=size, sampling_rate=rate)
    return ops.convert_to_numpy(of_keras.linear_to_mel_weight_matrix(num_mels, size // 2 + 1, rate, low, high))


def power(samples, window, size):
    """Return the power spectrum (B, T, size / 2 + 1) of windows around the samples (B, T, S)."""
    step = samples.shape[-1]
    flat = ops.reshape(samples, (-1, ops.shape(samples)[1] * step))
    before = (size - step) // 2  # Keras reads `size` samples a window, which stands in their middle
    flat = ops.pad(flat, ((0, 0), (before, size - step - before)))
    real, imaginary = ops.stft(flat, window, step, size, center=False)
    return ops.square(real) + ops.square(imaginary)


@keras.saving.register_keras_serializable("zoo")
class Cepstra(layers.Layer):
    """Log-mel energies (B, T, M) to mel-frequency cepstral coefficients (B, T, C), and with their first and second
    differences (B, T, 3C) (Davis & Mermelstein 1980, https://doi.org/10.1109/TASSP.1980.1163420; Furui 1986,
    https://doi.org/10.1109/TASSP.1986.1164788).

    Args:
        num_coefficients: C, the first ones of the cosine transform (type II, orthonormal).
        differences: give the differences too.
    """

    def __init__(self, num_coefficients=13, differences=True, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.num_coefficients, self.differences = int(num_coefficients), bool(differences)
        self.supports_masking = True

    def call(self, x, mask=None):
        bands = x.shape[-1]
        places = (ops.arange(bands, dtype="float32") + 0.5) * math.pi / bands
        waves = ops.cos(ops.expand_dims(places, 1) * ops.arange(self.num_coefficients, dtype="float32"))
        scale = [(1 / bands) ** 0.5] + [(2 / bands) ** 0.5] * (self.num_coefficients - 1)
        static = ops.matmul(x, waves * ops.convert_to_tensor(scale))
        if not self.differences:
            return static
        return with_differences(static, mask)

    def compute_output_shape(self, shape):
        return *shape[:-1], (3 if self.differences else 1) * self.num_coefficients

    def get_config(self):
        names = ("num_coefficients", "differences")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def with_differences(x, mask=None):
    """Return (B, T, 3D): x (B, T, D), its `differences`, and theirs."""
    first = differences(x, mask)
    return ops.concatenate([x, first, differences(first, mask)], axis=-1)


def differences(x, mask=None):
    """Return the slope (B, T, D) of the line through five times around each, the ends standing for what is beyond.

    Args:
        x: (B, T, D).
        mask: True at real times (B, T), the first of each row.
    """
    times = ops.shape(x)[1]
    last = times - 1 if mask is None else ops.maximum(ops.sum(ops.cast(mask, "int32"), 1, keepdims=True) - 1, 0)
    here = ops.expand_dims(ops.arange(times, dtype="int32"), 0)

    def at(shift):
        place = ops.minimum(ops.maximum(here + shift, 0), last) + ops.zeros_like(x[..., 0], dtype="int32")
        return ops.take_along_axis(x, ops.expand_dims(place, -1), axis=1)

    return (at(1) - at(-1) + 2 * (at(2) - at(-2))) / 10


@keras.saving.register_keras_serializable("zoo")
class Differences(layers.Layer):
    """Features (B, T, D) to themselves and their first and second differences (B, T, 3D)."""

    def __init__(self, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.supports_masking = True

    def call(self, x, mask=None):
        return with_differences(x, mask)

    def compute_output_shape(self, shape):
        return *shape[:-1], 3 * shape[-1]


@keras.saving.register_keras_serializable("zoo")
class Masked(layers.Layer):
    """Features (B, T, D) and what is real (B, T) to the features with a mask."""

    def call(self, inputs):
        return ops.convert_to_tensor(inputs[0]) + 0

    def compute_mask(self, inputs, mask=None):
        return inputs[1] > 0

    def compute_output_shape(self, shapes):
        return shapes[0]


@keras.saving.register_keras_serializable("zoo")
class MelOfCepstra(layers.Layer):
    """Cepstral coefficients (B, T, C) back to log-mel energies (B, T, M), smooth ones where C is less than M: the
    cosine transform the other way, so that what lies side by side are frequencies again.

    Args:
        num_mels: M.
        scale: of the first coefficient and of the others: sqrt(1 / M) and sqrt(2 / M) for the orthonormal transform,
            1 and 2 for CMU Sphinx's; None takes the former.
    """

    def __init__(self, num_mels, scale=None, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.num_mels, self.scale = int(num_mels), scale and tuple(map(float, scale))
        self.supports_masking = True

    def call(self, x):
        first, others = self.scale or ((1 / self.num_mels) ** 0.5, (2 / self.num_mels) ** 0.5)
        places = (ops.arange(self.num_mels, dtype="float32") + 0.5) * math.pi / self.num_mels
        count = x.shape[-1]
        waves = ops.cos(ops.expand_dims(ops.arange(count, dtype="float32"), 1) * places)
        return ops.matmul(x * ops.convert_to_tensor([first] + [others] * (count - 1)), waves)

    def compute_output_shape(self, shape):
        return *shape[:-1], self.num_mels

    def get_config(self):
        return {**super().get_config(), "num_mels": self.num_mels, "scale": self.scale}

"""Filters of sound that are learned too (Zeghidour et al. 2018, https://arxiv.org/abs/1711.01161).

Shapes: B batch, T frames, S samples from one frame to the next, W samples of a window, F filters.
"""
import math

import keras
import numpy as np
from keras import layers, ops

FLOOR = 1e-5


@keras.saving.register_keras_serializable("zoo")
class LearnedFilters(layers.Layer):
    """Samples (B, T, S), -1 to 1, and what is real (B, T) to log energies (B, T, F) of learned filters, with a mask.

    A filter is a pair of waves, W samples long; its energy is the sum of both squared. They begin as waves of the
    frequencies of the mel scale (Gabor 1946) and learn from there.

    Args:
        rate: samples a second.
        window: W.
        num_filters: F.
        low, high: Hz between which they begin.
    """

    def __init__(self, rate, window, num_filters, low, high, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.rate, self.window, self.num_filters = int(rate), int(window), int(num_filters)
        self.low, self.high = float(low), float(high)
        self.supports_masking = True

    def build(self, shapes):
        self.waves = self.add_weight(shape=(self.window, 2 * self.num_filters), name="waves",
                                     initializer=lambda shape, dtype=None: ops.convert_to_tensor(self._first(), dtype))

    def _first(self):
        mels = np.linspace(_mel(self.low), _mel(self.high), self.num_filters + 2)[1:-1]
        time = (np.arange(self.window) - (self.window - 1) / 2) / self.rate
        turns = 2 * np.pi * time[:, None] * (700 * (10 ** (mels / 2595) - 1))
        return (np.hanning(self.window)[:, None] * np.concatenate([np.cos(turns), np.sin(turns)], 1)).astype("float32")

    def call(self, inputs):
        samples, step = inputs[0], inputs[0].shape[-1]
        flat = ops.reshape(samples, (-1, ops.shape(samples)[1] * step))
        before = (self.window - step) // 2
        flat = ops.pad(flat, ((0, 0), (before, self.window - step - before)))
        found = ops.matmul(ops.extract_sequences(flat, self.window, step), self.waves)
        a, b = ops.split(ops.square(found), 2, axis=-1)
        return ops.log(a + b + FLOOR)

    def compute_mask(self, inputs, mask=None):
        return inputs[1] > 0

    def compute_output_spec(self, inputs):
        return keras.KerasTensor((*inputs[0].shape[:2], self.num_filters), dtype="float32")

    def get_config(self):
        names = ("rate", "window", "num_filters", "low", "high")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _mel(frequency):
    return 2595 * math.log10(1 + frequency / 700)

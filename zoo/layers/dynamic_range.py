"""How loud a recording is and how quiet its room, taken out of log energies.

Shapes: B batch, T frames, M mel bands.
"""
import math

import keras
from keras import layers, ops

LOWEST = -1e9


@keras.saving.register_keras_serializable("zoo")
class DynamicRange(layers.Layer):
    """Log energies (B, T, M) less the largest of each sound, and none more than some decibels below it (as Radford et
    al. 2022, https://arxiv.org/abs/2212.04356, do with 80). A Keras mask is obeyed and kept.

    Args:
        decibels: from the largest energy to the smallest.
    """

    def __init__(self, decibels, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.decibels = float(decibels)
        self.supports_masking = True

    def call(self, x, mask=None):
        real = x if mask is None else ops.where(ops.expand_dims(mask, 2), x, LOWEST)
        return ops.maximum(x - ops.max(real, (1, 2), keepdims=True), -self.decibels * math.log(10) / 10)

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return {**super().get_config(), "decibels": self.decibels}

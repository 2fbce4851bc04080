"""Random affine changes of images in one resampling (Simard, Steinkraus & Platt 2003,
https://doi.org/10.1109/ICDAR.2003.1227801). Keras has a layer for each change; one after the other they blur small
images three times.

Shapes: B batch, H height, W width, C channels.
"""
import math

import keras
from keras import layers, ops


def _uniform(num, low, high, seed):
    return keras.random.uniform((num,), low, high, dtype="float32", seed=seed)


@keras.saving.register_keras_serializable("zoo")
class RandomAffine(layers.Layer):
    """Turn, zoom, shear and move each image (B, H, W, C) at random while training, zeros outside.

    Each is drawn uniformly from -value to value, for each image anew; moves are whole pixels, which blur nothing.

    Args:
        degrees: angle.
        zoom: relative change of size, each axis its own.
        shear: slope.
        pixels: largest move, a whole number, each axis its own.
        seed: int for the same draws in every run; None draws it from Keras's own seed.
    """

    def __init__(self, degrees=10.0, *, zoom=0.1, shear=0.1, pixels=2, seed=None, **options):
        super().__init__(**options)
        self.degrees, self.zoom, self.shear, self.pixels = degrees, zoom, shear, pixels
        self.seed, self.generator = seed, keras.random.SeedGenerator(seed)

    def call(self, x, training=False):
        if not training:
            return x
        transforms = self.transforms(ops.shape(x)[0], x.shape[1], x.shape[2])
        # One fused operation on TensorFlow; it keeps uint8 there, elsewhere it needs floats.
        moved = ops.image.affine_transform(ops.cast(x, "float32"), transforms, data_format="channels_last")
        return ops.cast(moved, x.dtype)

    def transforms(self, num, height, width):
        """Rows (B, 8) that map output places to input places, about the centre of the image."""
        reach = self.pixels + 0.5 if self.pixels else 0.0  # each whole number of pixels is as likely
        angle = _uniform(num, -self.degrees, self.degrees, self.generator) * (math.pi / 180)
        wide, high = (1.0 + _uniform(num, -self.zoom, self.zoom, self.generator) for _ in range(2))
        slope = _uniform(num, -self.shear, self.shear, self.generator)
        right, down = (ops.round(_uniform(num, -reach, reach, self.generator)) for _ in range(2))
        cos, sin = ops.cos(angle), ops.sin(angle)
        a0, a1 = cos * wide, (slope * cos - sin) * high
        b0, b1 = sin * wide, (slope * sin + cos) * high
        x, y, zero = (width - 1) / 2, (height - 1) / 2, ops.zeros_like(angle)
        return ops.stack([a0, a1, x - a0 * x - a1 * y + right, b0, b1, y - b0 * x - b1 * y + down, zero, zero], 1)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = {"degrees": self.degrees, "zoom": self.zoom, "shear": self.shear, "pixels": self.pixels}
        return {**super().get_config(), **config, "seed": self.seed}

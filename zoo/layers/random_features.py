"""Waves in random directions, whose products are a Gaussian kernel (Rahimi & Recht 2007,
https://papers.nips.cc/paper/3182-random-features-for-large-scale-kernel-machines): a linear box behind them does what a
support vector machine with that kernel does.

Shapes: B batch, D features, F waves.
"""
import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class RandomFeatures(layers.Layer):
    """Features (B, D) of mean 0 and deviation 1 to waves (B, F) of length 1: cos(W x + b) with random W and b.

    Args:
        num_waves: F.
        width: of the kernel exp(-|x - y|² / (width² D)).
        seed: W and b are the same for the same seed; nothing is learned.
    """

    def __init__(self, num_waves=4096, width=1.0, seed=0, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.num_waves, self.width, self.seed = int(num_waves), float(width), int(seed)

    def build(self, shape):
        rng, size = np.random.default_rng(self.seed), shape[-1]
        self.directions = (rng.normal(size=(size, self.num_waves)) * (2 / size) ** 0.5 / self.width).astype("float32")
        self.phases = rng.uniform(0, 2 * np.pi, self.num_waves).astype("float32")

    def call(self, x):
        return ops.cos(ops.matmul(x, self.directions) + self.phases) * (2 / self.num_waves) ** 0.5

    def compute_output_shape(self, shape):
        return shape[0], self.num_waves

    def get_config(self):
        return {**super().get_config(), "num_waves": self.num_waves, "width": self.width, "seed": self.seed}

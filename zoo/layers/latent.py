"""A code drawn from a normal distribution that is learned (Kingma & Welling 2014, https://arxiv.org/abs/1312.6114).

Shapes: B batch, D features, U units.
"""
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class Latent(layers.Layer):
    """Features (B, D) to a code (B, U): drawn in training, its mean otherwise.

    In training its divergence from the standard normal distribution, in nats, is added to the loss.

    Args:
        units: size of the code, U.
        beta: what the divergence counts (Higgins et al. 2017, https://openreview.net/forum?id=Sy2fzU9gl).
        seed: int for the same draws in every run.
    """

    def __init__(self, units, beta=1.0, seed=None, **options):
        super().__init__(**options)
        self.units, self.beta, self.seed = int(units), float(beta), seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.mean = layers.Dense(self.units, name="mean", dtype=self.dtype_policy)
        self.log_variance = layers.Dense(self.units, name="log_variance", dtype=self.dtype_policy)

    def build(self, input_shape):
        self.mean.build(input_shape)
        self.log_variance.build(input_shape)

    def call(self, x, training=None):
        mean = self.mean(x)
        if not training:
            return mean
        center, log_variance = ops.cast(mean, "float32"), ops.cast(self.log_variance(x), "float32")
        divergence = 0.5 * (ops.square(center) + ops.exp(log_variance) - 1 - log_variance)
        self.add_loss(self.beta * ops.mean(ops.sum(divergence, -1)))
        drawn = keras.random.normal(ops.shape(center), dtype="float32", seed=self.seed_generator)
        return ops.cast(center + drawn * ops.exp(0.5 * log_variance), mean.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape[0], self.units

    def get_config(self):
        return {**super().get_config(), "units": self.units, "beta": self.beta, "seed": self.seed}

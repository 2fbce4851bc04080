"""Layer normalisation (Ba et al. 2016, https://arxiv.org/abs/1607.06450) with a gradient written by hand."""
import functools
import math

import keras
from keras import layers, ops

from zoo.layers import layer_norm_jax
from zoo.layers.on_cpu import compiled_once, plain

PARTS = 16  # at most, of which a sum over many rows is put together


@keras.saving.register_keras_serializable("zoo")
class LayerNorm(layers.LayerNormalization):
    """`keras.layers.LayerNormalization` over the last axis, the same in value and gradient; training is faster on CPUs
    in float32, and of few rows on JAX. Everything else goes the way of Keras.

    Args:
        rectified: put 0 in the place of what is negative. XLA compiles that where all batches have one size.
        options: of `keras.layers.LayerNormalization`.
    """

    def __init__(self, rectified=False, **options):
        super().__init__(**options)
        self.rectified = bool(rectified)

    def get_config(self):
        return {**super().get_config(), "rectified": self.rectified}

    def call(self, x, training=None):
        if training and self._usual(x):
            return self._by_hand(x, self.gamma.value, self.beta.value, self.epsilon)
        x = super().call(x)
        return ops.relu(x) if self.rectified else x

    def _by_hand(self, x, *given):
        if self.rectified and plain(self.compute_dtype) and compiled_once(x):
            return rectified(x, *given)
        way = layer_norm_jax.normalised if keras.backend.backend() == "jax" else normalised
        x = way(x, *given)
        return ops.relu(x) if self.rectified else x

    def _usual(self, x):
        """Tell whether this is the layer norm of the paper, where a gradient written by hand is faster."""
        last = self.axis in (-1, len(x.shape) - 1, [-1], [len(x.shape) - 1])
        return (last and self.center and self.scale and not self.rms_scaling
                and (plain(self.compute_dtype) or layer_norm_jax.usable(x)))


def normalised(x, scale, shift, epsilon):
    """Return x (…, D) with mean 0 and variance 1 over the last axis, times scale (D,) plus shift (D,)."""
    import tensorflow as tf

    @tf.custom_gradient
    def run(x, scale, shift):
        centred = x - _mean(x)
        steep = tf.math.rsqrt(_mean(tf.square(centred)) + epsilon)
        normal = centred * steep

        def gradient(d):
            rows = list(range(len(d.shape) - 1))
            return _towards(d * scale, normal, steep), tf.reduce_sum(d * normal, rows), tf.reduce_sum(d, rows)

        return normal * scale + shift, gradient

    return run(x, tf.convert_to_tensor(scale), tf.convert_to_tensor(shift))


def rectified(x, scale, shift, epsilon):
    """Return what `normalised` does, 0 where that is negative, in few passes over memory that XLA compiles."""
    import tensorflow as tf

    forward, to_x, to_weights = _passes()

    @tf.custom_gradient
    def run(x, scale, shift):
        shown, middle, steep = forward(x, scale, shift, epsilon)
        given = x, middle, steep, scale, shift
        return shown, lambda d: (to_x(d, *given), *to_weights(d, *given))  # as one they take longer

    return run(x, tf.convert_to_tensor(scale), tf.convert_to_tensor(shift))


@functools.cache
def _passes():
    import tensorflow as tf

    @tf.function(jit_compile=True)
    def forward(x, scale, shift, epsilon):
        middle = _mean(x)
        steep = tf.math.rsqrt(_mean(tf.square(x - middle)) + epsilon)
        return tf.nn.relu((x - middle) * steep * scale + shift), middle, steep

    def through(d, x, middle, steep, scale, shift):
        """Return the gradient d where what is shown is positive, and the normal numbers."""
        normal = (x - middle) * steep
        return tf.where(normal * scale + shift > 0, d, 0.0), normal

    @tf.function(jit_compile=True)
    def to_x(d, x, middle, steep, scale, shift):
        d, normal = through(d, x, middle, steep, scale, shift)
        return _towards(d * scale, normal, steep)

    @tf.function(jit_compile=True)
    def to_weights(d, x, middle, steep, *weights):
        parts = math.gcd(PARTS, d.shape[0])  # whose sum, row by row, is quick and leaves few rows
        given = zip(*(tf.split(v, parts) for v in (d, x, middle, steep)))
        pairs = [through(*part, *weights) for part in given]
        rows = list(range(len(d.shape) - 1))
        both = sum(d * normal for d, normal in pairs), sum(d for d, _ in pairs)
        return [tf.reduce_sum(v, rows) for v in both]

    return forward, to_x, to_weights


def _mean(values):
    import tensorflow as tf

    return tf.reduce_mean(values, -1, keepdims=True)


def _towards(d, normal, steep):
    """Return the gradient of what becomes normal, of that of the normal numbers."""
    return steep * (d - _mean(d) - normal * _mean(d * normal))

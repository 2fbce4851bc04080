"""Layer normalisation (Ba et al. 2016, https://arxiv.org/abs/1607.06450) with a gradient written by hand."""
import keras
from keras import layers

from zoo.layers.on_cpu import plain


@keras.saving.register_keras_serializable("zoo")
class LayerNorm(layers.LayerNormalization):
    """`keras.layers.LayerNormalization` over the last axis, the same in value and gradient; training on CPUs in float32
    is faster. Everything else goes the way of Keras."""

    def call(self, x, training=None):
        last = self.axis in (-1, len(x.shape) - 1, [-1], [len(x.shape) - 1])
        if training and last and self.center and self.scale and not self.rms_scaling and plain(self.compute_dtype):
            return normalised(x, self.gamma.value, self.beta.value, self.epsilon)
        return super().call(x)


def normalised(x, scale, shift, epsilon):
    """Return x (…, D) with mean 0 and variance 1 over the last axis, times scale (D,) plus shift (D,)."""
    import tensorflow as tf

    def mean(values):
        return tf.reduce_mean(values, -1, keepdims=True)

    @tf.custom_gradient
    def run(x, scale, shift):
        centred = x - mean(x)
        steep = tf.math.rsqrt(mean(tf.square(centred)) + epsilon)
        normal = centred * steep

        def gradient(d):
            through = d * scale
            d_x = steep * (through - mean(through) - normal * mean(through * normal))
            rows = list(range(len(d.shape) - 1))
            return d_x, tf.reduce_sum(d * normal, rows), tf.reduce_sum(d, rows)

        return normal * scale + shift, gradient

    return run(x, tf.convert_to_tensor(scale), tf.convert_to_tensor(shift))

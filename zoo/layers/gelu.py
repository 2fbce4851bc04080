"""GELU (Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415) with a gradient written by hand."""
import keras

from zoo.layers.on_cpu import plain


@keras.saving.register_keras_serializable("zoo")
def gelu(x):
    """Return x Φ(x), Φ being the normal distribution function: `keras.activations.gelu`, the same in value and gradient
    and faster on CPUs, for numbers of any shape."""
    if not plain(keras.backend.standardize_dtype(x.dtype)):
        return keras.activations.gelu(x, approximate=False)
    import tensorflow as tf

    @tf.custom_gradient
    def run(x):
        below = 0.5 * tf.math.erf(x * 0.5**0.5) + 0.5
        return x * below, lambda d: d * (below + x * tf.exp(-0.5 * x * x) * 0.3989422804014327)  # 1 / sqrt(2π)

    return run(x)

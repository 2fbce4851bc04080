"""Dropout (Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html) with half the random numbers."""
import keras
from keras import layers

from zoo.layers.on_cpu import plain


@keras.saving.register_keras_serializable("zoo")
class Dropout(layers.Dropout):
    """`keras.layers.Dropout`, which in float32 on CPUs draws a random number of 32 bits for every two features: a rate
    is kept to 1/65,536."""

    def call(self, x, training=False):
        if not (training and self.rate and self.noise_shape is None and plain(self.compute_dtype)):
            return super().call(x, training=training)
        import tensorflow as tf

        return x * switches(tf.shape(x), self.rate, self.seed_generator.next())


def switches(shape, rate, seed):
    """Return 0 at a rate, else 1 / (1 - rate), float32.

    Args:
        shape: of what is returned, a tensor.
        rate: between 0 and 1.
        seed: of what is drawn, (2,) integers.
    """
    import tensorflow as tf

    count = tf.reduce_prod(shape)
    drawn = tf.random.stateless_uniform(((count + 1) // 2,), tf.cast(seed, tf.int32), None, None, tf.uint32)
    drawn = tf.reshape(tf.bitcast(drawn, tf.uint16), (-1,))[:count]
    kept = tf.reshape(drawn, shape) >= tf.constant(min(round(rate * 2**16), 2**16 - 1), tf.uint16)
    return tf.cast(kept, tf.float32) / (1 - rate)

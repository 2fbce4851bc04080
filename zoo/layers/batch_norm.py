"""Batch normalisation (Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167) on TensorFlow's fused kernel.

Keras 3 computes the moments operation by operation in training, which costs memory traffic and keeps the bfloat16
rewrite of the graph from reaching past it: a training step of a small VGG on a CPU gets much slower.

Shapes: B batch, H height, W width, C channels.
"""

import threading
from contextlib import contextmanager

import keras
from keras import layers, ops

_share = threading.local()  # replicas are traced in threads of their own


@contextmanager
def counting(share):
    """Let `BatchNorm` count each row of a batch by so much in here, a scalar: 0 where a replica got no example and
    reads another's, so as to have something to compute with. For TensorFlow."""
    _share.value = share
    try:
        yield
    finally:
        _share.value = None


@keras.saving.register_keras_serializable("zoo")
class BatchNorm(layers.BatchNormalization):
    """`keras.layers.BatchNormalization`, the same in value, gradient and moving statistics, faster on TensorFlow.

    Statistics are taken over all replicas (`synchronized=True`) where the backend can do that, in two passes as on one
    device: Keras's E[x²] - E[x]² loses digits, and with a mask it takes each replica's own. The fused kernel serves
    training on features (B, H, W, C) by one replica; everything else goes the way of Keras.
    """

    def __init__(self, **options):
        options.setdefault("synchronized", keras.backend.backend() == "tensorflow")
        super().__init__(**options)

    def call(self, x, training=None, mask=None):
        if training and self.trainable and mask is None and self._fusible(x):
            return self._fused(x)
        return super().call(x, training=training, mask=mask)

    def _fusible(self, x):
        if keras.backend.backend() != "tensorflow" or self.renorm or len(x.shape) != 4 or self.axis not in (-1, 3):
            return False
        if keras.backend.standardize_dtype(x.dtype) == "float64":  # the kernel's statistics are float32
            return False
        import tensorflow as tf

        return tf.distribute.get_strategy().num_replicas_in_sync == 1 and getattr(_share, "value", None) is None

    def _moments(self, inputs, mask):
        if keras.backend.backend() != "tensorflow" or not self.synchronized:
            return super()._moments(inputs, mask)
        import tensorflow as tf

        share = getattr(_share, "value", None)
        context = tf.distribute.get_replica_context()
        if context is None or share is None and context.num_replicas_in_sync == 1:
            return super()._moments(inputs, mask)
        return self._over_all(inputs, mask, 1.0 if share is None else share, context)

    def _over_all(self, x, mask, share, context):
        """Return mean and variance (C,) of what the mask leaves of the features of all replicas."""
        import tensorflow as tf

        real = tf.ones(tf.shape(x)[:-1], x.dtype) if mask is None else tf.cast(mask, x.dtype)
        weights = tf.expand_dims(real * tf.cast(share, x.dtype), -1) if self.axis in (-1, len(x.shape) - 1) else (
            tf.ones_like(x) * tf.cast(share, x.dtype))
        axes, spare = self._reduction_axes, 0.0 if mask is None else keras.backend.epsilon()

        def summed(values):
            for axis in reversed(axes):  # one after the other: sums of 100,000 numbers at once lose two digits
                values = tf.reduce_sum(values, axis, keepdims=True)
            return context.all_reduce(tf.distribute.ReduceOp.SUM, values)

        count = summed(weights) + spare
        mean = tf.math.divide_no_nan(summed(x * weights), count)
        variance = tf.math.divide_no_nan(summed(tf.square(x - mean) * weights), count)
        return tf.squeeze(mean, axes), tf.squeeze(variance, axes)

    def _fused(self, x):
        import tensorflow as tf

        channels = x.shape[-1]
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=tf.convert_to_tensor(self.gamma) if self.scale else tf.ones([channels]),
            offset=tf.convert_to_tensor(self.beta) if self.center else tf.zeros([channels]),
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
            is_training=True,
        )
        count = tf.cast(tf.size(x) // channels, "float32")
        variance = variance * (count - 1) / count  # the kernel's is n/(n-1) times that of Keras (Bessel)
        self._follow(self.moving_mean, mean)
        self._follow(self.moving_variance, variance)
        return y

    def _follow(self, average, value):
        average.assign(average * self.momentum + ops.cast(value, average.dtype) * (1 - self.momentum))

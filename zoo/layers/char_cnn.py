"""Features of words from their characters by convolution (dos Santos & Zadrozny 2014,
https://proceedings.mlr.press/v32/santos14.html; Ma & Hovy 2016, https://arxiv.org/abs/1603.01354).

Shapes: B batch, T words, C characters of a word, E embedding, F filters, N number of widths, W words in a row.
"""

import keras
import numpy as np
from keras import layers, ops

SHORT = 8  # characters of a word for which the others need not be looked at


@keras.saving.register_keras_serializable("zoo")
class CharCNN(layers.Layer):
    """Code points (B, T, C) int32, 0 at padding, to features (B, T, N·F); masks words without a character.

    Args:
        buckets: code points are folded into so many vectors.
        embedding: size of a character's vector, E.
        filters: number of filters of each width, F.
        widths: widths of the filters in characters.
        distinct: compute each distinct word of the batch once, and short ones apart from long ones (TensorFlow without
            a GPU only): words repeat, and few are long.
    """

    def __init__(self, buckets=1024, embedding=32, filters=32, widths=(2, 3, 4), distinct=True, **options):
        super().__init__(**options)
        self.buckets, self.embedding, self.filters = int(buckets), int(embedding), int(filters)
        self.widths, self.distinct = tuple(widths), bool(distinct)
        self.embed = layers.Embedding(self.buckets + 1, self.embedding, name="characters", dtype=self.dtype_policy)
        self.convolve = [
            layers.Conv1D(self.filters, width, padding="same", name=f"width_{width}", dtype=self.dtype_policy)
            for width in self.widths
        ]  # fmt: skip
        self.once = self.distinct and pays()
        self.supports_jit = not self.once  # the number of distinct words is open, which XLA does not take

    def build(self, input_shape):
        self.embed.build(input_shape)
        for layer in self.convolve:
            layer.build((None, input_shape[-1], self.embedding))

    def call(self, chars):
        length, places = ops.shape(chars)[1], chars.shape[-1]
        words = ops.reshape(chars, (-1, places))  # (W, C)
        features = each_once(self._encode, words) if self.once else self._encode(words)
        return ops.reshape(features, (-1, length, self.filters * len(self.widths)))

    def _encode(self, words):
        """Return features (W, N·F) of code points (W, C)."""
        real = ops.cast(ops.expand_dims(words > 0, -1), self.compute_dtype)
        x = self.embed(ops.where(words > 0, 1 + words % self.buckets, 0)) * real  # zeros, as beyond the edge
        # behind the rectifier 0 is the least, so padding is out of the maximum once it is 0
        found = ops.concatenate([ops.max(layer(x) * real, axis=1) for layer in self.convolve], axis=-1)
        return ops.relu(found)

    def compute_mask(self, chars, mask=None):
        return ops.any(chars > 0, axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], self.filters * len(self.widths))

    def get_config(self):
        names = ("buckets", "embedding", "filters", "widths", "distinct")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def pays():
    """Return whether it pays to compute distinct words once: TensorFlow on a CPU."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")


def each_once(encode, words):
    """Return encode(words), computed on the distinct rows of words (W, C) only, those of short words without the places
    behind them, which most places are."""
    import tensorflow as tf

    # A random linear map modulo 2^64: two words out of thousands share a key less than once in 10^9 batches.
    factors = np.random.default_rng(0).integers(-(2**63), 2**63 - 1, words.shape[-1]) | 1
    keys = tf.reduce_sum(tf.cast(words, tf.int64) * factors, -1)
    distinct, index = tf.unique(keys)
    first = tf.math.unsorted_segment_min(tf.range(tf.size(keys)), index, tf.size(distinct))
    return tf.gather(_by_length(encode, tf.gather(words, first)), index)


def _by_length(encode, words):
    import tensorflow as tf

    if words.shape[-1] <= SHORT:
        return encode(words)
    long = tf.reduce_any(words[:, SHORT:] > 0, -1)
    parts = tf.dynamic_partition(tf.range(tf.size(long)), tf.cast(long, tf.int32), 2)
    short, long = (tf.pad(tf.gather(words, part), ((0, 1), (0, 0))) for part in parts)  # a convolution wants a row
    return tf.dynamic_stitch(parts, [encode(short[:, :SHORT])[:-1], encode(long)[:-1]])

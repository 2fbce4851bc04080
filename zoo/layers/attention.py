"""Attention of a sequence to itself (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762) with a gradient written by
hand.

On CPUs Keras multiplies each sequence by itself, and lets every product turn its factors round. Here query, key and
value are one product, and the gradient sums over the features of a head, not over all times, as FlashAttention's does
(Dao et al. 2022, https://arxiv.org/abs/2205.14135, appendix B).

Shapes: B batch, T time, D features, H heads, K features of a head.
"""
import keras
from keras import layers

from zoo.layers.beam_search import LOWEST
from zoo.layers.dropout import switches
from zoo.layers.on_cpu import plain


@keras.saving.register_keras_serializable("zoo")
class MultiHeadAttention(layers.MultiHeadAttention):
    """`keras.layers.MultiHeadAttention`, the same in value and gradient wherever a step is real; training on CPUs in
    float32 is faster where a sequence (B, …, T, D) looks at itself over its last axis but one.

    Products are in bfloat16 where the oneDNN rewrite is on (see `recipes.device`), as Keras's own would be. Everything
    else goes the way of Keras.
    """

    def call(self, query, value, key=None, query_mask=None, value_mask=None, key_mask=None, attention_mask=None,
             return_attention_scores=False, training=None, use_causal_mask=False):
        itself = value is query and key is None and attention_mask is None and not return_attention_scores
        if training and itself and self._usual(len(query.shape), query_mask):
            return self._to_itself(query, query_mask, use_causal_mask)
        return super().call(query, value, key, query_mask, value_mask, key_mask, attention_mask,
                            return_attention_scores, training, use_causal_mask)

    def _usual(self, rank, real):
        """Tell whether this is what `attend` computes, on a device where it is faster."""
        return (plain(self.compute_dtype) and self._use_bias and not self._use_gate and self._sliding_window is None
                and self._value_dim == self._key_dim and self._attention_axes == (rank - 2,)
                and (real is None or rank == 3))

    def _to_itself(self, x, real, causal):
        import tensorflow as tf

        *before, steps, features = tf.unstack(tf.shape(x))
        size = self.num_heads * self.key_dim
        parts = self.query_dense, self.key_dense, self.value_dense
        kernel = tf.concat([tf.reshape(part.kernel, (-1, size)) for part in parts], 1)
        bias = tf.concat([tf.reshape(part.bias, (size,)) for part in parts], 0)
        heads = tf.reshape(tf.matmul(tf.reshape(x, (-1, features)), kernel) + bias,
                           (-1, steps, 3, self.num_heads, self.key_dim))
        query, key, value = tf.unstack(tf.transpose(heads, (2, 0, 3, 1, 4)))  # (B, H, T, K)
        seed = self._dropout_layer.seed_generator.next() if self._dropout else None
        found = attend(query, key, value, _hidden(real, steps, causal), self._dropout, seed)
        found = tf.reshape(tf.transpose(found, (0, 2, 1, 3)), (-1, size))
        kernel, bias = self.output_dense.kernel, self.output_dense.bias
        found = tf.matmul(found, tf.reshape(kernel, (size, -1))) + bias
        return tf.reshape(found, (*before, steps, kernel.shape[-1]))


def _hidden(real, steps, causal):
    """Return what is added to the scores (B, H, T, T), very low where nobody may look; None where all may."""
    import tensorflow as tf

    hidden = None
    if causal:
        times = tf.range(steps)
        hidden = LOWEST * tf.cast(times[None] > times[:, None], tf.float32)[None, None]
    if real is not None:
        padding = LOWEST * (1 - tf.cast(real, tf.float32))[:, None, None]
        hidden = padding if hidden is None else padding + hidden
    return hidden


def attend(query, key, value, hidden, dropout, seed):
    """Return what the heads find (B, H, T, K), scores being divided by the root of K.

    Args:
        query, key, value: (B, H, T, K) float32.
        hidden: what is added to the scores, which spreads over (B, H, T, T), or None.
        dropout: rate at which a weight is dropped.
        seed: of the dropout, (2,) integers.
    """
    import tensorflow as tf

    scale = query.shape[-1] ** -0.5

    @tf.custom_gradient
    def run(query, key, value):
        scores = tf.matmul(query, key, transpose_b=True) * scale  # one kernel for these and what is added
        weights = tf.nn.softmax(scores if hidden is None else scores + hidden)
        kept = weights * switches(tf.shape(weights), dropout, seed) if dropout else weights
        found = tf.matmul(kept, value)

        def gradient(d_found):
            d_weights = tf.matmul(d_found, value, transpose_b=True)
            mean = tf.reduce_sum(d_found * found, -1, keepdims=True)
            d_scores = kept * d_weights - weights * mean if dropout else weights * (d_weights - mean)
            return (tf.matmul(d_scores, key) * scale, tf.matmul(d_scores, query, transpose_a=True) * scale,
                    tf.matmul(kept, d_found, transpose_a=True))

        return found, gradient

    return run(query, key, value)

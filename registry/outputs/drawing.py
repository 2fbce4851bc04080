"""Drawing what comes next from scores: by temperature, among the likeliest (Fan et al. 2018,
https://aclanthology.org/P18-1082; Holtzman et al. 2020, https://arxiv.org/abs/1904.09751).

Shapes: B batch, T words, K names.
"""


def drawn(how, scores, time):
    """Return a name (B,) int32 for scores (B, K) of names; the first, the unknown, is never drawn.

    All rows are drawn by the same chance, so that what a text gets does not depend on those beside it.

    Args:
        how: has temperature, top_k, top_p and draw; see `registry.outputs.following.Following`.
        scores: before softmax.
        time: () int32, the number of names that were drawn before.
    """
    import tensorflow as tf

    scores = tf.concat([tf.fill(tf.shape(scores[:, :1]), -1e9), scores[:, 1:]], 1)
    if how.temperature <= 0:
        return tf.argmax(scores, -1, output_type=tf.int32)
    scores = scores / how.temperature
    if how.top_k:
        scores = _from(scores, tf.math.top_k(scores, min(how.top_k, scores.shape[-1])).values[:, -1:])
    if how.top_p < 1:
        ordered = tf.sort(scores, direction="DESCENDING")
        before = tf.cumsum(tf.nn.softmax(ordered), axis=-1, exclusive=True)
        least = tf.reduce_min(tf.where(before < how.top_p, ordered, tf.float32.max), -1, keepdims=True)
        scores = _from(scores, least)
    chance = tf.random.stateless_uniform(tf.shape(scores)[-1:], tf.stack([how.draw, time]), 1e-9, 1.0)
    return tf.argmax(scores - tf.math.log(-tf.math.log(chance)), -1, output_type=tf.int32)  # Gumbel 1954


def _from(scores, least):
    """Return the scores that reach the least (B, 1), and nearly nothing for the others."""
    import tensorflow as tf

    return tf.where(scores >= least, scores, -1e9)


def aligned(words):
    """Return words (B, T), padded with "" at the end, with the padding moved to the beginning."""
    import tensorflow as tf

    lengths = tf.reduce_sum(tf.cast(words != "", tf.int32), 1)
    places = tf.range(tf.shape(words)[1])[None] - (tf.shape(words)[1] - lengths[:, None])
    return tf.where(places < 0, "", tf.gather(words, tf.maximum(places, 0), batch_dims=1))

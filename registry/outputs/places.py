"""The places around a word: what stands on its left and then on its right, in the order of the text.

Shapes: N examples, B batch, W words on either side.
"""


def columns(rows, window):
    """Yield (what stands there (N,), its distance) for the places up to W words away in raw values (N, places)."""
    reach = rows.shape[1] // 2
    for distance in range(1, min(window, reach) + 1):
        yield rows[:, reach - distance], distance
        yield rows[:, reach + distance - 1], distance


def cut(raw, window):
    """Return raw values (B, places) string as (B, 2W): further places are cut off, and missing ones filled with ""."""
    import tensorflow as tf

    reach = tf.shape(raw)[1] // 2
    left = raw[:, tf.maximum(reach - window, 0) : reach]
    right = raw[:, reach : reach + window]
    missing = tf.maximum(window - reach, 0)
    left, right = (tf.pad(side, [[0, 0], places], constant_values="") for side, places in (
        (left, [missing, 0]), (right, [0, missing])))
    return tf.ensure_shape(tf.concat([left, right], 1), (None, 2 * window))

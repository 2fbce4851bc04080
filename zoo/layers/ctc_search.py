"""Prefix beam search over the scores of connectionist temporal classification, with a language model (Hannun et al.
2014, https://arxiv.org/abs/1408.2873), in the graph.

Shapes: B batch, T frames, V scores of a frame, the blank's first, K texts followed at a time.
"""
NOTHING = -1e30  # the logarithm of 0, but that it can be added
FACTOR = 1_000_003  # of a text's hash: two texts share one about never


def search(scores, beams, bigrams, weight, bonus):
    """Return the best texts (B, K, T) int32, pieces from 1 and 0 behind them, and their log-probabilities (B, K) by the
    scores alone, the best first.

    Texts are ranked by log p(text | sound) + weight · log p(text) + bonus · pieces.

    Args:
        scores: log-probabilities (B, T, V).
        beams: K.
        bigrams: log-probability of each piece after each (V, V) float32; row 0 is the beginning, column 0 not used.
        weight: of the language model.
        bonus: for each piece, against the language model's liking for short texts.
    """
    import tensorflow as tf

    scores = tf.convert_to_tensor(scores)
    step = tf.constant(weight * bigrams + bonus, tf.float32)
    state = _begin(tf.shape(scores)[0], beams, tf.shape(scores)[1])
    frames = tf.shape(scores)[1]

    def advance(t, state):
        return t + 1, _advance(scores[:, t], state, step)

    _, state = tf.while_loop(lambda t, _: t < frames, advance, (tf.constant(0), state))
    return state["ids"], _sum(state["blank"], state["piece"])


def _begin(batch, beams, frames):
    """Return K texts for each sound, of which but the first, the empty one, is possible."""
    import tensorflow as tf

    first = tf.range(beams)[None] + tf.zeros((batch, 1), tf.int32) == 0
    zeros = tf.zeros((batch, beams), tf.int32)
    return {"ids": tf.zeros((batch, beams, frames), tf.int32), "length": zeros, "last": zeros,
            "hash": -tf.cast(tf.range(beams), tf.int64)[None] + tf.cast(zeros, tf.int64),
            "parent": tf.fill((batch, beams), tf.constant(-beams, tf.int64)),
            "blank": tf.where(first, 0.0, NOTHING), "piece": tf.fill((batch, beams), NOTHING),
            "model": tf.zeros((batch, beams))}


def _sum(a, b):
    import tensorflow as tf

    return tf.reduce_logsumexp(tf.stack([a, b]), 0)


def _advance(y, state, step):
    """Return the state after a frame with log-probabilities y (B, V): each text stays, or a piece is added."""
    import tensorflow as tf

    last, size, beams = state["last"], y.shape[-1], state["last"].shape[1]
    blank, piece = state["blank"], state["piece"]
    whole, ends = _sum(blank, piece), tf.one_hot(last, size) * tf.cast(last > 0, tf.float32)[..., None]
    longer = tf.where(ends > 0, blank[..., None], whole[..., None]) + y[:, None]  # a repeat needs a blank before it
    longer = tf.where(tf.range(size) == 0, NOTHING, longer)
    # a text that another one grows into is followed already: its probability goes there
    grows = (state["hash"][:, :, None] == state["parent"][:, None]) & (last > 0)[:, None]
    into = tf.where(grows, tf.gather(longer, last, axis=2, batch_dims=1), NOTHING)
    stays = tf.where(last > 0, piece + tf.gather(y, last, batch_dims=1), NOTHING)
    stays = _sum(stays, tf.reduce_logsumexp(into, 1))
    longer = tf.where(tf.matmul(tf.cast(grows, tf.float32), ends) > 0, NOTHING, longer)
    model = state["model"][..., None] + tf.gather(step, last)
    paused = whole + y[:, :1]
    ranked = tf.concat([_sum(paused, stays) + state["model"], tf.reshape(longer + model, (-1, beams * size))], 1)
    place = tf.math.top_k(ranked, beams).indices
    added = place >= beams
    source = tf.where(added, (place - beams) // size, place)
    new = tf.where(added, (place - beams) % size, 0)
    return _chosen(state, source, new, {"blank": paused, "piece": stays}, longer, model)


def _chosen(state, source, new, stayed, longer, model):
    """Return the state of the best texts: where each comes from (B, K) and the piece that it adds, 0 for none."""
    import tensorflow as tf

    def of(values):
        return tf.gather(values, source, batch_dims=1)

    def grown(values):
        return tf.gather(of(values), new, batch_dims=2)

    added, frames = new > 0, tf.shape(state["ids"])[2]
    length = of(state["length"])
    at = tf.one_hot(length, frames, dtype=tf.int32)
    return {"ids": of(state["ids"]) + at * new[..., None], "length": length + tf.cast(added, tf.int32),
            "last": tf.where(added, new, of(state["last"])),
            "hash": tf.where(added, of(state["hash"]) * FACTOR + tf.cast(new, tf.int64), of(state["hash"])),
            "parent": tf.where(added, of(state["hash"]), of(state["parent"])),
            "blank": tf.where(added, NOTHING, of(stayed["blank"])),
            "piece": tf.where(added, grown(longer), of(stayed["piece"])),
            "model": tf.where(added, grown(model), of(state["model"]))}


def bigrams_of(texts, size, discount=0.75):
    """Return log-probabilities (V, V) of pieces after pieces by interpolated Kneser-Ney smoothing (Kneser & Ney 1995,
    https://doi.org/10.1109/ICASSP.1995.479394), for `search`.

    Args:
        texts: sequences of pieces from 1.
        size: V, with the blank.
        discount: taken from each count for what was never seen.
    """
    import numpy as np

    counts = np.zeros((size, size))
    for text in texts:
        np.add.at(counts, ([0, *text[:-1]], text), 1)
    seen = counts > 0
    kinds = seen.sum(0) + 0.5  # after how many pieces each stands
    kinds[0] = 0
    total = counts.sum(1, keepdims=True)
    left = np.where(total > 0, discount * seen.sum(1, keepdims=True) / np.maximum(total, 1), 1.0)
    found = np.maximum(counts - discount, 0) / np.maximum(total, 1) + left * kinds / kinds.sum()
    found[:, 0] = 1.0
    return np.log(found).astype("float32")

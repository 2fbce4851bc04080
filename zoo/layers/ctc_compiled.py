"""The nats of texts by CTC, and their gradient, in one kernel which XLA compiles once for each size, on CPUs.

As in `zoo.layers.forward_backward` both directions walk side by side. Texts are the inner axis, in which states are
not neighbours, so that each operation of a step works on whole vectors of the processor. Where a graph is made for
batches of many sizes, they are padded to few, each of which is compiled.

Shapes: B texts, T frames, L pieces of a text, V scores of a frame, the blank's first; S = 2L + 1 states, blanks and
pieces in turn.
"""
import functools

from zoo.layers.on_cpu import compiles, one_size, plain

NEVER = -1e30  # a log-probability; finite, so that differences of it stay numbers
FORBIDDEN = -1e4
SIZES = [2**power * quarters for power in range(1, 25) for quarters in (4, 5, 6, 7)]
PAYS = 2**17  # B · T · S: with more, some hundred steps gain what compiling costs
MOST = 2**24  # with more, what is kept of all texts at once, some arrays of 64 MiB, would weigh


def usable():
    """Tell whether texts may be weighed so."""
    return plain("float32") and compiles()


def nats(targets, scores, otherwise):
    """Return the nats (B,) that texts cost.

    Args:
        targets: numbers of pieces (B, L) from 1, anything less is padding.
        scores: log-probabilities (B, T, V) float32.
        otherwise: gives the same for few or short texts, and for very many or long ones.
    """
    import tensorflow as tf

    scores = tf.convert_to_tensor(scores)
    work = tf.size(targets) * 2 * tf.shape(scores)[1]
    return tf.cond((work >= PAYS) & (work <= MOST), lambda: _nats(tf.cast(targets, tf.int32), scores),
                   lambda: otherwise(targets, scores))


def _nats(targets, scores):
    import tensorflow as tf

    way = _walked() if one_size(targets, scores) else _of_few_sizes

    @tf.custom_gradient
    def run(scores):
        found, slope = way(targets, tf.stop_gradient(scores))  # eager tapes would ask XLA for a gradient of its own
        return found, lambda upstream: slope * upstream[:, None, None]

    return run(scores)


def _of_few_sizes(targets, scores):
    """Return what `_walked` does, of padded texts and frames."""
    import tensorflow as tf

    (size, frames, kinds), length = tf.unstack(tf.shape(scores)), tf.shape(targets)[1]
    texts, times, pieces = (_even(n) - n for n in (size, frames, length))
    blank = tf.where(tf.range(kinds) == 0, 0.0, FORBIDDEN)  # costs nothing after a text
    scores = tf.concat([scores, tf.broadcast_to(blank, (size, times, kinds))], 1)
    found, slope = _walked()(tf.pad(targets, ((0, texts), (0, pieces))), tf.pad(scores, ((0, texts), (0, 0), (0, 0))))
    return found[:size], slope[:size, :frames]


def _even(n):
    """Return the least of SIZES that is n at least."""
    import tensorflow as tf

    return tf.gather(SIZES, tf.searchsorted(SIZES, tf.reshape(n, (1,)))[0])


@functools.cache
def _walked():
    import tensorflow as tf

    @tf.function(jit_compile=True, reduce_retracing=True)
    def walked(targets, scores):
        """Return nats (B,) and their gradient (B, T, V)."""
        scores, pieces = tf.nn.log_softmax(scores), tf.transpose(tf.maximum(targets, 0))
        states = tf.reshape(tf.stack([tf.zeros_like(pieces), pieces], 1), (-1, tf.shape(pieces)[1]))
        states = tf.pad(states, ((0, 1), (0, 0)))  # (S, B)
        which = tf.one_hot(states, tf.shape(scores)[2])
        seen = tf.einsum("btv,sbv->tsb", scores, which)
        last = 2 * tf.reduce_sum(tf.cast(pieces > 0, tf.int32), 0)
        forward, behind = _sums(seen, states, last)
        at = tf.range(tf.shape(states)[0])[:, None]
        ends = tf.where((at == last) | (at == last - 1), forward[-1], NEVER)
        total = tf.reduce_logsumexp(ends, 0)
        visits = tf.exp(tf.minimum(forward + behind - seen - total, 0.0))  # of each state at each time
        return -total, tf.exp(scores) - tf.einsum("tsb,sbv->btv", visits, which)

    return walked


def _sums(seen, states, last):
    """Return the log-probabilities (T, S, B) of all that leads to a state at a time, and of it and all behind it."""
    import tensorflow as tf

    steps, size = tf.unstack(tf.shape(seen)[:2])
    both = tf.concat([states, tf.reverse(states, [0])], 1)  # (S, 2B)
    leap = tf.where((both > 0) & (both != _later(both, 2, 0)), 0.0, NEVER)  # over a blank, between pieces that differ
    frames = tf.concat([seen, tf.reverse(seen, [0, 1])], 2)  # (T, S, 2B)
    first = tf.concat([tf.zeros_like(last), size - 1 - last], 0)
    start = tf.where(tf.range(size)[:, None] == first, 0.0, NEVER)

    def step(t, sums, kept):
        one, two = _later(sums, 1, NEVER), _later(sums, 2, NEVER) + leap
        most = tf.maximum(tf.maximum(sums, one), two)
        sums = most + tf.math.log(tf.exp(sums - most) + tf.exp(one - most) + tf.exp(two - most)) + frames[t]
        return t + 1, sums, kept.write(t, sums)

    kept = tf.TensorArray(tf.float32, steps, element_shape=start.shape)
    kept = tf.while_loop(lambda t, *_: t < steps, step, (0, start, kept), maximum_iterations=steps)[-1].stack()
    forward, behind = tf.split(kept, 2, 2)
    return forward, tf.reverse(behind, [0, 1])


def _later(states, n, value):
    """Return what stands n states before each (S, B), a value where nothing does."""
    import tensorflow as tf

    return tf.pad(states[:-n], ((n, 0), (0, 0)), constant_values=value)

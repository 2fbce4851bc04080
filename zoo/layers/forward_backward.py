"""The nats of a text by CTC, and their gradient, in one walk over time (Graves et al. 2006,
https://doi.org/10.1145/1143844.1143891, section 4).

The backward sums are forward sums of the text and the frames read from behind, so both walk side by side, and what a
step of time does is one kernel of a GPU.

Shapes: B batch, T frames, L pieces, V scores of a frame, the blank's first; S = 2L + 1 states, blanks and
pieces in turn.
"""
from keras import ops

NEVER = -1e30  # a log-probability; finite, so that differences of it stay numbers
UNROLL = 16  # steps of time


def nats(targets, scores):
    """Return the nats (B,) that texts cost.

    Args:
        targets: numbers of pieces (B, L) from 1, anything less is padding.
        scores: log-probabilities (B, T, V) float32.
    """
    blank = ops.zeros_like(targets)
    pieces = ops.maximum(targets, 0)
    states = ops.reshape(ops.stack([blank, pieces], 2), (ops.shape(targets)[0], -1))
    states = ops.cast(ops.concatenate([states, blank[:, :1]], 1), "int32")  # (B, S)
    seen = ops.take_along_axis(scores, ops.expand_dims(states, 1), axis=2)  # (B, T, S)
    last = 2 * ops.sum(ops.cast(pieces > 0, "int32"), 1)
    return _summed(seen, states, last)


def _summed(seen, states, last):
    """Return the nats (B,) of all ways through the states (B, S) that end in `last` (B,) or before it, by what the
    frames give to each state (B, T, S)."""

    @ops.custom_gradient
    def run(seen):
        forward, behind = _walked(seen, states, last)
        ends = ops.stack([last, ops.maximum(last - 1, 0)], 1)
        total = ops.logsumexp(ops.take_along_axis(forward[-1], ends, axis=1), axis=1)  # (B,)

        def gradient(*given, upstream=None):
            up = given[0] if upstream is None else upstream
            both = ops.swapaxes(forward + behind, 0, 1) - seen - total[:, None, None]
            return -ops.exp(ops.minimum(both, 0.0)) * up[:, None, None]

        return -total, gradient

    return run(seen)


def _walked(seen, states, last):
    """Return the log-probabilities (T, B, S) of all that leads to a state at a time, and of it and all behind it."""
    size = states.shape[1]
    both = ops.concatenate([states, ops.flip(states, 1)], 0)  # (2B, S)
    before = ops.pad(both, ((0, 0), (2, 0)))[:, :size]
    leap = ops.where(ops.logical_and(both > 0, both != before), 0.0, NEVER)  # over a blank, between pieces that differ
    frames = ops.swapaxes(seen, 0, 1)
    frames = ops.concatenate([frames, ops.flip(frames, (0, 2))], 1)  # (T, 2B, S)
    first = ops.concatenate([ops.zeros_like(last), size - 1 - last], 0)
    start = ops.where(ops.arange(size) == first[:, None], 0.0, NEVER)

    def step(sums, frame):
        one = ops.pad(sums[:, :-1], ((0, 0), (1, 0)), constant_values=NEVER)
        two = ops.pad(sums[:, :-2], ((0, 0), (2, 0)), constant_values=NEVER) + leap
        most = ops.maximum(ops.maximum(sums, one), two)
        sums = most + ops.log(ops.exp(sums - most) + ops.exp(one - most) + ops.exp(two - most)) + frame
        return sums, sums

    _, sums = ops.scan(step, start, frames, unroll=UNROLL)
    forward, behind = ops.split(sums, 2, axis=1)
    return forward, ops.flip(behind, (0, 2))

"""Beam search: the likeliest texts, piece by piece (Graves 2012, https://arxiv.org/abs/1211.3711; length normalised as
in Wu et al. 2016, https://arxiv.org/abs/1609.08144, section 7).

Shapes: B batch, K beams, N = B·K rows, V pieces, L longest text.
"""
from keras import ops

LOWEST = -1e9  # of what may not be; finite, so that sums of it stay numbers


def generate(decoder, memory, real, *, mark, longest=64, beams=1, length_penalty=1.0):
    """Return the best texts that a decoder finds for its input, all in the graph.

    Args:
        decoder: a layer with `begin` and `step`, such as `AttentionDecoder`.
        memory: features of the input (B, T, D).
        real: 1 at real times, 0 at padding (B, T).
        mark: the piece that begins and ends a text.
        longest: pieces of the longest text, L.
        beams: texts that are followed at a time, K; 1 is greedy search.
        length_penalty: texts are ranked by log-probability / length ** length_penalty.

    Returns:
        (pieces (B, K, L) int32 without the marks, 0 behind the end; their ranking scores (B, K) float32), best first.
    """
    fixed, state = decoder.begin(repeated(memory, beams), repeated(real, beams), longest)

    def step(ids, time, state):
        scores, state = decoder.step(ids, time, fixed, state)
        padding = ops.one_hot(0, scores.shape[-1])  # is never written
        return ops.cast(scores, "float32") + LOWEST * padding, state

    return search(step, state, ops.shape(memory)[0], mark=mark, longest=longest, beams=beams,
                  length_penalty=length_penalty)


def search(step, state, batch, *, mark, longest, beams=1, length_penalty=1.0):
    """Return the texts of the highest score that beam search finds: see `generate`.

    A text ends where `mark` is among the K best continuations. A row of the batch is done once K texts have ended and
    the best of them ranks above those that go on, by what they are up to there: ended texts alone do not tell, since
    bad ones end early. What the other rows do does not matter, so what a row gets does not depend on its neighbours.

    Args:
        step: function of the last pieces (N,), the time () and the state that returns (scores (N, V), state); the
            softmax of scores is the probability of each next piece.
        state: a list of tensors (N, …), which follow their texts.
        batch: B.
        mark, longest, beams, length_penalty: see `generate`.
    """
    if beams == 1:
        return greedy(step, state, batch, mark=mark, longest=longest, length_penalty=length_penalty)
    first = ops.concatenate([ops.zeros((1,)), ops.full((beams - 1,), LOWEST)])
    empty = ops.zeros((batch, beams, longest), dtype="int32")
    alive = ops.zeros((batch, beams)) + first  # all beams begin alike: one of them counts
    ended = ops.full((batch, beams), LOWEST)
    begun = ops.full((batch * beams,), mark, dtype="int32")

    def unfinished(time, done, last, alive, texts, ended, ended_texts, state):
        return ops.logical_and(time < longest, ops.logical_not(ops.all(done)))

    def extended(time, done, last, alive, texts, ended, ended_texts, state):
        scores, state = step(last, time, state)
        num_pieces = scores.shape[-1]
        totals = ops.reshape(alive, (-1, beams, 1)) + ops.reshape(ops.log_softmax(scores), (-1, beams, num_pieces))
        best, places = ops.top_k(ops.reshape(totals, (-1, beams * num_pieces)), 2 * beams)
        parents, pieces = ops.cast(places // num_pieces, "int32"), ops.cast(places % num_pieces, "int32")
        grown = _written(_followed(texts, parents), ops.where(pieces == mark, 0, pieces), time)  # (B, 2K, L)
        ends = ops.logical_and(ops.logical_and(pieces == mark, best > LOWEST / 2), ops.logical_not(done))
        length = ops.cast(time + 1, "float32") ** length_penalty
        ended, ended_texts = _ended(ops.where(ends, best / length, LOWEST), grown, ended, ended_texts)
        alive, kept = ops.top_k(ops.where(pieces == mark, LOWEST, best), beams)
        rows = ops.expand_dims(ops.arange(ops.shape(alive)[0], dtype="int32") * beams, -1)
        rows = ops.reshape(rows + ops.take_along_axis(parents, ops.cast(kept, "int32"), axis=1), (-1,))
        last = ops.reshape(ops.take_along_axis(pieces, ops.cast(kept, "int32"), axis=1), (-1,))
        state = [ops.take(value, rows, axis=0) for value in state]
        decided = ops.max(ended, axis=-1, keepdims=True) >= ops.max(alive, axis=-1, keepdims=True) / length
        done = ops.logical_or(done, ops.logical_and(decided, ops.min(ended, axis=-1, keepdims=True) > LOWEST))
        return time + 1, done, last, alive, _followed(grown, ops.cast(kept, "int32")), ended, ended_texts, state

    done = ops.zeros((batch, 1), dtype="bool")
    loop = (ops.convert_to_tensor(0, "int32"), done, begun, alive, empty, ended, empty, list(state))
    _, _, _, alive, texts, ended, ended_texts, _ = ops.while_loop(unfinished, extended, loop)
    return _best(alive / longest**length_penalty, texts, ended, ended_texts)


def greedy(step, state, batch, *, mark, longest, length_penalty=1.0):
    """Return what `search` finds with one beam: the likeliest piece each time, until that is the mark."""
    def unfinished(time, done, *_):
        return ops.logical_and(time < longest, ops.logical_not(ops.all(done)))

    def extended(time, done, last, total, length, texts, state):
        scores, state = step(last, time, state)
        last = ops.cast(ops.top_k(scores, 1)[1], "int32")[:, 0]  # Keras's argmax of floats takes four passes more
        total = ops.where(done, total, total + ops.log(ops.max(ops.softmax(scores), axis=-1)))
        length = ops.where(done, length, time + 1)
        done = ops.logical_or(done, last == mark)
        texts = _written(texts, ops.where(done, 0, last), time)
        return time + 1, done, last, total, length, texts, state

    none, texts = ops.zeros((batch,), dtype="int32"), ops.zeros((batch, longest), dtype="int32")
    loop = (ops.convert_to_tensor(0, "int32"), ops.zeros((batch,), dtype="bool"), none + mark,
            ops.zeros((batch,)), none, texts, list(state))
    _, _, _, total, length, texts, _ = ops.while_loop(unfinished, extended, loop)
    scores = total / ops.cast(length, "float32") ** length_penalty
    return ops.expand_dims(texts, 1), ops.expand_dims(scores, 1)


def _written(texts, pieces, time):
    """Return texts (…, L) with pieces (…) at a time."""
    here = ops.arange(texts.shape[-1], dtype="int32") == time
    return ops.where(here, ops.expand_dims(pieces, -1), texts)


def _followed(texts, parents):
    """Return the texts (B, M, L) at places (B, M)."""
    return ops.take_along_axis(texts, ops.expand_dims(parents, -1), axis=1)


def _ended(new, grown, ended, ended_texts):
    """Return the K best ended texts and their scores, those among them that ended in this step, new (B, 2K)."""
    beams = ended.shape[-1]
    values, kept = ops.top_k(ops.concatenate([ended, new[:, :beams]], axis=1), beams)
    both = ops.concatenate([ended_texts, grown[:, :beams]], axis=1)
    return values, _followed(both, ops.cast(kept, "int32"))


def _best(alive, texts, ended, ended_texts):
    """Return the K best texts and their scores: those that ended before those that were cut off."""
    behind = -1e5  # further than any score
    _, kept = ops.top_k(ops.concatenate([ended, ops.maximum(alive, behind) + behind], axis=1), ended.shape[-1])
    kept = ops.cast(kept, "int32")
    scores = ops.take_along_axis(ops.concatenate([ended, alive], axis=1), kept, axis=1)
    return _followed(ops.concatenate([ended_texts, texts], axis=1), kept), scores


def repeated(x, beams):
    """Return (B, …) as (B·K, …), every row K times in a row."""
    return ops.repeat(x, beams, axis=0) if beams > 1 else x

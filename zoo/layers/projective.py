"""Maximum projective trees with one root (Eisner 1996, https://aclanthology.org/C96-1058), for a whole batch at once.

Spans of k + 1 words are made for all beginnings together, k by k. "Open" spans end in an arc between their ends, and
"closed" ones have all dependents of one end, their head. A table is kept by where its spans begin [b, i, k] or by where
they end [b, j, k], so that the parts of all spans of a length stand in line after one shift.

Shapes: B batch, T words.
"""

from keras import ops

NEVER = -1e30  # less than all sums of scores


def projective_tree(scores, lengths):
    """Return the heads (B, T) int32 of the best projective tree with one root: 0 is the root, 1 the first word; 0 at
    padding.

    Args:
        scores: of the arcs to each word from the root and each word (B, T, T + 1), finite.
        lengths: words of each sentence (B,).
    """
    scores = ops.cast(scores, "float64")
    length = ops.shape(scores)[1]
    arcs = ops.transpose(scores[:, :, 1:], (0, 2, 1))  # (B, T, T), from the row to the column
    tables = _filled(arcs, length)
    root = _root(scores[:, :, 0], tables, ops.cast(lengths, "int32"))
    heads = _read_off(tables, root, ops.cast(lengths, "int32"), length)
    return ops.where(ops.arange(length) < ops.expand_dims(ops.cast(lengths, "int32"), 1), heads, 0)


def _filled(arcs, length):
    """Return tables (B, T, T) of the best open and closed spans; see `_spans` for their order."""
    places = ops.arange(length)
    never = ops.full_like(arcs, NEVER)
    closed = ops.where(places == 0, ops.zeros_like(arcs), never)  # single words

    def longer(k, open_right, open_left, *closed):
        inner, right, left = _candidates(k, places, (open_right, open_left, *closed))
        inside = ops.max(inner, axis=2)
        open_right = _with(open_right, k, places, inside + _diagonal(arcs, k, places))
        open_left = _with(open_left, k, places, _shift(inside + _diagonal(_turned(arcs), k, places), -k))
        right, left = (ops.max(x, axis=2) for x in _candidates(k, places, (open_right, open_left, *closed))[1:])
        new = right, _shift(right, -k), left, _shift(left, -k)
        return (k + 1, open_right, open_left, *(_with(table, k, places, value) for table, value in zip(closed, new)))

    state = (1, never, never, closed, closed, closed, closed)
    return ops.while_loop(lambda k, *tables: k < length, longer, state)[1:]


def _candidates(k, places, tables):
    """Return the scores (B, T, T) of the parts that spans of k + 1 words may be made of, by where they begin.

    Of open spans, before their arc: a right closed span of o + 1 words and a left closed one of the rest. Of right
    closed spans: an open span of o + 1 words and a right closed one from its end. Of left closed ones likewise.
    """
    open_right, open_left, right_begin, right_end, left_begin, left_end = tables
    inner = right_begin + _reversed(_shift(left_end, k), k - 1, places)
    right = open_right + _reversed(_shift(right_end, k), k, places)
    left = _shift(open_left, k) + _reversed(left_begin, k, places)
    fits = ops.expand_dims(places + k < ops.shape(right)[1], 1)
    return (ops.where(fits & (places < k), inner, NEVER),
            *(ops.where(fits & (places > 0) & (places <= k), x, NEVER) for x in (right, left)))


def _shift(x, by):
    """Return what stands `by` rows on, (B, T, …), the first after the last."""
    return ops.take(x, (ops.arange(ops.shape(x)[1]) + by) % ops.shape(x)[1], axis=1)


def _reversed(table, last, places):
    """Return the columns last, last - 1, … 0 of a table (B, T, T); what follows is without meaning."""
    return ops.take(table, ops.maximum(last - places, 0), axis=2)


def _turned(x):
    return ops.transpose(x, (0, 2, 1))


def _diagonal(arcs, k, places):
    """Return arcs[b, i, i + k] as (B, T)."""
    return ops.sum(ops.where(ops.expand_dims(places, 1) + k == places, arcs, 0.0), axis=2)


def _with(table, k, places, column):
    """Return the table with another column k."""
    return ops.where(places == k, ops.expand_dims(column, 2), table)


def _root(from_root, tables, lengths):
    """Return the best root (B, 1): all before it is a left closed span, all behind it a right closed one."""
    right, left = tables[2], tables[5]
    places = ops.arange(ops.shape(right)[1])
    before = ops.sum(ops.where(ops.expand_dims(places, 1) == places, left, 0.0), axis=2)
    behind = ops.expand_dims(ops.expand_dims(lengths, 1) - 1 - places, 2)
    after = ops.take_along_axis(right, ops.maximum(behind, 0), axis=2)[..., 0]
    whole = ops.where(behind[..., 0] >= 0, before + after + from_root, 2 * NEVER)
    return ops.expand_dims(ops.cast(ops.argmax(whole, axis=1), "int32"), 1)


def _read_off(tables, root, lengths, length):
    """Return the heads (B, T): from the whole sentence down, mark the spans that the best tree is made of."""
    places = ops.arange(length)
    here = ops.expand_dims(places == root, 2)
    right = here & (places == ops.expand_dims(ops.expand_dims(lengths, 1) - 1 - root, 2))
    left = here & (places == ops.expand_dims(root, 2))
    none = ops.zeros_like(right)

    def shorter(k, heads, open_right, open_left, right_begin, right_end, left_begin, left_end):
        inner, of_right, of_left = (ops.expand_dims(ops.cast(ops.argmax(x, axis=2), "int32"), 2)
                                    for x in _candidates(k, places, tables))
        right, left = (ops.expand_dims(_column(begin, k, places) | _shift(_column(end, k, places), k), 2)
                       for begin, end in ((right_begin, right_end), (left_begin, left_end)))
        open_right = open_right | right & (places == of_right)
        open_left = open_left | _shift(left & (places == of_left), -k)
        to_right, to_left = _column(open_right, k, places), _column(open_left, k, places)
        heads = ops.where(_shift(to_right, -k), places - k + 1, ops.where(_shift(to_left, k), places + k + 1, heads))
        both = ops.expand_dims(to_right | _shift(to_left, k), 2)
        return (k - 1, heads, open_right, open_left, right_begin | both & (places == inner),
                right_end | _shift(right & (places == k - of_right), -k),
                left_begin | left & (places == k - of_left),
                left_end | _shift(both & (places == k - 1 - inner), -k))

    state = (length - 1, ops.zeros_like(root) + ops.zeros_like(places), none, none, right, none, none, left)
    return ops.while_loop(lambda k, *marks: k > 0, shorter, state)[1]


def _column(table, k, places):
    """Return column k (B, T) of a table of marks."""
    return ops.any(table & (places == k), axis=2)

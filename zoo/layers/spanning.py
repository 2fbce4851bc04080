"""Maximum spanning trees with one root: Chu & Liu 1965 and Edmonds 1967 (https://doi.org/10.6028/jres.071b.032), as
McDonald et al. 2005 (https://aclanthology.org/H05-1066) parse with them, for a whole batch at once.

As long as the best arcs hold a cycle, it becomes one node; then the cycles are opened again in the reverse order. Arcs
from the root cost more than all other arcs can differ together, so that the best tree has a single one; without that,
parsers answer trees with several (Zmigrod et al. 2020, https://arxiv.org/abs/2010.02550).

Shapes: B batch, T words, N nodes, which are the root and T words.
"""

from keras import ops

NEVER = -1e30  # less than all sums of scores
DOUBLINGS = 12  # paths of up to 2^12 words are followed


def maximum_spanning_tree(scores, lengths):
    """Return the heads (B, T) int32 of the best tree with one root: 0 is the root, 1 the first word; 0 at padding.

    Args:
        scores: of the arcs to each word from the root and each word (B, T, N), finite.
        lengths: words of each sentence (B,).
    """
    weights = _weights(ops.cast(scores, "float64"), lengths)  # (B, N, N), from the row to the column
    batch, n = ops.shape(weights)[0], ops.shape(weights)[1]
    nodes = ops.arange(n)
    origins = ops.broadcast_to(ops.expand_dims(nodes, 1) * n + nodes, (batch, n, n))  # what an arc was at first
    of_node = ops.broadcast_to(nodes, (batch, n))
    empty = ops.zeros((batch, n, n), "int32")  # a row for each cycle
    state = (0, weights, origins, of_node, empty, empty, empty)
    depth, weights, origins, of_node, cycles, arcs, owners = ops.while_loop(_has_cycle, _contracted, state)
    heads = _assigned(_best(weights, of_node)[0], origins, of_node == nodes)

    def opened(level, heads):
        level = level - 1
        members, owner = cycles[:, level] > 0, owners[:, level]
        inside = ops.take_along_axis(members, owner, axis=1)
        entered = ops.max(ops.where(ops.logical_and(inside, heads >= 0), owner, -1), axis=1, keepdims=True)
        kept = ops.logical_and(members, nodes != entered)
        return level, ops.maximum(heads, _scattered(arcs[:, level], kept))

    return ops.while_loop(lambda level, heads: level > 0, opened, (depth, heads))[1][:, 1:]


def _weights(scores, lengths):
    """Return the weights of all arcs (B, N, N): impossible ones NEVER, words beyond the end hang from the root."""
    n = ops.shape(scores)[2]
    nodes, last = ops.arange(n), ops.expand_dims(ops.expand_dims(ops.cast(lengths, "int32"), 1), 2)
    scores = ops.pad(ops.transpose(scores, (0, 2, 1)), ((0, 0), (0, 0), (1, 0)))
    head, word = ops.expand_dims(nodes, 1), nodes
    possible = (head != word) & (word > 0) & (word <= last) & (head <= last)
    low = ops.min(ops.where(possible, scores, -NEVER), axis=1)
    high = ops.max(ops.where(possible, scores, NEVER), axis=1)
    cost = 1 + ops.sum(ops.where(high >= low, high - low, 0.0), axis=1)
    scores = scores - ops.where(head == 0, cost[:, None, None], 0.0)
    outside = (head == 0) & (word > last)
    return ops.where(possible, scores, ops.where(outside, 0.0, NEVER))


def _best(weights, of_node):
    """Return the best head of each node (B, N), the root's for itself and for nodes that are gone, and its weight."""
    alive = of_node == ops.arange(ops.shape(weights)[1])
    alive = ops.logical_and(alive, ops.arange(ops.shape(weights)[1]) > 0)
    return ops.where(alive, ops.cast(ops.argmax(weights, axis=1), "int32"), 0), ops.max(weights, axis=1)


def _ends(parents):
    """Return where the path from each node ends (B, N): at the root, or on a cycle."""
    for _ in range(DOUBLINGS):
        parents = ops.take_along_axis(parents, parents, axis=1)
    return parents


def _has_cycle(level, weights, origins, of_node, *records):
    return ops.any(_ends(_best(weights, of_node)[0]) > 0)


def _members(parents):
    """Return the nodes of one cycle of each sentence (B, N) bool, and one of them (B, 1), 0 where there is none."""
    ends, nodes = _ends(parents), ops.arange(ops.shape(parents)[1])
    one = ops.max(ends, axis=1, keepdims=True)
    reaches = nodes == one
    for _ in range(DOUBLINGS):
        reaches = ops.logical_or(reaches, ops.take_along_axis(reaches, parents, axis=1))
        parents = ops.take_along_axis(parents, parents, axis=1)
    on_a_cycle = ops.any(ops.expand_dims(ends, 2) == nodes, axis=1)
    return reaches & on_a_cycle & (one > 0), one


def _contracted(level, weights, origins, of_node, cycles, arcs, owners):
    """Make one cycle of each sentence that has any a single node, and note what it was."""
    nodes = ops.arange(ops.shape(weights)[1])
    parents, best = _best(weights, of_node)
    members, one = _members(parents)
    here = ops.expand_dims(ops.expand_dims(nodes == level, 0), 2)
    taken = ops.take_along_axis(origins, ops.expand_dims(parents, 1), axis=1)[:, 0]
    notes = [ops.where(here, ops.expand_dims(ops.cast(new, "int32"), 1), old)
             for new, old in ((members, cycles), (taken, arcs), (of_node, owners))]
    into = ops.where(ops.expand_dims(members, 1), weights - ops.expand_dims(best, 1), NEVER)  # one arc goes
    out_of = ops.where(ops.expand_dims(members, 2), weights, NEVER)
    first = ops.expand_dims(ops.cast(ops.argmax(into, axis=2), "int32"), 2)
    last = ops.expand_dims(ops.cast(ops.argmax(out_of, axis=1), "int32"), 1)
    new = (nodes == one) & (one > 0)
    gone = members & ~new

    def put(value, row, column):
        value = ops.where(ops.expand_dims(new, 2), row, value)
        return ops.where(ops.expand_dims(new, 1), column, value)

    weights = put(weights, ops.max(out_of, axis=1, keepdims=True), ops.max(into, axis=2, keepdims=True))
    origins = put(origins, ops.take_along_axis(origins, last, axis=1), ops.take_along_axis(origins, first, axis=2))
    dead = ops.expand_dims(gone, 1) | ops.expand_dims(gone, 2) | (ops.expand_dims(nodes, 1) == nodes)
    weights = ops.where(dead, NEVER, weights)
    of_node = ops.where(ops.take_along_axis(members, of_node, axis=1), one, of_node)
    return (level + 1, weights, origins, of_node, *notes)


def _assigned(parents, origins, alive):
    """Return the heads (B, N) of the words that the arcs to living nodes reach, -1 for others; the root's is 0."""
    arcs = ops.take_along_axis(origins, ops.expand_dims(parents, 1), axis=1)[:, 0]
    nodes = ops.arange(ops.shape(parents)[1])
    return ops.where(nodes == 0, 0, _scattered(arcs, ops.logical_and(alive, nodes > 0)))


def _scattered(arcs, kept):
    """Return the heads (B, N) that the original arcs (B, N) give to their words; -1 for those without."""
    n = ops.shape(arcs)[1]
    heads, words = ops.expand_dims(arcs // n, 2), ops.expand_dims(arcs % n, 2)
    here = ops.logical_and(words == ops.arange(n), ops.expand_dims(kept, 2))
    return ops.max(ops.where(here, heads, -1), axis=1)

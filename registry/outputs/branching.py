"""Trees that are guessed without a look at the input."""
from registry.outputs import trees


def guesses(relations, num_tags, truth, tally, rng):
    """Return {"chance", "left-branching", "right-branching"}: for each lists of N arrays (T, 2 or 3) of heads, numbers
    of relations and, where there are any, of tags, and None.

    Args:
        relations: the names.
        num_tags: K.
        truth: N arrays (T, 2 or 3).
        tally: how often each relation and each tag stands in the training part, (R + K,).
        rng: a `numpy.random.Generator`.
    """
    import numpy as np

    root = relations.index(trees.ROOT) if trees.ROOT in relations else None
    common = int(np.argmax([n if i != root else -1 for i, n in enumerate(tally[: len(relations)])]))
    heads = {"chance": [random(len(t), rng) for t in truth],
             "left-branching": [np.append(np.arange(2, len(t) + 1), 0) for t in truth],
             "right-branching": [np.arange(len(t)) for t in truth]}

    def made(tree, kind):
        names = rng.integers(len(relations), size=len(tree)) if kind == "chance" else common
        columns = [tree, np.where((tree == 0) & (root is not None), root, names)]
        if num_tags:
            most = np.full(len(tree), np.argmax(tally[len(relations):]))
            columns.append(rng.integers(num_tags, size=len(tree)) if kind == "chance" else most)
        return np.stack(columns, -1).astype(int)

    return {kind: ([made(tree, kind) for tree in found], None) for kind, found in heads.items()}


def random(n, rng):
    """Return the heads (n,) of a random tree: in a random order each word hangs from one of those before it."""
    import numpy as np

    heads, order = np.zeros(n, int), rng.permutation(n) + 1
    for i in range(1, n):
        heads[order[i] - 1] = order[rng.integers(i)]
    return heads

"""From which probability on a name is said: the threshold with the best F1 (Lipton et al. 2014,
https://arxiv.org/abs/1402.1892). Shapes: N examples, K names.
"""
FEW = 5  # a name that holds in fewer examples keeps the middle: its best threshold would be chance


def best(truth, probabilities):
    """Return the thresholds (K,) for truth (N, K) of 0 and 1 and probabilities (N, K)."""
    import numpy as np

    return np.array([_of_one(np.asarray(t), np.asarray(p, "float64")) for t, p in zip(truth.T, probabilities.T)])


def _of_one(truth, probabilities):
    """Return the middle between the last probability that is said and the first that is not."""
    import numpy as np

    if truth.sum() < FEW:
        return 0.5
    order = np.argsort(-probabilities, kind="stable")
    p, hits = probabilities[order], np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(p) + 1) + truth.sum())
    apart = np.append(p[:-1] > p[1:], True)  # equal probabilities are said together
    last = int(np.where(apart, f1, -1).argmax())
    return (p[last] + (p[last + 1] if last + 1 < len(p) else 0)) / 2

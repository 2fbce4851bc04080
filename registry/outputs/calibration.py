"""Calibration: of the answers given with probability p, a share p should be right (Guo et al. 2017,
https://proceedings.mlr.press/v70/guo17a.html). Shapes: N answers, 15 bins.
"""
BINS = 15


def temperature(truth, probabilities):
    """Return the number that scores are to be divided by for the greatest likelihood, from 1/20 to 20.

    As in Platt 1999, answers are held to be right a little less often than they were: where all are right, the
    likelihood alone would have the model be sure beyond all bounds.

    Args:
        truth: numbers of the right names (N,).
        probabilities: (N, K), of scores that were divided by nothing.
    """
    import numpy as np
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    scores, unsure = np.log(np.maximum(probabilities, 1e-30)), 1 / (len(truth) + 2)

    def nats(log_temperature):
        likely = log_softmax(scores / np.exp(log_temperature), -1)
        right = likely[np.arange(len(scores)), truth]
        return -((1 - unsure) * right + unsure * likely.mean(-1)).mean()

    found = minimize_scalar(nats, bounds=(-np.log(20), np.log(20)), method="bounded")
    return round(float(np.exp(found.x)), 4)


def bin_of(probabilities):
    """Return the bin (N,) of probabilities (N,): 15 of equal width."""
    import numpy as np

    return np.minimum((np.asarray(probabilities, "float64") * BINS).astype(int), BINS - 1)


def gaps(probabilities, right):
    """Return (N, 15): probability minus right in the answer's bin, 0 in the others; sums tell the error."""
    import numpy as np

    values = np.zeros((len(probabilities), BINS), "float32")
    values[np.arange(len(values)), bin_of(probabilities)] = np.asarray(probabilities) - np.asarray(right)
    return values


def curve(probabilities, right):
    """Return mean probability, share right and number of the answers in each bin that has any."""
    import numpy as np

    bins = bin_of(probabilities)
    number = np.bincount(bins, minlength=BINS)
    used = number > 0
    sums = [np.bincount(bins, weights=values, minlength=BINS)[used] for values in (probabilities, right)]
    return sums[0] / number[used], sums[1] / number[used], number[used]


def error(sums, n):
    """Return the expected calibration error (…) for summed gaps (…, 15) of n answers."""
    import numpy as np

    return np.abs(sums).sum(-1) / n

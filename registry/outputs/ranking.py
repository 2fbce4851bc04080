"""The area under the ROC curve (AUC) as a function of sums over examples: how often what happened has the higher
probability than what did not (Hanley & McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747).

Probabilities are put into 4096 bins of as many examples each by their rank. Two in the same bin count one half, so the
figure is off by no more than 1 / (2 · 4096 · share of what did not happen), about 0.0001, and mostly by a hundredth of
that; up to 4096 examples it is exact. Shapes: N examples, 4096 bins.
"""
BINS = 4096


def ranks(probabilities, happened):
    """Return (N, 2 · 4096), sparse: 1 at the bin of the probability, in the first half where it happened."""
    import numpy as np
    from scipy.sparse import csr_array

    n = len(probabilities)
    first = np.searchsorted(np.sort(probabilities), probabilities)  # equal ones share a rank
    place = first * min(BINS, n) // n + BINS * (np.asarray(happened) <= 0)
    return csr_array((np.ones(n, "float32"), place, np.arange(n + 1)), shape=(n, 2 * BINS))


def area(sums):
    """Return the area (…) for sums (…, 2 · 4096); 0 where all happened, or nothing did."""
    import numpy as np

    yes, no = sums[..., :BINS].astype("float64"), sums[..., BINS:].astype("float64")
    below = np.cumsum(no, -1) - no / 2
    return (yes * below).sum(-1) / np.maximum(yes.sum(-1) * no.sum(-1), 1e-9)

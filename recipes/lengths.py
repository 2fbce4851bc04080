"""Which sequences stand in a batch together: those of like length, which spares padding.

Shapes: N examples, R ranges of lengths. Both functions give the number of the range of each example (N,) int64, and how
many of a range are in a batch, R numbers.
"""
BOUNDARIES = (6, 9, 12, 15, 18, 22, 26, 30, 36, 44, 56, 80, 128, 256)  # words: where the next range begins
LONG = (512, 1024, 2048, 4096, 8192)  # beyond these lengths batches have fewer examples, so that memory stays bounded
READ_AT_A_TIME = 2**14  # words, with their padding, in a batch that is answered
PADDED = 0.1  # of its words, where fewer in a batch have less padding


def shuffled(lengths, batch_size):
    """Return the ranges of examples that are learnt from in any order, and their batches' sizes.

    Args:
        lengths: of the examples (N,) int.
        batch_size: examples in a batch, where they are not long.
    """
    import numpy as np

    usual = [batch_size] * (len(BOUNDARIES) + 1)
    sizes = usual + [max(1, batch_size * BOUNDARIES[-1] // length) for length in LONG]
    return np.searchsorted(BOUNDARIES + LONG, lengths, side="right").astype("int64"), sizes


def even(lengths, batch_size, at_a_time):
    """Return the ranges of examples that are answered, each of which is a batch, and the batches' sizes.

    A batch has batch_size examples, or a half, a quarter and so on of it where that would be too many words, or, down
    to a quarter, where that spares much padding: few sizes, for each of which layers may be compiled.

    Args:
        lengths: of the examples (N,) int.
        batch_size: the most in a batch.
        at_a_time: so many examples are sorted together, and wait in memory until their batch is full.
    """
    import numpy as np

    numbers, sizes = np.zeros(len(lengths), "int64"), []
    for first in range(0, len(lengths), at_a_time):
        order = first + np.argsort(-lengths[first : first + at_a_time], kind="stable")
        while len(order):
            size = _fitting(lengths[order[:batch_size]], batch_size)
            numbers[order[:size]] = len(sizes)
            sizes.append(min(size, len(order)))
            order = order[size:]
    return numbers, sizes


def _fitting(lengths, size):
    """Return how many of the next examples, whose lengths fall, are in a batch: size, or a half, a quarter … of it."""
    quarter, longest = size // 4, int(lengths[0])
    while size > 1 and (size * longest > READ_AT_A_TIME
                        or size > quarter and longest * size > (1 + PADDED) * lengths[:size].sum()):
        size //= 2
    return size

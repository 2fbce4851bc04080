"""How much a word counts as a neighbour by its distance. Shapes: W words on either side."""


def nearness(places):
    """Return the weights (2W,) float32 of the places on the left and then on the right of a word, in the order of the
    text: 1 for the nearest, 1 / W for the furthest.

    It is how often word2vec, which draws the window of each word from 1 to W, would count a neighbour (Mikolov et al.
    2013, https://arxiv.org/abs/1301.3781; Levy et al. 2015, https://aclanthology.org/Q15-1016).

    Args:
        places: how many there are, 2W.
    """
    import numpy as np

    window = places // 2
    right = np.arange(window, 0, -1, dtype="float32") / window
    return np.concatenate([right[::-1], right])

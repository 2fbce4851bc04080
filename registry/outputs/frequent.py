"""Names by how often they are the answer, and scores that begin there. Shapes: B batch, K names and the unknown."""
from string import ascii_lowercase

LETTERS = tuple(ascii_lowercase)  # stand in for names that are not learned yet


def prior(frequencies, num_kinds):
    """Return the log-probability (K,) float32 of the unknown and each name.

    Args:
        frequencies: how often each was the answer in training (K,); all alike where it is empty.
        num_kinds: K.
    """
    import numpy as np

    counts = np.maximum(np.asarray(frequencies or (1,) * num_kinds, "float64"), 0.5)
    return np.log(counts / counts.sum()).astype("float32")


def scored(features, pool, prior):
    """Return scores (B, K) float32 for features, or the features where they are scores already.

    Args:
        features: of any rank.
        pool: how they become a vector; "scores" where they are the scores.
        prior: (K,), where the scores begin; see `prior`.
    """
    from keras import layers

    from zoo.layers.name_vectors import NameVectors
    from zoo.layers.pooling import pooled

    if pool == "scores":
        return layers.Activation("linear", dtype="float32", name="head_scores")(features)
    layer = NameVectors(len(prior), dtype="float32", name="head_scores")
    scores = layer(pooled(features, pool))
    layer.prior.assign(prior)
    return scores

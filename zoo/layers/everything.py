"""Importing this module registers every layer of the zoo, as loading a saved model needs."""
from zoo.layers import (  # noqa: F401
    arc_features,
    augment,
    batch_norm,
    biaffine,
    char_cnn,
    crf,
    embedding_sum,
    hog,
    masked_conv,
    ngrams,
    pooling,
    positions,
    subwords,
    weighted_switches,
    word_dropout,
    word_features,
)

"""Dependency trees of English sentences, Universal Dependencies EWT: word sequence → tree.

Silveira et al. 2014 (https://aclanthology.org/L14-1067/), release 2.10, gold tokens, neither tags nor word vectors from
elsewhere. LAS and UAS count as in the CoNLL 2018 shared task: of relations the universal part, punctuation too.

    python -m recipes run parsing
"""
from recipes.recipe import Recipe
from registry import Framing, Tree, WordSeq

DATASET = "universal_dependencies/en_ewt"


def data(folders):
    """Return the raw examples of TFDS's universal_dependencies/en_ewt with its official splits."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(DATASET, folders, x="tokens", y="deprel")


def recipe():
    """Return the experiment."""
    return Recipe(
        name="parsing", data="TFDS universal_dependencies/en_ewt", metric="las", target=0.84,
        framing=Framing(WordSeq(min_count=2, embedding=128, char_filters=48, word_dropout=0.25), Tree()),
        architecture="bilstm", size="base", options={"units": 256, "depth": 2, "dropout": 0.5}, epochs=14,
        batch_size=64, learning_rate=3e-3, weight_decay=0.0, clip_norm=5.0, shallow={"epochs": 4})

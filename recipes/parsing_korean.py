"""Dependency trees of Korean sentences, Universal Dependencies GSD: word sequence → tree.

Chun et al. 2018 (http://www.lrec-conf.org/proceedings/lrec2018/summaries/378.html), release 2.10, gold tokens (words
between blanks, with their particles), neither tags nor word vectors from elsewhere. Scored as `parsing`.

    python -m recipes run parsing_korean
"""
from recipes.recipe import Recipe
from registry import Framing, Tree, WordSeq

DATASET = "universal_dependencies/ko_gsd"


def data(folders):
    """Return the raw examples of TFDS's universal_dependencies/ko_gsd with its official splits."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(DATASET, folders, x="tokens", y="deprel")


def recipe():
    """Return the experiment."""
    return Recipe(
        name="parsing_korean", data="TFDS universal_dependencies/ko_gsd", metric="las",
        framing=Framing(WordSeq(min_count=2, embedding=128, char_filters=48, word_dropout=0.25), Tree()),
        architecture="bilstm", size="base", options={"units": 256, "depth": 2, "dropout": 0.5}, epochs=14,
        batch_size=32, learning_rate=2e-3, weight_decay=0.0, clip_norm=5.0, shallow={"epochs": 4})

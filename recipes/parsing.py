"""Dependency trees of sentences, Universal Dependencies 2.10: word sequence → tree.

Each word's part of speech is learned beside the tree, which helps it, and answered too; the words are given, and
neither tags nor vectors from elsewhere: English EWT (Silveira et al. 2014, https://aclanthology.org/L14-1067/) and
Korean GSD (Chun et al. 2018, http://www.lrec-conf.org/proceedings/lrec2018/summaries/378.html). LAS and UAS count as in
the CoNLL 2018 shared task: of relations the universal part, punctuation too.

    python -m recipes run parsing
    python -m recipes run parsing/ko_gsd

Measured: test las 84.12 % (83.22 to 84.89), shallow 60.96 % (60.04 to 61.79),
better than the shallow model (p ≤ 0.001); 2933 s, 22 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Framing, Tree, WordSeq
from registry.outputs.tags import UNIVERSAL

DATASET = "universal_dependencies/en_ewt"
VARIANTS = {"en_ewt": {"target": 0.84}, "ko_gsd": {}}


def data(folders, variant="en_ewt"):
    """Return the raw examples of a treebank with its official splits."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(f"universal_dependencies/{variant}", folders, x="tokens", y="deprel")


def recipe(variant="en_ewt"):
    """Return the experiment on a treebank."""
    return Recipe(
        name="parsing" if variant == "en_ewt" else f"parsing_{variant}", metric="las",
        data=f"TFDS universal_dependencies/{variant}",
        framing=Framing(WordSeq(min_count=2, embedding=160, char_filters=64, word_dropout=0.3),
                        Tree(tags=UNIVERSAL, head_dropout=0.4)),
        architecture="bilstm", size="base", options={"units": 320, "depth": 2, "dropout": 0.4}, epochs=22,
        batch_size=32, learning_rate=2e-3, weight_decay=0.0, clip_norm=5.0, ema=0.998, keep="last",
        shallow={"epochs": 4}, **VARIANTS[variant])

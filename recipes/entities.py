"""Names in English messages, WNUT-17's emerging entities: word sequence → tags.

Derczynski et al. 2017 (https://aclanthology.org/W17-4418/). Scored by exact spans (entity F1); decoding gives legal
B- and I- sequences only. ``--set crf=false`` scores each word alone.

    python -m recipes run entities

Measured: test f1 16.24 % (13.61 to 18.95), shallow 15.84 % (13.09 to 18.76),
not distinguishable from the shallow model (p = 0.780); 675 s, 15 epochs, seed 0, 2 cores of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Framing, Tags, WordSeq

DATASET = "wnut17"
KINDS = ("corporation", "creative-work", "group", "location", "person", "product")


def data(folders):
    """Return the raw examples with their official splits."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(DATASET, folders)


def recipe():
    """Return the experiment."""
    names = ("O", *(f"{part}-{kind}" for kind in KINDS for part in "BI"))
    return Recipe(
        name="entities", data="WNUT-17", metric="f1",
        framing=Framing(WordSeq(min_count=2, word_dropout=0.2), Tags(names, scheme="bio", crf=True)),
        architecture="bilstm", size="base", options={"dropout": 0.5}, epochs=15, batch_size=32, learning_rate=2e-3,
        weight_decay=0.0, clip_norm=1.0)

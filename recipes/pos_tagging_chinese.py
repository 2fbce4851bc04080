"""Words and their parts of speech in unspaced Chinese, UD Chinese-GSD 1.4: word sequence → tags over characters.

A tag for each character, B-x where a word of kind x begins and I-x where it goes on (Ng & Low 2004,
https://aclanthology.org/W04-3236); `f1` counts words with their tags and `word_f1` words, as the CoNLL 2018 scorer
does. UDPipe 1.2 with its models of UD 2.5, trained on the same sentences, has 90.27 % words and 84.13 % tagged words
from raw text (https://github.com/aymara/lima-models/blob/master/eval.md).

    python -m recipes run pos_tagging_chinese

Measured: test f1 87.10 % (86.24 to 87.87), shallow 86.12 % (85.26 to 86.97),
better than the shallow model (p = 0.008); 1671 s, 16 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Framing, Tags, WordSeq
from registry.outputs.tags import UNIVERSAL

DATASET = "ud_chinese_gsd/r1.4"


def data(folders):
    """Return the raw examples with their official splits."""
    from recipes.datasets.segmented import segmented
    from recipes.datasets.tfds_source import from_tfds

    return segmented(from_tfds(DATASET, folders))


def recipe():
    """Return the experiment."""
    names = tuple(f"{part}-{kind}" for kind in UNIVERSAL for part in "BI")
    return Recipe(
        name="pos_tagging_chinese", data="UD Chinese-GSD 1.4", metric="f1", target=0.842,
        framing=Framing(WordSeq(unit="character", max_chars=1, min_count=2, embedding=128, word_dropout=0.2),
                        Tags(names, scheme="bio", crf=True)),
        architecture="bilstm", size="base", options={"dropout": 0.4}, epochs=16, batch_size=32, learning_rate=2e-3,
        weight_decay=0.0, clip_norm=1.0)

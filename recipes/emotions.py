"""Which of 28 emotions a comment shows, several at once: word sequence → distribution.

Demszky et al. 2020 (https://aclanthology.org/2020.acl-main.372), GoEmotions, comments from Reddit, some offensive.

    python -m recipes run emotions

Measured: test f1 46.69 % (44.80 to 48.34), shallow 44.86 % (42.33 to 46.88),
better than the shallow model (p = 0.036); 614 s, 8 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Distribution, Framing, WordSeq

DATASET = "goemotions"
EMOTIONS = tuple("""
admiration amusement anger annoyance approval caring confusion curiosity desire disappointment disapproval disgust
embarrassment excitement fear gratitude grief joy love nervousness neutral optimism pride realization relief remorse
sadness surprise
""".split())


def data(folders):
    """Return the raw examples."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(DATASET, folders, x="comment_text", y="flags")


def recipe():
    """Return the experiment."""
    return Recipe(
        name="emotions", data="GoEmotions", metric="f1",
        framing=Framing(WordSeq(min_count=3, word_dropout=0.3), Distribution(EMOTIONS)),
        architecture="text_cnn", epochs=8, batch_size=64, learning_rate=1e-3, weight_decay=0.1, ema=0.99, keep="last")

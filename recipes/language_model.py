"""The next character of Shakespeare: word sequence → distribution over characters.

Karpathy's tiny Shakespeare (https://github.com/karpathy/char-rnn), TFDS's split of 90, 5 and 5 %. `nats` is the mean of
every character of the test text given those before it.

    python -m recipes run language_model
    python -m recipes run language_model --data my.txt
    python -m recipes predict language_model "ROMEO:" --set temperature=0.8

Measured: test nats 1.519 (1.501 to 1.536), shallow 1.585 (1.567 to 1.601),
better than the shallow model (p ≤ 0.001); 1550 s, 22 epochs, seed 0, 2 cores of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Following, Framing, WordSeq

DATASET = "tiny_shakespeare"


def data(folders, path=None):
    """Return windows of the text, or of a user's."""
    from recipes.datasets.readers import from_files
    from recipes.datasets.windows import windows

    return from_files(path, "word_seq:distribution") if path else windows(DATASET, folders)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="language_model", data="TFDS tiny_shakespeare", metric="nats", target=1.55,
        framing=Framing(WordSeq(unit="character", exact=True, max_chars=1, min_count=1, embedding=64, gram=0,
                                word_dropout=0.0),
                        Following(names=())),
        architecture="lstm", options={"dropout": 0.4}, epochs=22, batch_size=64, learning_rate=4e-3, clip_norm=1.0,
        weight_decay=0.0, ema=0.998, keep="last")

"""Tagged sentences in HTML, with the wrong words marked."""

from recipes.pictures.markup import escape
from recipes.pictures.text import percent


def sentences(found):
    """Return tagged sentences, each wrong word marked with the answer above the truth."""
    return "\n".join(sentence(s) for s in found)


def sentence(one):
    """Return one sentence as HTML."""
    words, truth, said = (list(one.get(k) or ()) for k in ("words", "truth", "predicted"))
    sure = list(one.get("confidence") or ()) + [None] * len(words)
    return '<p class="sentence" dir="auto">' + "".join(map(word, words, truth, said, sure)) + "</p>"


def word(letters, truth, said, sure):
    """Return a word with its tag, or with the wrong and the right one."""
    if truth == said:
        tag = "·" if said == "O" else escape(said)
        return f'<span class="word">{escape(letters)}<small>{tag}</small></span> '
    return (
        f'<span class="word bad">{escape(letters)}<small class="said">✗ {escape(said)} {percent(sure)}</small>'
        f'<small class="truth">✓ {escape(truth)}</small></span> '
    )

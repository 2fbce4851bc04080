"""Vectors of words in word2vec's text format: a line "N D", and a line for each word, its name and D numbers
(https://code.google.com/archive/p/word2vec/), as gensim, fastText and spaCy read it."""
from registry.errors import UserError


def check(model, framing):
    """Return the words and their vectors (N, D).

    Raises:
        UserError: the model has no vectors of words, or a word has spaces, which part the numbers in this format.
    """
    if not hasattr(framing.inputs, "vectors"):
        raise UserError(f"word2vec carries the vectors of a model that reads one word, and {model.name} reads "
                        f"{framing.inputs.name}: --format saved_model carries every model.")
    try:
        words, vectors = framing.inputs.vectors(model)
    except ValueError as error:
        raise UserError(f"word2vec carries vectors of words: {error}. --format saved_model carries every model."
                        ) from error
    for word in words:
        if word.split() != [word]:
            raise UserError(f"word2vec parts words from numbers by spaces and cannot carry the word {word!r}: replace "
                            f"the space in the training text, by _ for example.")
    return words, vectors


def write(path, model, framing):
    """Write the vectors, and return what the file has that the model's have not, in words, or None."""
    words, vectors = check(model, framing)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(f"{vectors.shape[0]} {vectors.shape[1]}\n")
        for word, row in zip(words, vectors.tolist()):
            file.write(f"{word} {' '.join(format(x, '.9g') for x in row)}\n")  # float32 to the last bit
    found, numbers = read(path)
    return None if found == list(words) and (numbers == vectors).all() else "its words or numbers differ"


def read(path):
    """Return the words (a list) and vectors (N, D) float32 of a file in word2vec's text format."""
    import numpy as np

    with open(path, encoding="utf-8", newline="\n") as file:
        count, size = map(int, file.readline().split())
        rows = [line.rstrip("\n").split(" ") for line in file]
    vectors = np.array([row[1:] for row in rows], "float32").reshape(count, size)
    return [row[0] for row in rows], vectors

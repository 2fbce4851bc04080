"""Answers without a learned line: those of similar inputs, and word by word. Words and pieces are numbers here.

Shapes: N training examples, Q questions.
"""
import itertools

ROUNDS = 5  # of expectation maximisation


def guesses(truth, tally, rng, asked=None):
    """Return {"chance", "majority", "nearest", "word_by_word"}: a training text at random, the most frequent one, that
    of the most similar input, and the likeliest piece for each word; each N arrays of pieces, and None. The last two
    are for inputs that are words.

    Args:
        truth: N arrays of numbers of pieces.
        tally: (numbers of words, numbers of pieces) of each training example.
        rng: a `numpy.random.Generator`.
        asked: N arrays of numbers of words, or None.
    """
    from collections import Counter

    often = Counter(row.tobytes() for _, row in tally).most_common(1)[0][0]
    majority = next(row for _, row in tally if row.tobytes() == often)
    blind = {"chance": ([tally[i][1] for i in rng.integers(len(tally), size=len(truth))], None),
             "majority": ([majority] * len(truth), None)}
    if asked is None:
        return blind
    return {**blind,
            "nearest": ([tally[i][1] for i in nearest([words for words, _ in tally], asked)], None),
            "word_by_word": (word_by_word(tally, asked), None)}


def nearest(known, asked):
    """Return the places (Q,) of the most similar of N inputs, by the cosine of TF-IDF weights of words and pairs.

    Args:
        known, asked: lists of arrays of numbers of words.
    """
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    def grams(words):
        words = [str(word) for word in words if word]
        return [*words, *map(" ".join, itertools.pairwise(words))]

    weigh = TfidfVectorizer(analyzer=grams, sublinear_tf=True)
    table = weigh.fit_transform(known).T.tocsr()
    questions = weigh.transform(asked)
    chunks = [np.asarray((questions[i : i + 256] @ table).argmax(1)).ravel() for i in range(0, len(asked), 256)]
    return np.concatenate(chunks) if chunks else np.zeros(0, int)


def word_by_word(examples, asked):
    """Return Q arrays of pieces: for each word the piece that it makes likeliest (IBM model 1: Brown et al. 1993,
    https://aclanthology.org/J93-2003).

    Args:
        examples: N (numbers of words, numbers of pieces); word 0 is added to each, for pieces that no word makes.
        asked: Q arrays of numbers of words.
    """
    import numpy as np

    best = _dictionary(examples)
    return [np.array([best[word] for word in map(int, words) if word in best], "int32") for words in asked]


def _dictionary(examples):
    """Return word → its likeliest piece."""
    import numpy as np

    sources, pieces, places = [], [], []
    place = 0
    for words, target in examples:
        words = np.append(words[words > 0], 0)
        sources.append(np.tile(words, len(target)))
        pieces.append(np.repeat(target, len(words)))
        places.append(place + np.repeat(np.arange(len(target)), len(words)))
        place += len(target)
    source, piece, place = (np.concatenate(x).astype("int64") for x in (sources, pieces, places))
    pairs, pair = np.unique(source << 32 | piece, return_inverse=True)
    word_of = pairs >> 32
    chance = np.ones(len(pairs))
    for _ in range(ROUNDS):
        weight = chance[pair]
        weight /= np.bincount(place, weight)[place]
        chance = np.bincount(pair, weight, len(pairs))
        chance /= np.bincount(word_of, chance)[word_of]
    order = np.argsort(chance, kind="stable")
    return {int(word): int(key & 0xFFFFFFFF) for word, key in zip(word_of[order], pairs[order]) if word}

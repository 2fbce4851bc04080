"""Vectors of words by what stands near them in a text: word → distribution.

English EWT (Silveira et al. 2014, https://aclanthology.org/L14-1067/), official splits, or any text, a sentence or a
paragraph on each line. `nats` is the mean of every neighbour of a word of the test text given the word, weighed by
nearness; the majority baseline is how frequent the neighbours are anyway.

    python -m recipes run word_vectors
    python -m recipes run word_vectors --data my.txt
    python -m recipes run word_vectors --set negatives=10
    python -m recipes predict word_vectors king
    python -m recipes export word_vectors --format word2vec

Measured: test nats 6.000 (5.988 to 6.012), shallow 6.051 (6.038 to 6.065),
better than the shallow model (p ≤ 0.001); 70 s, 4 epochs, seed 0, 2 cores of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Framing, Neighbours, Word

DATASET = "universal_dependencies/en_ewt"


def data(folders, path=None):
    """Return words with what stands near them, of the treebank or of a user's text."""
    from recipes.datasets.neighbours import neighbours
    from recipes.datasets.readers import from_files
    from recipes.datasets.tfds_source import from_tfds

    if path:
        return from_files(path, "word:distribution")
    found = from_tfds(DATASET, folders, x="tokens", y="upos")
    sentences = {split: examples.map(lambda words, _: words) for split, examples in found.splits.items()}
    by = {split: told["by"] for split, told in found.record["splits"].items()}
    return neighbours(found.name, sentences, {**found.record, "by": by})


def recipe():
    """Return the experiment."""
    return Recipe(
        name="word_vectors", data="TFDS universal_dependencies/en_ewt", metric="nats",
        framing=Framing(Word(min_count=2, embedding=100), Neighbours(names=(), num_names=8000, thinning=1e-3)),
        architecture="skipgram", options={"dropout": 0.2}, epochs=4, batch_size=1024, learning_rate=5e-3,
        weight_decay=0.0, target=6.05)

"""The input domain `word`: one word by itself. Shapes: B batch, D features."""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.inputs import vocabulary


@dataclass(frozen=True)
class Word:
    """One word. A raw value is a string without spaces.

    Args:
        words: the vocabulary, most frequent first; where it is empty words are hashed into `num_buckets`.
        exact: capitals count; else words are lower-cased.
        num_buckets: size of the hash table used without a vocabulary.
        min_count: learn a vocabulary of the words seen this often in the training part; 0 keeps hashing.
        max_words: learn at most so many.
        embedding: size of the learned word vectors, D.
    """

    name: ClassVar[str] = "word"
    gives: ClassVar[str] = "vector"
    handmade_is: ClassVar[dict] = {"word": "which word of the vocabulary it is"}
    stem_is: ClassVar[str] = "a learned vector of each word"
    encode_is: ClassVar[str] = "a word to its number, 0 for words outside the vocabulary"
    positive: ClassVar[tuple] = ("num_buckets", "max_words", "embedding")
    repeats: ClassVar[bool] = True  # a text has the same word again and again

    words: tuple = ()
    exact: bool = False
    num_buckets: int = 20_000
    min_count: int = 0
    max_words: int = 100_000
    embedding: int = 100

    @property
    def needs_adapting(self):
        return self.min_count > 0 and not self.words

    def adapt(self, values):
        """Return the domain with the vocabulary of the raw training values, most frequent word first."""
        return replace(self, words=vocabulary.learned(values, self._small, self.min_count, self.max_words))

    def _small(self, words):
        return vocabulary.lowered(words, self.exact)

    def encoder(self):
        """Return the function from raw words (B,) to ``{"word": (B,) int32}``; 0 is the unknown."""
        number = vocabulary.numberer(self.words, self.num_buckets, first=1)

        def encode(raw):
            return {"word": number(self._small(raw))}

        encode.table = number.table
        return encode

    def raw_specs(self):
        """Return what an exported model takes: words (B,)."""
        import tensorflow as tf

        return {"serve": tf.TensorSpec((None,), tf.string, name="word")}

    def shown(self, raw):
        """Return what an answer repeats of its raw value: nothing."""
        return {}

    def tensors(self):
        """Return the model's inputs, ``{"word": (B,) int32}``."""
        import keras

        return {"word": keras.Input((), dtype="int32", name="word")}

    @property
    def num_words(self):
        """Rows of the embedding: the unknown, and the vocabulary or the hash table."""
        return 1 + (len(self.words) or self.num_buckets)

    def stem(self, numbers):
        """Return the word's learned vector (B, D); they begin near zero, as in word2vec."""
        import keras

        start = keras.initializers.RandomUniform(-0.5 / self.embedding, 0.5 / self.embedding)
        return keras.layers.Embedding(self.num_words, self.embedding, start, name="stem_vectors")(numbers["word"])

    def handmade(self, numbers, kind):
        """Return the number of the word (B,) int32."""
        from keras import layers

        return layers.Identity(dtype="int32", name="stem_word")(numbers["word"])

    def vectors(self, model):
        """Return the words of the vocabulary and their learned vectors (V, D) float32.

        Raises:
            ValueError: the model has no such vectors, or no vocabulary says whose they are.
        """
        import numpy as np

        found = [layer for layer in model.layers if layer.name == "stem_vectors"]
        if not found:
            raise ValueError(f"{model.name} reads the number of a word and has no vectors")
        if not self.words:
            raise ValueError(f"{model.name} hashes words and does not know them: learn a vocabulary (min_count=1)")
        return self.words, np.asarray(found[0].embeddings, "float32")[1:]

    def problems(self, x):
        """Yield (found, expected, fix) for a raw value that is no word."""
        if not isinstance(x, bytes):
            yield f"{type(x).__name__} {x!r:.40}", "one word, a string", "give one word for each example"
        elif not x.strip():
            yield "an empty word", "a word of one character or more", "leave the example out"
        elif bad := list(vocabulary.undecodable(x)):
            yield from bad
        elif len(x.decode("utf-8").split()) > 1:
            yield f"{x.decode('utf-8')!r}", "one word", "part it at the spaces, or join it with _"

    def sample(self, rng, n, num_kinds):
        """Return `n` words out of two invented ones for each kind, and the kinds."""
        kinds = rng.integers(num_kinds, size=n)
        stems = rng.choice(["ba", "du"], size=n)
        return [f"{stem}{chr(97 + k % 26)}{k // 26 or ''}".encode() for stem, k in zip(stems, kinds)], kinds

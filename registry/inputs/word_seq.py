"""The input domain `word_seq`: a sentence as a sequence of words, each also as its characters, or of characters.

Shapes: B batch, T words, C characters of a word.
"""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.inputs import tokens, vocabulary


def uniform(size):
    """Return the initializer of vectors of length near 1, whatever their size."""
    import keras

    return keras.initializers.RandomUniform(-((3 / size) ** 0.5), (3 / size) ** 0.5)


@dataclass(frozen=True)
class WordSeq:
    """Words (T,) as strings, or one string that is split into words.

    Args:
        words: the vocabulary, lower-cased; where it is empty words are hashed into `num_buckets` (open vocabulary).
        unit: "word", or "character" where the characters of a string are its words; spaces are left out.
        exact: with unit "character", every character stands for itself, capitals, spaces and line ends too.
        keep_spaces: with unit "character", spaces between words are a character of their own, "▁".
        letters: with unit "character", each syllable of Hangul is read as its letters.
        num_buckets: size of the hash table used without a vocabulary.
        min_count: learn a vocabulary of the words seen this often in the training part; 0 keeps hashing.
        embedding: size of the learned word vectors.
        max_chars: characters kept of a word; longer words keep both ends.
        char_buckets: code points are hashed into so many character vectors.
        char_filters: filters of each width of the character network; 0 leaves it out.
        affix: size of the vector of each beginning and ending of 1 to 4 characters.
        gram: size of the mean vector of a word's n-grams of 3 to 5 characters; with unit "character", of the vectors of
            the pair and of the triple of characters that end at each.
        word_dropout: rate at which known words are hidden while training, so that unknown ones are learned.
    """

    name: ClassVar[str] = "word_seq"
    gives: ClassVar[str] = "sequence"
    length_is: ClassVar[str] = "words"
    longest: ClassVar[int] = 512
    handmade_is: ClassVar[dict] = {"ids": "word, affixes, shape and neighbours of each word (Ratnaparkhi 1996)",
                                   "ngrams": "words and pairs of words that stand in the text, hashed",
                                   "contexts": "the last words or characters up to each, hashed"}
    stem_is: ClassVar[str] = "learned vectors of words and their parts, a network over characters"
    encode_is: ClassVar[str] = "words to ids, characters to code points"
    positive: ClassVar[tuple] = ("num_buckets", "embedding", "max_chars", "char_buckets")
    choices: ClassVar[dict] = {"unit": ("word", "character")}

    words: tuple = ()
    unit: str = "word"
    keep_spaces: bool = False
    exact: bool = False
    letters: bool = False
    num_buckets: int = 20_000
    min_count: int = 0
    embedding: int = 100
    max_chars: int = 20
    char_buckets: int = 1024
    char_filters: int = 32
    affix: int = 32
    gram: int = 64
    word_dropout: float = 0.1

    @property
    def needs_adapting(self):
        return self.min_count > 0 and not self.words

    def adapt(self, values):
        """Return the domain with the vocabulary of the raw training values, most frequent word first."""
        return replace(self, words=vocabulary.learned(values, self._words, self.min_count))

    def _words(self, values):
        """Return the words of raw values in a row, as the vocabulary has them."""
        import numpy as np

        whole = getattr(values[0], "ndim", 0) == 0
        words = self.tokenise(values).values if whole else np.concatenate(values)
        return vocabulary.lowered(words, self.exact)

    def tokenise(self, sentences):
        """Split strings (B,) into words or characters, ragged (B, T)."""
        if self.unit == "word":
            return tokens.words(sentences)
        return tokens.characters(tokens.letters(sentences) if self.letters else sentences, self.exact, self._space)

    @property
    def _space(self):
        return "▁" if self.keep_spaces else ""

    def encoder(self):
        """Return the function from raw sentences (B,), or words (B, T) padded with "", to
        ``{"words": (B, T) int32, "chars": (B, T, C) int32}``."""
        import tensorflow as tf

        number = vocabulary.numberer(self.words, self.num_buckets, first=2)  # 0 is padding, 1 the unknown

        def encode(raw):
            words = self.tokenise(raw).to_tensor("") if raw.shape.rank == 1 else raw
            shape = tf.shape(words)
            flat = tf.reshape(words, (-1,))
            ids = tf.where(flat == "", 0, number(vocabulary.lowered(flat, self.exact)))
            chars = tokens.code_points(flat, self.max_chars)
            return {"words": tf.reshape(ids, shape),
                    "chars": tf.reshape(chars, tf.concat([shape, [self.max_chars]], 0))}

        encode.table = number.table
        return encode

    def raw_specs(self):
        """Return what an exported model takes: sentences (B,), or words (B, T) padded with ""."""
        import tensorflow as tf

        return {"serve": tf.TensorSpec((None,), tf.string, name="sentence"),
                "serve_words": tf.TensorSpec((None, None), tf.string, name="words")}

    def shown(self, raw):
        """Return what an answer repeats of its raw value: the words (B, T), padded with ""."""
        return {"words": self.tokenise(raw).to_tensor("") if raw.shape.rank == 1 else raw}

    def tensors(self):
        """Return the model's inputs, ``{"words": (B, T) int32, "chars": (B, T, C) int32}``."""
        import keras

        return {"words": keras.Input((None,), dtype="int32", name="words"),
                "chars": keras.Input((None, self.max_chars), dtype="int32", name="chars")}

    @property
    def num_words(self):
        """Rows of the embedding: padding, unknown, and the vocabulary or the hash table."""
        return 2 + (len(self.words) or self.num_buckets)

    def stem(self, numbers):
        """Return learned features (B, T, D): vectors of each word and its parts, a network over its characters; of a
        character, which has no parts, and those that it ends."""
        from keras import layers

        from zoo.layers.char_cnn import CharCNN
        from zoo.layers.embedding import Embedding
        from zoo.layers.grams import Grams
        from zoo.layers.subwords import Subwords
        from zoo.layers.word_dropout import WordDropout

        ids = WordDropout(self.word_dropout, name="stem_word_dropout")(numbers["words"])
        words = Embedding(self.num_words, self.embedding, uniform(self.embedding), mask_zero=True,
                          name="stem_words")(ids)
        if self.unit == "character":
            grams = [Grams(self.gram, name="stem_grams")(ids)] if self.gram else []
            return layers.Concatenate(name="stem_features")([words, *grams]) if grams else words
        parts = [words, Subwords(self.affix, self.gram, name="stem_subwords")(numbers["chars"])]
        if self.char_filters:
            chars = CharCNN(buckets=self.char_buckets, filters=self.char_filters, name="stem_chars")
            parts.insert(1, chars(numbers["chars"]))
        return layers.Concatenate(name="stem_features")(parts)

    def handmade(self, numbers, kind):
        """Return hashed features that are on: "ids" (B, T, F) int32 of each word, "ngrams" (B, N) of the text, or
        "contexts" (B, T, N), the last words up to each."""
        from zoo.layers.contexts import Contexts
        from zoo.layers.ngrams import NGrams
        from zoo.layers.word_features import WordFeatures

        if kind == "ngrams":
            return NGrams(name="stem_ngrams")(numbers["chars"])
        if kind == "contexts":
            return Contexts(name="stem_contexts")(numbers["words"])
        return WordFeatures(name="stem_word_features")([numbers["words"], numbers["chars"]])

    def length(self, x):
        """Return how many words a raw value has; of a whole string, by its spaces."""
        return len(self.words_of(x))

    def words_of(self, x):
        """Return the words of a raw value; of a whole string, what spaces part, or its characters."""
        if getattr(x, "ndim", 0):
            return x
        text = x.decode("utf-8", "replace")
        text = tokens.letters_of(text) if self.letters else text
        if self.exact:
            return text
        words = text.split()
        return words if self.unit == "word" else self._space.join(words)

    def problems(self, x):
        """Yield (found, expected, fix) for a raw value without words."""
        words = [x] if getattr(x, "ndim", 0) == 0 else list(x)
        if not words or not any(w if self.exact else w.strip() for w in words):
            yield "no words", "at least one word", "leave the example out"
        elif any(w == b"" for w in words):
            yield f"an empty word at position {words.index(b'')}", "words of one character or more", "remove it"
        else:
            for i, word in enumerate(words):
                yield from vocabulary.undecodable(word, f" at position {i}")

    def sample(self, rng, n, num_kinds):
        """Return `n` sentences of 3–9 invented words, and the kind of each word, told by its ending."""
        import numpy as np

        lengths = rng.integers(3, 10, size=n)
        kinds = [rng.integers(num_kinds, size=t) for t in lengths]
        stems = [rng.choice(list("bdfgklmnprst"), size=(t, 2)) for t in lengths]
        words = [[a + "o" + b + "aeiou"[k % 5] + chr(97 + k // 5) for (a, b), k in zip(s, ks)]
                 for s, ks in zip(stems, kinds)]
        return [np.array([w.encode() for w in sentence], dtype=object) for sentence in words], kinds

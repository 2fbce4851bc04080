"""Learned vectors of parts of words: beginnings, endings and n-grams of characters, hashed (Bojanowski et al. 2017,
https://aclanthology.org/Q17-1010), so that unknown words share what known ones taught.

Shapes: B batch, T words, C characters of a word, W words in a row, G n-grams of a word.
"""

import keras
import numpy as np
from keras import layers, ops

from zoo.layers import word_features as hashing
from zoo.layers.char_cnn import each_once, pays

GRAMS = (3, 4, 5)
SIGNS = 32  # combinations of initial capital, all capitals, digit, hyphen and other mark


@keras.saving.register_keras_serializable("zoo")
class Subwords(layers.Layer):
    """Code points (B, T, C) int32, 0 at padding, to features (B, T, 8·affix + gram + 8); masks empty words.

    Args:
        affix: size of the vector of each prefix and suffix of 1 to 4 characters; 0 for none.
        gram: size of the mean vector of the n-grams of 3 to 5 characters; 0 for none.
        affix_buckets, gram_buckets: rows of the hash tables.
    """

    def __init__(self, affix=32, gram=64, affix_buckets=2**15, gram_buckets=2**14, **options):
        super().__init__(**options)
        self.affix, self.gram = int(affix), int(gram)
        self.affix_buckets, self.gram_buckets = int(affix_buckets), int(gram_buckets)

        def table(rows, size, name):
            spread = keras.initializers.RandomUniform(-((3 / size) ** 0.5), (3 / size) ** 0.5)
            return layers.Embedding(rows, size, spread, name=name, dtype=self.dtype_policy)

        self.affixes = table(self.affix_buckets, self.affix, "affixes") if affix else None
        self.grams = table(self.gram_buckets, self.gram, "grams") if gram else None
        self.signs = table(SIGNS + 1, 8, "signs")
        self.once = pays()
        self.supports_jit = not self.once

    def build(self, input_shape):
        for layer in (self.affixes, self.grams, self.signs):
            if layer is not None:
                layer.build((None,))

    def call(self, chars):
        length, places = ops.shape(chars)[1], chars.shape[-1]
        words = ops.reshape(chars, (-1, places))  # (W, C)
        features = each_once(self._encode, words) if self.once else self._encode(words)
        return ops.reshape(features, (-1, length, self._size()))

    def _size(self):
        return 8 * self.affix + self.gram + 8

    def _encode(self, words):
        """Return features (W, 8·affix + gram + 8) of code points (W, C)."""
        lower = hashing.lower_case(words)
        length = ops.sum(ops.cast(words > 0, "int32"), axis=-1)
        parts = [self.signs(hashing.together(hashing.signs_of(words))[0])]
        if self.affixes is not None:
            vectors = self.affixes(_affix_ids(lower, length, self.affix_buckets))  # (W, 8, affix)
            parts.append(ops.reshape(vectors, (-1, 8 * self.affix)))
        if self.grams is not None:
            ids = _gram_ids(lower, length, self.gram_buckets)
            real = ops.cast(ops.expand_dims(ids > 0, -1), self.compute_dtype)
            total = ops.sum(self.grams(ids) * real, axis=1)
            parts.append(2 * total / ops.maximum(ops.sum(real, axis=1), 1))
        return ops.concatenate(parts, axis=-1)

    def compute_mask(self, chars, mask=None):
        return ops.any(chars > 0, axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], self._size())

    def get_config(self):
        names = ("affix", "gram", "affix_buckets", "gram_buckets")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _affix_ids(lower, length, buckets):
    """Return ids (W, 8) of the prefixes and suffixes of 1 to 4 characters; 0 where the word is shorter."""
    suffixes = hashing.suffixes_of(lower, length)
    ids = []
    for n in range(1, hashing.AFFIX + 1):
        for kind, chars in enumerate((lower[..., :n], suffixes[..., hashing.AFFIX - n :])):
            ids.append(ops.where(length >= n, _bucket(hashing.hash_of(chars), 2 * n + kind, buckets), 0))
    return ops.stack(ids, axis=-1)


def _gram_ids(lower, length, buckets):
    """Return ids (W, G) of the n-grams of a word between marks of its beginning and end; 0 beyond it."""
    places = np.arange(lower.shape[-1] + 2, dtype="int32")
    padded = ops.pad(lower, ((0, 0), (1, 1)))
    marked = ops.where(places == ops.expand_dims(length, -1) + 1, 3, padded)  # 2 word 3
    marked = ops.where(places == 0, 2, marked)
    ids = []
    for n in GRAMS:
        windows = ops.stack([marked[:, i : marked.shape[1] - n + 1 + i] for i in range(n)], axis=-1)  # (W, G, n)
        inside = places[: windows.shape[1]] + n <= ops.expand_dims(length, -1) + 2
        ids.append(ops.where(inside, _bucket(hashing.hash_of(windows), n, buckets), 0))
    return ops.concatenate(ids, axis=-1)


def _bucket(pair, salt, buckets):
    first, second = pair
    mixed = (first + 7919 * salt) % hashing.PRIMES[0]
    return 1 + (mixed * hashing.PRIMES[1] + second) % (buckets - 1)

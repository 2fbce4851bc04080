"""Words and n-grams of words of a text as hashed switches (Weinberger et al. 2009, https://arxiv.org/abs/0902.2206).

Shapes: B batch, T words, C characters of a word, N n-grams of a text.
"""
import keras
from keras import layers, ops

from zoo.layers import word_features as hashing


@keras.saving.register_keras_serializable("zoo")
class NGrams(layers.Layer):
    """Code points of words (B, T, C) int32, 0 at padding, to the ids of the text's n-grams (B, N) int32, from 1
    to about 2^31, 0 for none; whoever takes them folds them into as many as it has.

    Words are lower-cased. An n-gram that stands twice in a text is on once (Wang & Manning 2012,
    https://aclanthology.org/P12-2018).

    Args:
        longest: n-grams of 1 to so many words; those that begin before or end behind the text hold a mark for it.
    """

    def __init__(self, longest=2, **options):
        super().__init__(**options)
        self.longest = int(longest)
        if self.longest < 1:
            raise ValueError(f"received longest={longest}: expected at least 1")

    def call(self, chars):
        chars = ops.pad(chars, ((0, 0), (0, 1), (0, 0)))  # room for the mark behind the last word
        real = ops.any(chars > 0, axis=-1)
        word = tuple(ops.where(real, value, 0) for value in hashing.hash_of(hashing.lower_case(chars)))
        grams, ids = word, [self._ids(word, 1, real)]
        near = ops.logical_or(real, hashing.shift(ops.cast(real, "int32"), -1) > 0)
        for n in range(2, self.longest + 1):
            grams = hashing.pair(tuple(hashing.shift(value, -1) for value in grams), word)
            ids.append(self._ids(grams, n, near))
        return distinct(ops.concatenate(ids, axis=-1))

    def _ids(self, values, n, on):
        first, second = values
        mixed = (first + 7919 * n) % hashing.PRIMES[0]
        return ops.where(on, 1 + mixed * hashing.PRIMES[1] + second, 0)

    def compute_output_shape(self, input_shape):
        return input_shape[0], None

    def get_config(self):
        return {**super().get_config(), "longest": self.longest}


def distinct(ids):
    """Return ids (B, N) in ascending order, 0 in the place of each that repeats the one before."""
    ids = ops.sort(ids, axis=-1)
    before = ops.pad(ids, ((0, 0), (1, 0)))[:, :-1]
    return ops.where(ids == before, 0, ids)

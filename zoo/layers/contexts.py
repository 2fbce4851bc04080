"""The last words of a text up to each place, hashed, as an n-gram model looks them up. Shapes: B batch, T words,
N contexts of a place.
"""
import keras
from keras import layers, ops

from zoo.layers import word_features as hashing


@keras.saving.register_keras_serializable("zoo")
class Contexts(layers.Layer):
    """Words (B, T) int32, 0 at padding, to ids of the last 0, 1, … words up to each (B, T, N) int32 below 2^31; 0 where
    the text is shorter. The empty context is 1.

    Args:
        longest: words of the longest context, N - 1.
    """

    def __init__(self, longest=6, **options):
        super().__init__(**options)
        self.longest = int(longest)

    def call(self, words):
        word = tuple(words % prime for prime in hashing.PRIMES)
        real = words > 0
        ids, context = [ops.cast(real, "int32")], word
        for n in range(1, self.longest + 1):
            whole = real if n == 1 else hashing.shift(ops.cast(real, "int32"), -(n - 1)) > 0
            ids.append(ops.where(ops.logical_and(whole, real), identity(context, n), 0))
            context = hashing.pair(tuple(hashing.shift(value, -1) for value in context), word)
        return ops.stack(ids, axis=-1)

    def compute_output_shape(self, input_shape):
        return *input_shape, self.longest + 1

    def get_config(self):
        return {**super().get_config(), "longest": self.longest}


def identity(values, salt):
    """Return one id from 2 to 2^31 - 1 for two remainders."""
    first, second = values
    return 2 + ((first + 7919 * salt) % hashing.PRIMES[0]) * hashing.PRIMES[1] + second

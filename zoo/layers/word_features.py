"""Hand-made features of words for tagging (Ratnaparkhi 1996, https://aclanthology.org/W96-0213), hashed (Weinberger
et al. 2009, https://arxiv.org/abs/0902.2206).

A feature is a template, such as "the last three characters", with its value. Hashes are two polynomials modulo small
primes, so that every product fits in int32 and each platform and backend computes the same ids.

Shapes: B batch, T words, C characters of a word, F features.
"""

import keras
import numpy as np
from keras import layers, ops

PRIMES = (46337, 46327)  # the largest whose product, like all products of remainders, is below 2^31
BASES = (263, 1009)
AFFIX = 4


@keras.saving.register_keras_serializable("zoo")
class WordFeatures(layers.Layer):
    """Words (B, T) and their characters (B, T, C) to ids of the features that are on (B, T, F) int32, 0 for none.

    Of each word: itself, lower-cased, its prefixes and suffixes of 1 to 4 characters (lower-cased), initial capital,
    the same at the start of a sentence, all capitals, a digit, a hyphen, its length up to 12 and all these signs
    together. Of its neighbours: the lower-cased words at -2, -1, +1 and +2, their suffixes of 3 characters, the
    signs of the next on either side, and five pairs of words. Beyond the ends of the sentence stands a word of its own.

    Args:
        num_buckets: ids are hashed into 1 … num_buckets - 1.
        neighbours: give the features of the neighbours too.

    Takes the list [words, chars], both int32 and 0 at padding; characters are Unicode code points, and words that
    were cut keep both ends. Masks padding.
    """

    def __init__(self, num_buckets=2**17, neighbours=True, **options):
        super().__init__(**options)
        self.num_buckets, self.neighbours = int(num_buckets), bool(neighbours)
        if self.num_buckets < 2:
            raise ValueError(f"received num_buckets={num_buckets}: expected at least 2")
        self.supports_masking = True

    def call(self, inputs):
        words, chars = inputs
        real = words != 0
        chars = ops.where(ops.expand_dims(real, -1), chars, 0)
        lower, signs = lower_case(chars), signs_of(chars)
        length = ops.sum(ops.cast(chars > 0, "int32"), axis=-1)
        suffixes = suffixes_of(lower, length)
        features = [(hash_of(chars), real), (hash_of(lower), real)]
        for n in range(1, AFFIX + 1):
            features.append((hash_of(lower[..., :n]), length >= n))
            features.append((hash_of(suffixes[..., AFFIX - n :]), length >= n))
        features += _shape_features(signs, length, real)
        if self.neighbours:
            features += _neighbour_features(hash_of(lower), hash_of(suffixes[..., 1:]), together(signs), real)
        ids = buckets([value for value, _ in features], self.num_buckets)
        on = ops.stack([ops.logical_and(on, real) for _, on in features], axis=-1)
        return ops.where(on, ids, 0)

    def compute_mask(self, inputs, mask=None):
        return inputs[0] != 0

    def get_config(self):
        return {**super().get_config(), "num_buckets": self.num_buckets, "neighbours": self.neighbours}


def buckets(values, num_buckets):
    """Hash pairs of remainders, F times (B, …), with the number of their template into ids (B, …, F) int32, from 1."""
    mixed = []
    for side, prime in enumerate(PRIMES):
        factors = np.array([pow(BASES[side], i + 2, prime) for i in range(len(values))], "int32")
        mixed.append((ops.stack([v[side] for v in values], axis=-1) * factors + factors // 2) % prime)
    return 1 + (mixed[0] * PRIMES[1] + mixed[1]) % (num_buckets - 1)


def hash_of(chars):
    """Return two remainders (B, T) for code points (B, T, n); 0 for no characters."""
    powers = [np.array([pow(base, i, p) for i in range(chars.shape[-1])], "int32") for base, p in zip(BASES, PRIMES)]
    return tuple(ops.sum(chars % p * w % p, axis=-1) % p for w, p in zip(powers, PRIMES))


def _between(chars, *ranges):
    inside = [ops.logical_and(chars >= first, chars <= last) for first, last in ranges]
    return sum(ops.cast(x, "int32") for x in inside) > 0


def _upper(chars):
    """Latin-1, Greek and Cyrillic capitals."""
    return _between(chars, (65, 90), (192, 214), (216, 222), (913, 937), (1024, 1071))


def lower_case(chars):
    """Return code points with Latin-1, Greek and Cyrillic capitals made small."""
    lowered = chars + ops.where(_between(chars, (1024, 1039)), 80, 32)
    return ops.where(_upper(chars), lowered, chars)


def suffixes_of(chars, length):
    """Return the last characters (B, T, 4), with 0 before the beginning of shorter words."""
    places = ops.expand_dims(length, -1) + np.arange(-AFFIX, 0, dtype="int32")
    taken = ops.take_along_axis(chars, ops.maximum(places, 0), axis=-1)
    return ops.where(places >= 0, taken, 0)


def signs_of(chars):
    """Return initial capital, all capitals, digit, hyphen and other mark, (B, T) bool each."""
    capitals, digits = _upper(chars), _between(chars, (48, 57))
    hyphens = _between(chars, (45, 45), (8208, 8213))
    marks = _between(chars, (33, 44), (46, 47), (58, 64), (91, 96), (123, 191), (8214, 8303))
    small = ops.logical_and(chars > 0, ops.logical_not(capitals | digits | hyphens | marks))
    no_small = ops.logical_not(ops.any(small, axis=-1))
    all_capitals = ops.logical_and(ops.sum(ops.cast(capitals, "int32"), axis=-1) > 1, no_small)
    return (capitals[..., 0], all_capitals, *(ops.any(x, axis=-1) for x in (digits, hyphens, marks)))


def together(signs):
    """Return the signs as one number from 1 up, as a pair of remainders."""
    code = 1 + sum(ops.cast(sign, "int32") * 2**i for i, sign in enumerate(signs))
    return code, code


def _shape_features(signs, length, real):
    starts = ops.logical_and(signs[0], shift(ops.cast(real, "int32"), -1) == 0)
    always = (ops.ones_like(length), ops.ones_like(length))
    short = ops.minimum(length, 12)
    switches = [(always, on) for on in (signs[0], starts, signs[1], signs[2], signs[3])]
    return [*switches, ((short, short), real), (together(signs), real)]


def shift(x, by):
    """Return what stands `by` words on, (B, T); 0 beyond the ends."""
    if by > 0:
        return ops.pad(x, ((0, 0), (0, by)))[:, by:]
    return ops.pad(x, ((0, 0), (-by, 0)))[:, :by]


def pair(a, b):
    """Return the hash of two values in a row, each a pair of remainders (B, T)."""
    return tuple((x * 31337 % prime + y) % prime for x, y, prime in zip(a, b, PRIMES))


def _neighbour_features(word, suffix, signs, real):
    signs = tuple(ops.where(real, x, 0) for x in signs)

    def at(value, by):
        return tuple(shift(x, by) for x in value)

    near = {by: at(word, by) for by in (-2, -1, 1, 2)} | {0: word}
    pairs = [(-1, 0), (0, 1), (-1, 1), (-2, -1), (1, 2)]
    values = [near[by] for by in (-2, -1, 1, 2)] + [at(suffix, by) for by in (-2, -1, 1, 2)]
    values += [at(signs, -1), at(signs, 1)] + [pair(near[a], near[b]) for a, b in pairs]
    return [(value, real) for value in values]

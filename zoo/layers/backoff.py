"""Probabilities of an n-gram model with Kneser–Ney smoothing, looked up in sorted tables (Chen & Goodman 1999,
https://doi.org/10.1006/csla.1999.0128, its modified form). Shapes: B batch, T words, N contexts, K names, C entries.
"""
import keras
import numpy as np
from keras import layers, ops

from zoo.layers.word_features import PRIMES

NONE = 2**31 - 1  # the key of an empty entry, behind all others


@keras.saving.register_keras_serializable("zoo")
class Backoff(layers.Layer):
    """Contexts (B, T, N) int32 from short to long to log-probabilities of names (B, T, K), with a learned bias.

    Args:
        num_scores: K.
        capacity: entries of each order's table, C; the rarest n-grams beyond are left out.

    The tables are empty, and every name as likely, until `fill`.
    """

    def __init__(self, num_scores, capacity, **options):
        super().__init__(**options)
        self.num_scores, self.capacity = int(num_scores), int(capacity)

    def build(self, input_shape):
        shape = input_shape[-1], self.capacity
        for name in ("grams", "contexts"):
            setattr(self, name, self.add_weight(shape=shape, initializer=keras.initializers.Constant(NONE),
                                                dtype="int32", trainable=False, name=name))
        self.shares = self.add_weight(shape=shape, initializer="zeros", trainable=False, dtype="float32", name="shares")
        self.rests = self.add_weight(shape=shape, initializer="ones", trainable=False, dtype="float32", name="rests")
        self.bias = self.add_weight(shape=(self.num_scores,), initializer="zeros", name="bias")

    def call(self, ids):
        names = ops.arange(self.num_scores, dtype="int32")
        likely = ops.full((1, 1, self.num_scores), 1 / self.num_scores, dtype="float32")
        for order in range(ids.shape[-1]):
            context = ids[..., order : order + 1]  # (B, T, 1)
            share = found(self.grams[order], self.shares[order], joined(context, names), 0.0)
            rest = found(self.contexts[order], self.rests[order], context, 1.0)
            likely = ops.where(context > 0, share + rest * likely, likely)
        return ops.log(likely) + self.bias

    def compute_output_shape(self, input_shape):
        return *input_shape[:-1], self.num_scores

    def get_config(self):
        return {**super().get_config(), "num_scores": self.num_scores, "capacity": self.capacity}

    def fill(self, contexts, names):
        """Count the n-grams of a text.

        Args:
            contexts: ids (n, N) of the contexts of each place.
            names: what follows each, (n,) int.
        """
        tables = [np.full(self.grams.shape, NONE, "int32"), np.zeros(self.shares.shape, "float32"),
                  np.full(self.contexts.shape, NONE, "int32"), np.ones(self.rests.shape, "float32")]
        for order in range(contexts.shape[1]):
            longer = contexts[:, order + 1] if order + 1 < contexts.shape[1] else None
            rows = kneser_ney(contexts[:, order], names, longer)
            for (keys, values), at in ((rows[0], 0), (rows[1], 2)):
                keys, values = keys[: self.capacity], values[: self.capacity]
                by_key = np.argsort(keys, kind="stable")
                tables[at][order, : len(keys)] = keys[by_key]
                tables[at + 1][order, : len(keys)] = values[by_key]
        for variable, table in zip((self.grams, self.shares, self.contexts, self.rests), tables):
            variable.assign(table)


def found(keys, values, wanted, otherwise):
    """Return the values of wanted keys in a sorted table (C,), `otherwise` where there is none."""
    keys, values = ops.convert_to_tensor(keys), ops.convert_to_tensor(values)
    flat = ops.reshape(wanted, (-1,))
    places = ops.minimum(ops.searchsorted(keys, flat), keys.shape[0] - 1)
    hit = ops.where(ops.take(keys, places) == flat, ops.take(values, places), otherwise)
    return ops.reshape(hit, ops.shape(wanted))


def joined(contexts, names):
    """Return ids of contexts (…, 1) each with a name (K,), (…, K) int32; works on arrays and tensors."""
    first = (contexts % PRIMES[0] * 263 + names * 7919 % PRIMES[0]) % PRIMES[0]
    second = (contexts % PRIMES[1] * 1009 + names) % PRIMES[1]
    return 2 + first % (PRIMES[0] - 1) * PRIMES[1] + second


def kneser_ney(contexts, names, longer=None):
    """Return ((ids of n-grams, their discounted shares), (ids of contexts, what these leave to shorter ones)), each
    with the most frequent first.

    Args:
        contexts: ids (n,) of the context at each place; 0 where there is none.
        names: what follows (n,).
        longer: ids (n,) of the contexts that are longer by one word: then not places but these are counted.
    """
    on = contexts > 0
    contexts, names = contexts[on].astype("int64"), names[on].astype("int64")
    pairs = contexts * (names.max(initial=0) + 1) + names
    if longer is not None:
        _, first = np.unique(np.stack([longer[on].astype("int64"), names]), axis=1, return_index=True)
        pairs, contexts, names = pairs[first], contexts[first], names[first]
    _, first, counts = np.unique(pairs, return_index=True, return_counts=True)
    contexts, names = contexts[first], names[first]
    taken = discounts(counts)[np.minimum(counts, 3)]
    whole, of = np.unique(contexts, return_inverse=True)
    total, given = np.bincount(of, counts), np.bincount(of, taken)
    often, most = np.argsort(-counts, kind="stable"), np.argsort(-total, kind="stable")
    grams = joined(contexts.astype("int32"), names.astype("int32"))
    return (grams[often], ((counts - taken) / total[of])[often]), (whole.astype("int32")[most], (given / total)[most])


def discounts(counts):
    """Return what is taken from counts of 0, 1, 2, and 3 or more, (4,)."""
    n1, n2, n3, n4 = (max(int((counts == i).sum()), 1) for i in range(1, 5))
    y = n1 / (n1 + 2 * n2)
    return np.clip([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3], 0, [0, 1, 2, 3])

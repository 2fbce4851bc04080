"""The input domain `click_log`, items: what one user clicked, bought or visited.

Shapes: B batch, T items, D features.
"""
from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import ClassVar

from registry.errors import UserError
from registry.inputs import vocabulary
from registry.inputs.word_seq import uniform

LETTERS = tuple(ascii_lowercase)


@dataclass(frozen=True)
class ClickItems:
    """The items of one user, an array of strings (T,).

    Args:
        items: the catalogue, the most frequent first; learned from the training part where it is empty. An item that is
            not in it counts as the unknown, and all unknown ones of a user as one.
        ordered: they stand in the order in which they came, and may come again. Else they are a set: they are read the
            most frequent first, in whatever order they are given.
        min_count: items seen less often than this in the training part are the unknown.
        max_items: the largest catalogue; each item is scored each time.
        max_length: how many items of a user are read: the last of a sequence, the rarest of a set.
        embedding: size of the learned vectors, D.
        item_dropout: rate at which items are read as the unknown while training, so that its vector is learned too.
    """

    name: ClassVar[str] = "click_log"
    form: ClassVar[str] = "items"
    gives: ClassVar[str] = "sequence"
    length_is: ClassVar[str] = "items"
    longest: ClassVar[int] = 512
    handmade_is: ClassVar[dict] = {"items": "which items the user has"}
    stem_is: ClassVar[str] = "a learned vector of each item"
    encode_is: ClassVar[str] = "items to their numbers in the catalogue"
    positive: ClassVar[tuple] = ("min_count", "max_items", "max_length", "embedding")
    overlapping: ClassVar[str] = "users, each of whom is several examples"
    repeats: ClassVar[bool] = True  # many users have the same few items

    items: tuple = LETTERS
    ordered: bool = False
    min_count: int = 1
    max_items: int = 20_000
    max_length: int = 200
    embedding: int = 64
    item_dropout: float = 0.02

    @property
    def needs_adapting(self):
        return not self.items

    def adapt(self, values):
        """Return the domain with the catalogue of the raw training values, the most frequent item first.

        Raises:
            UserError: it is larger than `max_items`.
        """
        import numpy as np
        import tensorflow as tf

        return self.with_items(vocabulary.learned(values, lambda rows: tf.constant(np.concatenate(rows)),
                                                  self.min_count))

    def with_items(self, items):
        """Return the domain with a catalogue; see `adapt`."""
        if len(items) > self.max_items:
            raise UserError(f"found {len(items)} different items, expected at most max_items={self.max_items}: leave "
                            f"out rare ones with --set min_count={self.min_count + 1} or more, or raise it, which "
                            f"takes memory and time.")
        return replace(self, items=tuple(items))

    def encoder(self):
        """Return the function from raw items (B, T), padded with "", to ``{"items": (B, T) int32}``: 0 is padding, 1
        the unknown."""
        import tensorflow as tf

        number = vocabulary.numberer(self.items or LETTERS, 0, first=2)

        def encode(raw):
            ids = tf.where(raw == "", 0, number(raw))
            ids = ids if self.ordered else _sorted_once(ids)
            kept = tf.RaggedTensor.from_tensor(ids, padding=0)[:, -self.max_length :].to_tensor()
            return {"items": tf.pad(kept, [[0, 0], [0, tf.maximum(1 - tf.shape(kept)[1], 0)]])}

        encode.table = number.table
        return encode

    def raw_specs(self):
        """Return what an exported model takes: items (B, T) padded with ""."""
        import tensorflow as tf

        return {"serve": tf.TensorSpec((None, None), tf.string, name="items")}

    def shown(self, raw):
        """Return what an answer repeats of its raw value: nothing."""
        return {}

    def tensors(self):
        """Return the model's inputs, ``{"items": (B, T) int32}``."""
        import keras

        return {"items": keras.Input((None,), dtype="int32", name="items")}

    @property
    def num_items(self):
        """Rows of the embedding: padding, the unknown, and the catalogue."""
        return 2 + len(self.items or LETTERS)

    def stem(self, numbers):
        """Return the learned vector of each item (B, T, D), masked where nothing stands."""
        from keras import layers

        from zoo.layers.word_dropout import WordDropout

        ids = WordDropout(self.item_dropout, name="stem_item_dropout")(numbers["items"])
        return layers.Embedding(self.num_items, self.embedding, uniform(self.embedding), mask_zero=True,
                                name="stem_items")(ids)

    def handmade(self, numbers, kind):
        """Return the numbers of the items (B, T) int32, 0 where nothing stands."""
        from keras import layers

        return layers.Identity(dtype="int32", name="stem_items")(numbers["items"])

    def given(self, numbers, names):
        """Return the items (B, T) int32 as places among the names of an output domain, from 2 on for the first of them.

        Raises:
            ValueError: the catalogue and the names differ.
        """
        items = self.items or LETTERS
        if tuple(names[: len(items)]) != tuple(items):
            raise ValueError("the catalogue of the input and the names of the output differ: adapt the framing, or "
                             "give both the same names")
        return numbers["items"]

    def length(self, x):
        """Return how many items a raw value has."""
        return len(x)

    def problems(self, x):
        """Yield (found, expected, fix) for a raw value without items, or with one twice in a set."""
        items = x.tolist() if getattr(x, "ndim", 0) == 1 else None
        if items is None or not all(isinstance(item, bytes) for item in items):
            yield f"{type(x).__name__} {x!r:.40}", "the items of a user, an array of strings", "give a list of strings"
        elif not items:
            yield "a user with no items", "at least one", "leave the user out"
        elif not all(item.strip() for item in items):
            yield f"an empty item at position {[bool(i.strip()) for i in items].index(False)}", "a name", "remove it"
        else:
            for i, item in enumerate(items):
                yield from vocabulary.undecodable(item, f" at position {i}")
            for item in [] if self.ordered else sorted({item for item in items if items.count(item) > 1}):
                yield (f"item {item.decode('utf-8', 'replace')!r} {items.count(item)} times in a set", "each item once",
                       "leave the others out, or set ordered=true where items come one after the other")

    def sample(self, rng, n, num_kinds):
        """Return `n` users and the kind of what they lack: each has the item behind it in the catalogue, and perhaps
        one or two of the three after that."""
        import numpy as np

        items, kinds = self.items or LETTERS, rng.integers(num_kinds, size=n)
        places = [(max(int(kind) - 1, 0) + np.append(1, 2 + rng.permutation(3)[: rng.integers(3)])) % len(items)
                  for kind in kinds]
        return [np.array([items[i].encode() for i in dict.fromkeys(row)], dtype=object) for row in places], kinds


def _sorted_once(ids):
    """Return each row of ids (B, T) in order, every id once, with 0 behind the end."""
    import tensorflow as tf

    ids = _upwards(ids)
    again = tf.pad(ids[:, 1:] == ids[:, :-1], [[0, 0], [1, 0]])[:, : tf.shape(ids)[1]]
    return _upwards(tf.where(again, 0, ids))


def _upwards(ids):
    import tensorflow as tf

    last = tf.where(ids == 0, ids.dtype.max, ids)
    last = tf.sort(last, axis=-1)
    return tf.where(last == ids.dtype.max, 0, last)

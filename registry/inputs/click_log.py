"""The input domain `click_log`: a row of fields, some with a number and some with one of many values.

Shapes: B batch, N numeric fields, C categorical fields with crosses, F = N + C.
"""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.errors import UserError
from registry.inputs import vocabulary
from registry.moments import moments

APART = "\x1f"  # between the parts of a cross; ASCII's unit separator
BINS = 20  # of a number


@dataclass(frozen=True)
class ClickLog:
    """A row of a log. A raw value is the texts of its fields, strings (F,): first `numeric`, then `categorical`, as a
    CSV file holds them. An empty text is a missing value.

    A category is hashed, or looked up in a vocabulary, where those outside of it are the unknown of their field, as is
    a missing one. A missing number, and one that is not finite, has a learned vector of its own.

    Args:
        numeric: names of the fields that hold a number.
        categorical: names of the fields that hold one of many values.
        crosses: pairs of categorical fields whose values together are a field more.
        num_buckets: size of each field's hash table, used without a vocabulary.
        min_count: learn a vocabulary of the values seen this often in the training part; 0 keeps hashing.
        max_words: learn at most so many values, of all fields together.
        words: the vocabulary, "NUMBER OF THE FIELD" APART "VALUE", most frequent first; learned where it is empty.
        embedding: size of the vector of a value, beside its weight.
        logarithm: numbers are taken to sign(x) log(1 + |x|), which suits counts and prices; off takes them as they are.
        mean, std: of each number after that, learned from the training part where empty.
    """

    name: ClassVar[str] = "click_log"
    gives: ClassVar[str] = "fields"
    handmade_is: ClassVar[dict] = {"switches": "a switch for each value of a field; numbers by the bin they fall into"}
    stem_is: ClassVar[str] = "a learned weight and vector of each value, and of each number's size and bin"
    encode_is: ClassVar[str] = "categories to their numbers by hash or vocabulary; numbers to their logarithms"
    positive: ClassVar[tuple] = ("num_buckets", "max_words", "embedding")
    repeats: ClassVar[bool] = True  # the same advertisement is shown to the same kind of people again and again

    numeric: tuple = ("price", "age", "views", "clicks")
    categorical: tuple = ("site", "device", "advertiser", "advertisement", "category", "city", "weekday", "hour")
    crosses: tuple = ()
    num_buckets: int = 20_000
    min_count: int = 0
    max_words: int = 1_000_000
    words: tuple = ()
    embedding: int = 16
    logarithm: bool = True
    mean: tuple = ()
    std: tuple = ()

    @property
    def fields(self):
        """The names of the fields in the order of a raw value."""
        return (*self.numeric, *self.categorical)

    @property
    def num_values(self):
        """Categorical fields with crosses, C."""
        return len(self.categorical) + len(self.crosses)

    @property
    def num_ids(self):
        """Rows of the table of values: an unknown for each field, then the vocabulary or the hash tables."""
        return self.num_values + (len(self.words) or self.num_values * self.num_buckets)

    @property
    def num_switches(self):
        """Switches of hand-made features: all values, and the bins of all numbers."""
        return self.num_ids + len(self.numeric) * (BINS + 1)

    @property
    def needs_adapting(self):
        return (bool(self.numeric) and not self.mean) or (self.min_count > 0 and not self.words)

    def adapt(self, values):
        """Return the domain with mean and deviation of each number and, where it is wanted, the vocabulary."""
        from collections import Counter
        from itertools import islice

        import numpy as np

        values, counts = iter(values), Counter()

        def numbers():
            while some := list(islice(values, 1000)):
                rows = np.stack(some)
                if self.min_count:
                    counts.update(self._keys(rows).numpy().ravel().tolist())
                yield self._numbers(rows).numpy()

        mean, std = moments(numbers())
        return replace(self, mean=mean, std=std, words=self._learned(counts))

    def _learned(self, counts):
        counts = {key.decode("utf-8", "replace"): n for key, n in counts.items() if not key.endswith(APART.encode())}
        kept = sorted((key for key, n in counts.items() if n >= self.min_count), key=lambda key: (-counts[key], key))
        return tuple(kept[: self.max_words])

    def _numbers(self, raw):
        """Return the numbers (B, N) float32 of raw rows (B, F), NaN for what is missing or not finite."""
        import tensorflow as tf

        texts = tf.strings.strip(tf.convert_to_tensor(raw)[:, : len(self.numeric)])
        numbers = tf.strings.to_number(tf.where(texts == "", "nan", texts))
        numbers = tf.sign(numbers) * tf.math.log1p(tf.abs(numbers)) if self.logarithm else numbers
        return tf.where(tf.math.is_finite(numbers), numbers, float("nan"))

    def _values(self, raw):
        """Return the texts of the categorical fields and of the crosses (B, C); "" where a part is missing."""
        import tensorflow as tf

        texts = tf.strings.strip(tf.convert_to_tensor(raw)[:, len(self.numeric):])
        crossed = []
        for pair in self.crosses:
            a, b = (texts[:, self.categorical.index(name)] for name in pair)
            crossed.append(tf.where((a == "") | (b == ""), "", tf.strings.join([a, b], APART)))
        return tf.concat([texts, tf.stack(crossed, 1)], 1) if crossed else texts

    def _keys(self, raw):
        """Return what values are called in the vocabulary (B, C)."""
        import tensorflow as tf

        fields = tf.constant([f"{i}{APART}" for i in range(self.num_values)])
        return fields + self._values(raw)

    def encoder(self):
        """Return the function from raw rows (B, F) to ``{"ids": (B, C) int32, "numbers": (B, N) float32}``.

        A field without any such fields is left out. NaN stands for a missing number.
        """
        import tensorflow as tf

        count = self.num_values
        number = vocabulary.numberer(self.words, self.num_buckets, first=count if self.words else 0)

        def ids(raw):
            if self.words:
                found = number(self._keys(raw))
                return tf.where(found < count, tf.range(count), found)
            values, first = self._values(raw), count + self.num_buckets * tf.range(count)
            return tf.where(values == "", tf.range(count), first + number(values))

        def encode(raw):
            raw = tf.ensure_shape(raw, (None, len(self.fields)))
            return ({"ids": ids(raw)} if count else {}) | ({"numbers": self._numbers(raw)} if self.numeric else {})

        encode.table = number.table
        return encode

    def raw_specs(self):
        """Return what an exported model takes: the texts of fields (B, F)."""
        import tensorflow as tf

        return {"serve": tf.TensorSpec((None, len(self.fields)), tf.string, name="fields")}

    def shown(self, raw):
        """Return what an answer repeats of its raw value: nothing."""
        return {}

    def tensors(self):
        """Return the model's inputs, ``{"ids": (B, C) int32, "numbers": (B, N) float32}``.

        Raises:
            UserError: there are no fields, or a cross of other fields.
        """
        import keras

        if not self.fields:
            raise UserError("received a click_log without fields: name numeric or categorical ones.")
        for pair in self.crosses:
            if len(pair) != 2 or not set(pair) <= set(self.categorical):
                raise UserError(f"received the cross {pair}: expected two of {', '.join(self.categorical)}.")
        ids = {"ids": keras.Input((self.num_values,), dtype="int32", name="ids")} if self.num_values else {}
        return ids | ({"numbers": keras.Input((len(self.numeric),), name="numbers")} if self.numeric else {})

    @property
    def _scale(self):
        return {"mean": self.mean or (0.0,) * len(self.numeric), "std": self.std or (1.0,) * len(self.numeric)}

    def stem(self, numbers):
        """Return the weight and the vector of each field (B, F, 1 + D)."""
        from zoo.layers.fields import FieldVectors

        layer = FieldVectors(self.num_ids if self.num_values else 0, self.embedding, **self._scale, bins=BINS,
                             name="stem_fields")
        return layer(**numbers)

    def handmade(self, numbers, kind):
        """Return the numbers of the switches that are on (B, F) int32, from 1 on."""
        from keras import layers

        from zoo.layers.fields import NumberBins, Switches

        parts = [numbers["ids"]] if self.num_values else []
        if self.numeric:
            first = self.num_ids if self.num_values else 0
            parts.append(NumberBins(**self._scale, bins=BINS, first=first, name="stem_bins")(numbers["numbers"]))
        return Switches(name="stem_switches")(layers.Concatenate(name="stem_row")(parts) if parts[1:] else parts[0])

    def problems(self, x):
        """Yield (found, expected, fix) for a raw value that is no row of such fields."""
        if getattr(x, "shape", None) != (len(self.fields),):
            yield (f"{len(x) if hasattr(x, '__len__') else type(x).__name__} fields",
                   f"{len(self.fields)} ({', '.join(self.fields)})", "give every row the same fields")
            return
        for name, text in zip(self.numeric, x):
            try:
                number = float(text) if text.strip() else 0.0
            except ValueError:
                found = text.decode("utf-8", "replace")
                yield f"{found!r} in field {name}", "a number, or nothing where it is missing", "make it categorical"
                continue
            if not abs(number) < 3e38:
                yield (f"{number} in field {name}", "a finite number, or nothing where it is missing",
                       "leave the field empty, or correct it")
        for name, text in zip(self.categorical, x[len(self.numeric):]):
            yield from vocabulary.undecodable(text, f" in field {name}")

    def sample(self, rng, n, num_kinds):
        """Return `n` rows whose first fields tell their kind, and the kinds."""
        import numpy as np

        kinds = rng.integers(num_kinds, size=n)
        numbers = np.exp(rng.normal(size=(n, len(self.numeric))) + 2 * kinds[:, None] / num_kinds)
        texts = rng.integers(6, size=(n, len(self.categorical)))
        if self.categorical:
            texts[:, 0] = kinds * 3 + rng.integers(3, size=n)
        return [np.array([*(f"{v:.3f}".encode() for v in a), *(f"v{v}".encode() for v in b)], dtype=object)
                for a, b in zip(numbers, texts)], kinds

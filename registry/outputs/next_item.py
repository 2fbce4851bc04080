"""The output domain `distribution`, items: a probability for each item of a catalogue to be the user's next.

Shapes: B batch, N examples, K items and the unknown, n items that are shown.
"""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.outputs import calibration, frequent
from registry.outputs.frequent import LETTERS
from registry.outputs.label import names_encoder

SHOWN = 20  # items of an answer


@dataclass(frozen=True)
class NextItem:
    """One item out of a catalogue. A raw value is its name, a string.

    Args:
        names: the catalogue; learned from the training part, together with the input's, where it is empty. Anything
            else is the unknown, which has a probability but is never recommended.
        frequencies: how often the unknown and each item were the answer in training (K,), learned with them.
        exclude: what the user has already is no answer: its probability is 0.
    """

    name: ClassVar[str] = "distribution"
    form: ClassVar[str] = "items"
    head_is: ClassVar[str] = "one score for each item, on top of how frequent it is; none for those that the user has"
    decode_is: ClassVar[str] = "softmax; the likeliest items"
    metrics: ClassVar[tuple] = ("recall_at_5", "ndcg_at_10", "mrr", "nats", "ece")
    ragged: ClassVar[bool] = False
    class_is: ClassVar[str] = "item"

    names: tuple = LETTERS
    frequencies: tuple = ()
    exclude: bool = True

    @property
    def num_kinds(self):
        return 1 + len(self.names or LETTERS)  # letters stand in for items that are not learned yet

    @property
    def needs_adapting(self):
        return not self.names

    def adapt(self, values):
        """Return the domain with the items of the raw training answers and how often each was one."""
        from collections import Counter

        counts = Counter(y.decode("utf-8", "replace") for y in values)
        return replace(self, names=tuple(counts), frequencies=(0, *counts.values()))

    def joined(self, inputs):
        """Return both domains with one catalogue: that of the input, and behind it what was only an answer."""
        if not (hasattr(inputs, "with_items") and self.frequencies):
            return inputs, self
        counts = dict(zip(self.names, self.frequencies[1:]))
        further = [name for name, n in counts.items() if name not in set(inputs.items) and n >= inputs.min_count]
        inputs = inputs.with_items([*inputs.items, *further])
        known = [counts.pop(name, 0) for name in inputs.items]
        return inputs, replace(self, names=inputs.items, frequencies=(sum(counts.values()), *known))

    def sample(self, kind):
        """Return the item of a synthetic kind."""
        return (self.names or LETTERS)[max(int(kind) - 1, 0)]

    def targets_encoder(self):
        """Return the function from raw items of any shape to their numbers, int32; 0 is the unknown."""
        import tensorflow as tf

        table = names_encoder(self.names or LETTERS)

        def encode(raw):
            return tf.maximum(table(raw) + 1, 0)

        encode.table = table.table
        return encode

    @property
    def prior(self):
        """Return the log-probability (K,) float32 of the unknown and each item."""
        return frequent.prior(self.frequencies, self.num_kinds)

    def head(self, features, pool, given=None):
        """Return scores (B, K) float32 for features (B, D) or (B, T, D), or the features where they are scores already.

        Args:
            features: what the body gives.
            pool: how a sequence becomes a vector; "scores" where the features are the scores.
            given: what the user has (B, T) int32, as the input's `given` tells; those items get the lowest score.
        """
        from zoo.layers.exclude import Exclude

        scores = frequent.scored(features, pool, self.prior)
        return scores if given is None else Exclude(dtype="float32", name="head_exclude")([scores, given])

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B,) and scores (B, K): nats, the share `label_smoothing` of each target being
        spread over all items that are possible."""
        from keras import ops

        def cross_entropy(targets, scores):
            likely = ops.log_softmax(scores)
            wanted = ops.one_hot(ops.reshape(targets, (-1,)), self.num_kinds, dtype="float32")
            if label_smoothing:
                possible = ops.cast(scores > IMPOSSIBLE, "float32")
                even = possible / ops.sum(possible, -1, keepdims=True)
                wanted = (1 - label_smoothing) * wanted + label_smoothing * even
            return -ops.sum(wanted * ops.maximum(likely, IMPOSSIBLE), -1)

        return cross_entropy

    def decode(self, scores, numbers=None):
        """Return ``{"names": (B, n) string, "probabilities": (B, n)}``, the likeliest first, the unknown left out; with
        `numbers` also how many of the items that were given are known, and how many these were."""
        import tensorflow as tf

        best = tf.math.top_k(tf.nn.softmax(scores)[:, 1:], min(SHOWN, self.num_kinds - 1))
        counted = {} if not numbers else {key: tf.reduce_sum(tf.cast(numbers["items"] > least, tf.int32), -1)
                                          for key, least in (("known", 1), ("given", 0))}
        return {"names": tf.gather(tf.constant(self.names or LETTERS), best.indices), "probabilities": best.values,
                **counted}

    def judged(self, scores, targets):
        """Return the likeliest items (B, n) int32, and of each example (B, 3) float32: the log-probability of the
        target, its rank from 1, and the probability of the likeliest item. The unknown is never recommended, so its
        rank is the last; of equal items half stand before the target."""
        import numpy as np
        import tensorflow as tf

        targets, likely = tf.convert_to_tensor(targets), tf.nn.log_softmax(tf.convert_to_tensor(scores))
        known = tf.concat([tf.fill(tf.shape(likely[:, :1]), -np.inf), likely[:, 1:]], -1)
        best = tf.math.top_k(known, min(SHOWN, self.num_kinds - 1))
        right = tf.gather(likely, targets, batch_dims=1)
        before = tf.reduce_sum(tf.cast(known > right[:, None], tf.int32), -1)
        equal = tf.reduce_sum(tf.cast(known == right[:, None], tf.int32), -1) - 1
        rank = tf.where(targets > 0, 1 + before + equal // 2, self.num_kinds)
        told = tf.stack([right, tf.cast(rank, tf.float32), tf.exp(best.values[:, 0])], -1)
        return np.asarray(best.indices), np.asarray(told)

    def tally(self, examples):
        """Return how often each item is the target of examples (numbers, targets), (K,)."""
        import numpy as np

        return np.bincount([targets for _, targets in examples], minlength=self.num_kinds)

    def guesses(self, truth, tally, rng, examples=()):
        """Return {"chance", "majority"}: all items as likely, and by how often they were the answer in training (the
        popular ones); those that the user has are left out, as `exclude` says.

        Args:
            truth: numbers (N,).
            tally: how often each item was the answer in training, (K,).
            rng: a `numpy.random.Generator`.
            examples: the N examples (numbers, targets).
        """
        import numpy as np

        from zoo.layers.exclude import LOWEST

        popular = np.log(np.maximum(np.asarray(tally, "float32"), 0.1))
        numbers, made = [row["items"] for row, _ in examples] if self.exclude else [], {}
        for name in ("chance", "majority"):
            parts = []
            for start in range(0, len(truth), 1024):
                some = truth[start : start + 1024]
                scores = 1e-5 * rng.random((len(some), self.num_kinds), "float32")  # which of equal ones comes first
                scores = scores + popular * (name == "majority")
                for row, items in zip(scores, numbers[start : start + 1024]):
                    row[items[items > 1] - 1] = LOWEST
                parts.append(self.judged(scores, some))
            made[name] = tuple(np.concatenate(column) for column in zip(*parts))
        return made

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold."""
        items = {name.decode("utf-8", "replace"): round(float(p), 6)
                 for name, p in zip(row["names"], row["probabilities"]) if p > 0}
        return {"known": int(row["known"]), "given": int(row["given"]), "items": items}

    def shown(self, answer, top=3):
        """Return what `said` gave as a line for people."""
        best = ", ".join(f"{name} {p:.1%}" for name, p in list(answer["items"].items())[:top])
        few = answer["known"] < answer["given"]
        return f"{answer['input']}{' (with items that are not in the catalogue)' if few else ''}: {best}"

    def classes(self, y):
        """Return the item in a raw value, for counting."""
        return [y.decode("utf-8", "replace") if isinstance(y, bytes) else str(y)]

    def counts(self, truth, answers, probabilities):
        """Return what the metrics sum over examples, (N, 4 + 15): in the first five, gain by rank in the first ten, 1 /
        rank, nats, and how far the probability of the likeliest item is from right in each bin of probabilities."""
        import numpy as np

        right, rank, sure = probabilities.T
        gain = np.where(rank <= 10, 1 / np.log2(1 + rank), 0)
        gaps = calibration.gaps(sure, answers[:, 0] == truth)
        return np.concatenate([np.stack([rank <= 5, gain, 1 / rank, -right], 1), gaps], 1).astype("float32")

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, 4 + 15) over n examples. With one true item recall@5 is how often
        it is among the first five, and NDCG@10 (Järvelin & Kekäläinen 2002, https://doi.org/10.1145/582415.582418) the
        mean of 1 / log2(1 + rank) over those among the first ten."""
        return {**{name: sums[..., i] / n for i, name in enumerate(self.metrics[:4])},
                "ece": calibration.error(sums[..., 4:], n)}

    def contradictions(self, x, y):
        """Yield (found, expected, fix) for an answer that the input excludes."""
        if self.exclude and y in list(x):
            yield (f"the next item {self.classes(y)[0]!r} among those that the user has", "another one, since "
                   "exclude=true leaves these out", "leave the example out, or set exclude=false")

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for a raw value that names no item."""
        if not y.strip():
            yield "an empty item", "the name of an item", "leave the example out"


IMPOSSIBLE = -1e6  # scores below it are of items that the user has

"""The output domain `tags`: a name for each word. Shapes: B batch, T words, K names."""
from dataclasses import dataclass
from typing import ClassVar

from registry.outputs import spans
from registry.outputs.label import names_encoder

UNIVERSAL = ("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT",
             "SCONJ", "SYM", "VERB", "X")  # https://universaldependencies.org/u/pos/


@dataclass(frozen=True)
class Tags:
    """One of `names` for each word. A raw value is an array of T strings.

    Args:
        names: the K names, in the order of the scores.
        scheme: None, or "bio" where B-x begins and I-x continues a span of kind x; decoding then gives legal
            sequences only, and spans are scored. Where every name is B- or I-, the spans are words: `f1` counts them
            with their kinds and `word_f1` without.
        crf: learn which name follows which (Lafferty et al. 2001, https://dl.acm.org/doi/10.5555/645530.655813)
            rather than score each word alone.
    """

    name: ClassVar[str] = "tags"
    each: ClassVar[str] = "words"
    head_is: ClassVar[str] = "one score for each word and name"
    ragged: ClassVar[bool] = True

    names: tuple = UNIVERSAL
    scheme: str | None = None
    crf: bool = False

    @property
    def metrics(self):
        if not self.scheme:
            return ("accuracy",)
        return ("f1", "word_f1", "accuracy") if self.segments else ("f1", "accuracy")

    @property
    def segments(self):
        """Return whether the tags divide the whole text into words."""
        return bool(self.scheme) and all(name[:2] in ("B-", "I-") for name in self.names)

    @property
    def decode_is(self):
        best = "the best sequence by Viterbi" if self.crf or self.scheme else "the best name of each word"
        return best + (", legal B- and I- only" if self.scheme else "")

    @property
    def num_kinds(self):
        return len(self.names)

    def sample(self, kinds):
        """Return the names (T,) of synthetic kinds (T,), made legal where there is a scheme."""
        import numpy as np

        return np.array([n.encode() for n in spans.repaired([self.names[k] for k in kinds], self.scheme)],
                        dtype=object)

    def targets_encoder(self):
        """Return the function from raw names (B, T), padded with "", to numbers int32: -1 padding, -2 unknown."""
        import tensorflow as tf

        table = names_encoder(self.names)

        def encode(raw):
            return tf.where(raw == "", -1, table(raw))

        encode.table = table.table
        return encode

    def head(self, features, pool=None):
        """Return scores for features (B, T, D): (B, T, K), or with `crf` log-potentials (B, T, K, K), float32."""
        from keras import layers

        from zoo.layers.crf import Potentials

        x = layers.Dense(len(self.names), dtype="float32", name="head_scores")(features)
        if not self.crf:
            return x
        allowed, start = spans.allowed(self.names, self.scheme)
        return Potentials(allowed=allowed, allowed_start=start, dtype="float32", name="head_crf")(x)

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B, T) and scores: nats for each real word, padding (-1) left out."""
        from keras import ops

        from zoo.layers import crf

        def total(targets, scores):
            real = ops.cast(targets >= 0, "float32")
            if self.crf:
                return -ops.sum(crf.log_likelihood(targets, scores)) / ops.maximum(ops.sum(real), 1)
            wanted = ops.one_hot(ops.maximum(targets, 0), len(self.names))
            wanted = wanted * (1 - label_smoothing) + label_smoothing / len(self.names)
            nats = -ops.sum(wanted * ops.log_softmax(scores), -1)
            return ops.sum(nats * real) / ops.maximum(ops.sum(real), 1)

        return total

    def _best(self, scores, real):
        """Return numbers (B, T) and their probabilities (B, T) for scores and real words (B, T)."""
        import tensorflow as tf

        from zoo.layers import crf

        if self.crf:
            return crf.viterbi(scores), tf.reduce_max(_marginals(scores), -1)
        probabilities = tf.reduce_max(tf.nn.softmax(scores), -1)
        if not self.scheme:
            return tf.argmax(scores, -1, output_type=tf.int32), probabilities
        allowed, start = spans.allowed(self.names, self.scheme)
        legal = crf.potentials(tf.nn.log_softmax(scores), real, allowed=allowed, allowed_start=start)
        return crf.viterbi(legal), probabilities

    def decode(self, scores, numbers):
        """Return ``{"tags": (B, T) string, "probabilities": (B, T)}``, "" and 0 at padding.

        Args:
            scores: what `head` gave.
            numbers: the encoded input, whose ``"words"`` (B, T) are 0 at padding.
        """
        import tensorflow as tf

        real = numbers["words"] > 0
        best, probabilities = self._best(tf.convert_to_tensor(scores), real)
        return {"tags": tf.where(real, tf.gather(tf.constant(self.names), best), ""),
                "probabilities": tf.where(real, probabilities, 0.0)}

    def answers(self, scores, numbers):
        """Return B arrays of numbers (T,) int and B of probabilities (T,), without padding, for scoring."""
        real = numbers["words"] > 0
        best, probabilities = self._best(scores, real)
        lengths = real.numpy().sum(1)
        return tuple([row[:n] for row, n in zip(rows.numpy(), lengths)] for rows in (best, probabilities))

    def tally(self, examples):
        """Return how often each name stands in the targets of examples (numbers, targets), (K,)."""
        import numpy as np

        return sum(np.bincount(targets[targets >= 0], minlength=len(self.names)) for _, targets in examples)

    def guesses(self, truth, tally, rng, examples=()):
        """Return {"chance", "majority"}: answers without looking at the input.

        Args:
            truth: N arrays (T,) of numbers.
            tally: how often each name stands in the training part, (K,).
            rng: a `numpy.random.Generator`.
            examples: the examples that are guessed; not looked at.
        """
        import numpy as np

        best = int(np.argmax(tally))
        return {"chance": ([rng.integers(len(self.names), size=len(t)) for t in truth], None),
                "majority": ([np.full(len(t), best) for t in truth], None)}

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold."""
        real = [i for i, tag in enumerate(row["tags"]) if tag]
        words = [row["words"][i].decode("utf-8", "replace") for i in real]
        tags = [row["tags"][i].decode() for i in real]
        sure = [round(float(row["probabilities"][i]), 6) for i in real]
        if self.segments:
            found = spans.spans(tags)
            words = ["".join(words[a : b + 1]) for _, a, b in found]
            tags, sure = [kind for kind, _, _ in found], [min(sure[a : b + 1]) for _, a, b in found]
        return {"words": words, "tags": tags, "probabilities": sure}

    def shown(self, answer, top=None):
        """Return what `said` gave as a line for people."""
        return " ".join(f"{word}/{tag}" for word, tag in zip(answer["words"], answer["tags"]))

    def classes(self, y):
        """Return the names in a raw value, for counting."""
        return [name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in y]

    def counts(self, truth, answers, probabilities=None):
        """Return what the metrics sum over sentences, (N, 6): right, words, spans right, said, true, and right but for
        their kind.

        Args:
            truth, answers: lists of N arrays (T,) of numbers, without padding.
        """
        import numpy as np

        rows = []
        for t, a in zip(truth, answers):
            row = [np.sum(t == a), len(t), 0, 0, 0, 0]
            if self.scheme:
                said, true = (set(spans.spans([self.names[i] for i in tags])) for tags in (a, t))
                places = len({s[1:] for s in said} & {s[1:] for s in true})
                row[2:] = len(said & true), len(said), len(true), places
            rows.append(row)
        return np.array(rows, "float32")

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, 6); `f1` is that of exact spans (CoNLL 2003)."""
        import numpy as np

        values = {"accuracy": sums[..., 0] / np.maximum(sums[..., 1], 1)}
        if self.scheme:
            values["f1"] = 2 * sums[..., 2] / np.maximum(sums[..., 3] + sums[..., 4], 1)
        if self.segments:
            values["word_f1"] = 2 * sums[..., 5] / np.maximum(sums[..., 3] + sums[..., 4], 1)
        return values

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for raw names that are not as many as the words, unknown, or that break the
        scheme."""
        names = self.classes(y)
        if length is not None and length != len(names):
            yield f"{length} words and {len(names)} tags", "as many tags as words", "give each word one tag"
        for i, name in enumerate(names):
            if name not in self.names:
                yield f"tag {name!r} at position {i}", f"one of {', '.join(self.names[:20])}", "correct the tag"
            elif self.scheme and not spans.follows(names[i - 1] if i else None, name):
                yield (f"{name!r} at position {i} after {names[i - 1] if i else 'the start'!r}",
                       f"B-{name[2:]} where a span begins", "write B- for the first word of a span")


def _marginals(potentials):
    """Return the probability of each name at each word (B, T, K): the gradient of log Z by the potentials."""
    import tensorflow as tf

    from zoo.layers import crf

    with tf.GradientTape() as tape:
        tape.watch(potentials)
        total = crf.log_partition(potentials)
    return tf.reduce_sum(tape.gradient(total, potentials), 2)

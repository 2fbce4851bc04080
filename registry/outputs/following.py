"""The output domain `distribution`, what follows: a probability for each of K names at every position of a sequence.

Shapes: B batch, T positions, K names, N examples.
"""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.outputs import drawing
from registry.outputs.label import names_encoder

LETTERS = tuple(" abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True)
class Following:
    """What comes next, at each position of a text (a language model). A raw value is an array of T strings: what
    follows each word or character of the input; "" where that does not count.

    Args:
        names: what may follow; learned from the training answers where it is empty. Anything else is the unknown, which
            is counted but never drawn.
        num_names: learn at most so many.
        length: words or characters that are written behind a given text.
        context: how many of the last ones are read again at each step of writing.
        temperature: scores are divided by it before one is drawn; 0 takes the likeliest.
        top_k: draw among the k likeliest; 0 is all.
        top_p: draw among the likeliest that together have this probability (Holtzman et al. 2020,
            https://arxiv.org/abs/1904.09751); 1 is all.
        draw: a whole number; another one draws another text.
    """

    name: ClassVar[str] = "distribution"
    form: ClassVar[str] = "following"
    head_is: ClassVar[str] = "one score for each name that may follow, at each position"
    decode_is: ClassVar[str] = "softmax; one is drawn and read again, and so on"
    metrics: ClassVar[tuple] = ("nats", "accuracy")
    ragged: ClassVar[bool] = True
    causal: ClassVar[bool] = True  # no position may look at what follows
    class_is: ClassVar[str] = "character"
    positive: ClassVar[tuple] = ("num_names", "length", "context")
    answering: ClassVar[tuple] = ("length", "temperature", "top_k", "top_p", "draw")  # need no other model

    names: tuple = LETTERS
    num_names: int = 10_000
    length: int = 200
    context: int = 128
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    draw: int = 0

    @property
    def num_kinds(self):
        return 1 + len(self.names or LETTERS)

    @property
    def needs_adapting(self):
        return not self.names

    def adapt(self, values):
        """Return the domain with the names of the raw training values."""
        from collections import Counter

        counts = Counter(name for y in values for name in y if name)
        return replace(self, names=tuple(n.decode("utf-8", "replace") for n, _ in counts.most_common(self.num_names)))

    def sample(self, kinds):
        """Return what follows (T,) the synthetic words of kinds (T,): a name for each kind."""
        import numpy as np

        names = self.names or LETTERS  # before they are learned
        return np.array([names[k - 1 if k else 0].encode() for k in kinds], dtype=object)

    def targets_encoder(self):
        """Return the function from raw names (B, T) to numbers int32: 0 unknown, -1 for ""."""
        import tensorflow as tf

        table = names_encoder(self.names)

        def encode(raw):
            return tf.where(raw == "", -1, tf.maximum(table(raw) + 1, 0))

        encode.table = table.table
        return encode

    def head(self, features, pool=None):
        """Return scores (B, T, K) float32 for features (B, T, D), or the features where they are scores already."""
        from keras import layers

        if pool == "scores":
            return layers.Activation("linear", dtype="float32", name="head_scores")(features)
        return layers.Dense(self.num_kinds, dtype="float32", name="head_scores")(features)

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B, T) and scores (B, T, K): nats for each position that counts."""
        from keras import ops

        def cross_entropy(targets, scores):
            real = ops.cast(targets >= 0, "float32")
            wanted = ops.one_hot(ops.maximum(targets, 0), self.num_kinds)
            wanted = wanted * (1 - label_smoothing) + label_smoothing / self.num_kinds
            nats = -ops.sum(wanted * ops.log_softmax(scores), -1)
            return ops.sum(nats * real) / ops.maximum(ops.sum(real), 1)

        return cross_entropy

    def answers(self, scores, numbers):
        """Return B arrays of the likeliest numbers (T,) and B of log-probabilities (T, K), for scoring."""
        import numpy as np
        from scipy.special import log_softmax

        scores, lengths = np.asarray(scores, "float32"), np.asarray(numbers["words"] > 0).sum(1)
        rows = [log_softmax(row[:n], axis=-1) for row, n in zip(scores, lengths)]
        return [row.argmax(-1) for row in rows], rows

    def continued(self, model, framing):
        """Return the function from raw text to ``{"text": (B,) string, "probabilities": (B, K)}``: the text with what
        was drawn behind it, and the probabilities of what comes first."""
        import tensorflow as tf

        encode, names = framing.inputs.encoder(), tf.constant(("", *self.names))
        between = "" if framing.inputs.unit == "character" else " "

        def step(i, words):
            scores = model(encode(words[:, -self.context :]), training=False)[:, -1]
            return i + 1, tf.concat([words, tf.gather(names, drawing.drawn(self, scores, i))[:, None]], 1)

        def written(raw):
            words = drawing.aligned(framing.inputs.shown(raw)["words"])
            first = model(encode(words[:, -self.context :]), training=False)[:, -1]
            _, words = tf.while_loop(lambda i, _: i < self.length, step, (0, words),
                                     (tf.TensorShape(()), tf.TensorShape((None, None))))
            return {"text": tf.strings.reduce_join(words, -1, separator=between), "probabilities": tf.nn.softmax(first)}

        compiled = tf.function(written)  # step by step in Python it would take minutes

        def answer(raw):
            return compiled(raw) if tf.executing_eagerly() else written(raw)

        answer.table = encode.table
        return answer

    def tally(self, examples):
        """Return how often each name follows in the targets of examples (numbers, targets), (K,)."""
        import numpy as np

        return sum(np.bincount(targets[targets >= 0], minlength=self.num_kinds) for _, targets in examples)

    def guesses(self, truth, tally, rng, examples=()):
        """Return {"chance", "majority"}: all names as likely, and as often as in training."""
        import numpy as np

        share = np.log(np.maximum(np.asarray(tally, "float64"), 0.5))
        shares = {"chance": np.zeros(self.num_kinds), "majority": share}
        made = {}
        for name, scores in shares.items():
            nats = scores - np.logaddexp.reduce(scores)
            rows = [np.broadcast_to(nats, (len(t), self.num_kinds)) for t in truth]
            made[name] = [np.full(len(t), nats.argmax()) for t in truth], rows
        return made

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold."""
        order = row["probabilities"].argsort()[::-1][:20]
        known = ("unknown", *self.names)
        return {"text": row["text"].decode("utf-8", "replace"),
                "next": {known[i]: round(float(row["probabilities"][i]), 6) for i in order}}

    def shown(self, answer, top=None):
        """Return what `said` gave as a line for people."""
        return answer["text"]

    def classes(self, y):
        """Return the names in a raw value, for counting."""
        return [name.decode("utf-8", "replace") for name in y if name]

    def counts(self, truth, answers, probabilities):
        """Return what the metrics sum over examples, (N, 3): nats, right, and positions that count."""
        import numpy as np

        rows = []
        for t, a, p in zip(truth, answers, probabilities):
            on = np.flatnonzero(t >= 0)
            rows.append([-p[on, t[on]].sum(), np.sum(a[on] == t[on]), len(on)])
        return np.array(rows, "float32")

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, 3): `nats` for each position that counts."""
        import numpy as np

        count = np.maximum(sums[..., 2], 1)
        return {"nats": sums[..., 0] / count, "accuracy": sums[..., 1] / count}

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for a raw value that is not as long as its input, or asks for nothing."""
        if length is not None and length != len(y):
            yield f"{length} positions and {len(y)} names", "what follows each position", "give each position one"
        if not any(y):
            yield "nothing that counts", "at least one name", "leave the example out"

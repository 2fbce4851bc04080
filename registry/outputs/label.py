"""The output domain `label`: one name out of K. Shapes: B batch, K names, D features."""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.outputs import calibration

SUREST = 1e-3  # no temperature is lower


@dataclass(frozen=True)
class Label:
    """One of `names`. A raw value is the name, a string.

    Args:
        names: the K names, in the order of the scores.
        temperature: scores are divided by it, which changes no answer but how sure it is. A run finds the one that
            makes the validation part likeliest (Guo et al. 2017, https://proceedings.mlr.press/v70/guo17a.html).
    """

    name: ClassVar[str] = "label"
    head_is: ClassVar[str] = "one score for each name"
    decode_is: ClassVar[str] = "softmax, then the name with the highest score"
    answering: ClassVar[tuple] = ("temperature",)
    metrics: ClassVar[tuple] = ("accuracy", "f1", "log_loss", "ece")
    ragged: ClassVar[bool] = False  # targets have no time axis

    names: tuple = tuple("0123456789")
    temperature: float = 1.0

    def tuned(self, answers):
        """Return the domain with the temperature that suits what was answered.

        Args:
            answers: of the validation part, with `truth` (N,) and `probabilities` (N, K).
        """
        return replace(self, temperature=calibration.temperature(answers.truth, answers.probabilities))

    @property
    def num_kinds(self):
        return len(self.names)

    def sample(self, kind):
        """Return the name of a synthetic kind; a sentence is named by its first word's kind."""
        import numpy as np

        return self.names[int(np.ravel(kind)[0])]

    def targets_encoder(self):
        """Return the function from raw names () or (B,) to their numbers, int32; unknown names give -2."""
        return names_encoder(self.names)

    def head(self, features, pool):
        """Return scores (B, K) float32 for features of any rank, pooled as the architecture asks.

        Args:
            features: (B, D), (B, T, D) or (B, H, W, D).
            pool: "average", "max", "attention" or "flatten", for features that are no vectors; "scores" where
                they are the scores already.
        """
        from keras import layers

        from zoo.layers.pooling import pooled

        if pool == "scores":
            return layers.Activation("linear", dtype="float32", name="head_scores")(features)
        x = pooled(features, pool)
        return layers.Dense(len(self.names), dtype="float32", name="head_scores")(x)

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B,) and scores (B, K): cross-entropy in nats."""
        import keras

        def cross_entropy(targets, scores):
            wanted = keras.ops.one_hot(keras.ops.reshape(targets, (-1,)), len(self.names))
            return keras.losses.categorical_crossentropy(wanted, scores, from_logits=True,
                                                         label_smoothing=label_smoothing)

        return cross_entropy

    def decode(self, scores, numbers=None):
        """Return ``{"label": (B,) string, "probabilities": (B, K)}`` for scores (B, K)."""
        import tensorflow as tf

        label = tf.gather(tf.constant(self.names), tf.argmax(scores, -1))
        return {"label": label, "probabilities": tf.nn.softmax(scores / max(self.temperature, SUREST))}

    def answers(self, scores, numbers=None):
        """Return numbers (B,) int and probabilities (B, K) as arrays, for scoring."""
        import numpy as np
        from scipy.special import softmax

        scores = np.asarray(scores, "float32")
        return scores.argmax(-1), softmax(scores / max(self.temperature, SUREST), -1)

    def tally(self, examples):
        """Return how often each name stands in the targets of examples (numbers, targets), (K,)."""
        import numpy as np

        return sum(np.bincount(targets[targets >= 0], minlength=len(self.names)) for _, targets in examples)

    def guesses(self, truth, tally, rng, examples=()):
        """Return {"chance", "majority"}: answers and probabilities without looking at the input.

        Args:
            truth: numbers (N,).
            tally: how often each name stands in the training part, (K,).
            rng: a `numpy.random.Generator`.
            examples: the examples that are guessed; not looked at.
        """
        import numpy as np

        n, k = len(truth), len(self.names)
        share = np.maximum(np.asarray(tally, "float64"), 1e-7)
        return {"chance": (rng.integers(k, size=n), np.full((n, k), 1 / k)),
                "majority": (np.full(n, share.argmax()), np.tile(share / share.sum(), (n, 1)))}

    def repeated(self, steps, channels):
        """Return answers and probabilities that say again what a series was before, where each name is a channel of it
        that is largest where the name holds; else None.

        Args:
            steps: of each example (N, H, C), the first being the one to repeat.
            channels: the C names of channels.
        """
        import numpy as np

        if not set(self.names) <= set(channels):
            return None
        answers = steps[:, 0, [channels.index(name) for name in self.names]].argmax(-1)
        return answers, np.eye(len(self.names))[answers]

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold."""
        order = row["probabilities"].argsort()[::-1]
        return {"label": row["label"].decode(),
                "probabilities": {self.names[i]: round(float(row["probabilities"][i]), 6) for i in order}}

    def shown(self, answer, top=3):
        """Return what `said` gave as a line for people."""
        best = list(answer["probabilities"].items())[:top]
        return f"{answer['input']}: " + ", ".join(f"{name} {p:.1%}" for name, p in best)

    def classes(self, y):
        """Return the names in a raw value, for counting."""
        return [y.decode("utf-8", "replace") if isinstance(y, bytes) else str(y)]

    def counts(self, truth, answers, probabilities=None):
        """Return what the metrics sum over examples, (N, 2 + 3K + 15): right, nats, per name hits, said and true, and
        how far the probability of the answer is from right in each bin of probabilities."""
        import numpy as np

        truth, answers = np.asarray(truth), np.asarray(answers)
        right = truth == answers
        if probabilities is None:
            probabilities = np.eye(len(self.names))[answers]
        nats = -np.log(np.clip(probabilities[np.arange(len(truth)), truth], 1e-7, 1))
        hot = np.eye(len(self.names), dtype="float32")
        per_name = [hot[truth] * right[:, None], hot[answers], hot[truth]]
        gaps = calibration.gaps(probabilities[np.arange(len(truth)), answers], right)
        return np.concatenate([np.stack([right, nats], 1), *per_name, gaps], 1).astype("float32")

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, 2 + 3K + 15) over n examples; `f1` is the mean over names,
        `ece` the expected calibration error."""
        import numpy as np

        k = len(self.names)
        hits, said, true = np.split(sums[..., 2 : 2 + 3 * k], 3, -1)
        f1 = 2 * hits / np.maximum(said + true, 1e-9)
        return {"accuracy": sums[..., 0] / n, "log_loss": sums[..., 1] / n, "f1": f1.mean(-1),
                "ece": calibration.error(sums[..., 2 + 3 * k :], n)}

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for a raw value that is none of the names."""
        (y,) = self.classes(y)
        if y not in self.names:
            shown = ", ".join(self.names[:8]) + (", …" if len(self.names) > 8 else "")
            yield f"label {y!r}", f"one of {len(self.names)} names ({shown})", "correct the label or add the name"


def names_encoder(names):
    """Return the function from strings of any shape to positions in `names`, int32; -2 where there is none."""
    import tensorflow as tf

    keys = tf.constant(names)
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(keys, tf.range(len(names), dtype=tf.int32)), default_value=-2)

    def encode(raw):
        return table.lookup(raw)

    encode.table = table
    return encode

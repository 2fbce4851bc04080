"""The output domain `distribution`: a probability for each of K names. Shapes: B batch, N examples, K names."""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.outputs import calibration, thresholds
from registry.outputs.label import names_encoder

EMOTIONS = ("anger", "disgust", "fear", "joy", "sadness", "surprise")  # Ekman 1992


@dataclass(frozen=True)
class Distribution:
    """Which of `names` hold, each with a probability of its own. A raw value is an array of the names that hold,
    which may be empty.

    Args:
        names: the K names, in the order of the scores.
        thresholds: from which probability on each name is said; 0.5 for all where it is empty. A run finds those that
            give the best F1 on validation.
    """

    name: ClassVar[str] = "distribution"
    form: ClassVar[str] = "several"
    head_is: ClassVar[str] = "one score for each name"
    decode_is: ClassVar[str] = "a probability for each name, and the names from their thresholds on"
    metrics: ClassVar[tuple] = ("f1", "f1_micro", "exact", "log_loss", "ece")
    ragged: ClassVar[bool] = False
    answering: ClassVar[tuple] = ("thresholds",)

    names: tuple = EMOTIONS
    thresholds: tuple = ()

    @property
    def num_kinds(self):
        return len(self.names)

    @property
    def bounds(self):
        """Return the thresholds (K,) float32."""
        import numpy as np

        return np.array(self.thresholds or (0.5,) * len(self.names), "float32")

    def tuned(self, answers):
        """Return the domain with the thresholds that give each name its best F1 on what was answered.

        Args:
            answers: of the validation part, with `truth` (N, K) and `probabilities` (N, K).
        """
        found = thresholds.best(answers.truth, answers.probabilities)
        return replace(self, thresholds=tuple(round(float(t), 6) for t in found))

    def sample(self, kind):
        """Return the names (n,) of synthetic kinds: of a sentence, those of its first two words."""
        import numpy as np

        kinds = np.unique(np.ravel(kind)[:2])
        return np.array([self.names[int(k)].encode() for k in kinds], dtype=object)

    def targets_encoder(self):
        """Return the function from raw names (B, n), padded with "", to 0 and 1, (B, K) int32."""
        import tensorflow as tf

        table = names_encoder(self.names)

        def encode(raw):
            hot = tf.reduce_max(tf.one_hot(table(raw), len(self.names), dtype=tf.int32), axis=-2)
            return tf.maximum(hot, 0)  # of no names at all the maximum is the least number there is

        encode.table = table.table
        return encode

    def head(self, features, pool):
        """Return scores (B, K) float32 for features of any rank, pooled as the architecture asks; see `Label.head`."""
        from keras import layers

        from zoo.layers.pooling import pooled

        if pool == "scores":
            return layers.Activation("linear", dtype="float32", name="head_scores")(features)
        return layers.Dense(len(self.names), dtype="float32", name="head_scores")(pooled(features, pool))

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B, K) and scores (B, K): binary cross-entropy in nats, summed over names."""
        from keras import ops

        def cross_entropy(targets, scores):
            wanted = ops.cast(targets, scores.dtype) * (1 - label_smoothing) + label_smoothing / 2
            return ops.sum(ops.maximum(scores, 0) - scores * wanted + ops.log1p(ops.exp(-ops.abs(scores))), axis=-1)

        return cross_entropy

    def decode(self, scores, numbers=None):
        """Return ``{"names": (B, K) string, "probabilities": (B, K)}`` for scores (B, K); "" where a name is not
        said."""
        import tensorflow as tf

        probabilities = tf.sigmoid(scores)
        said = probabilities >= tf.constant(self.bounds)
        return {"names": tf.where(said, tf.constant(self.names)[None], ""), "probabilities": probabilities}

    def answers(self, scores, numbers=None):
        """Return what is said, 0 and 1 (B, K) int32, and probabilities (B, K) as arrays, for scoring."""
        import numpy as np
        from scipy.special import expit

        probabilities = expit(np.asarray(scores, "float32"))
        return (probabilities >= self.bounds).astype("int32"), probabilities

    def tally(self, examples):
        """Return how often each name holds in (numbers, targets), and the number of examples, (K + 1,)."""
        import numpy as np

        return sum((np.append(targets, 1) for _, targets in examples), np.zeros(len(self.names) + 1, "int64"))

    def guesses(self, truth, tally, rng, examples=()):
        """Return {"chance", "majority"}: each name as often as in training, at random, and the most frequent name."""
        import numpy as np

        share = np.tile(tally[:-1] / max(tally[-1], 1), (len(truth), 1))
        most = np.zeros(share.shape, "int32")
        most[:, tally[:-1].argmax()] = 1
        return {"chance": ((rng.random(share.shape) < share).astype("int32"), share), "majority": (most, share)}

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold."""
        order = row["probabilities"].argsort()[::-1]
        return {"names": [name.decode() for name in row["names"][order] if name],
                "probabilities": {self.names[i]: round(float(row["probabilities"][i]), 6) for i in order}}

    def shown(self, answer, top=3):
        """Return what `said` gave as a line for people."""
        best = list(answer["probabilities"].items())[:top]
        rest = ", ".join(f"{name} {p:.1%}" for name, p in best)
        return f"{answer['input']}: {', '.join(answer['names']) or 'none'} ({rest})"

    def classes(self, y):
        """Return the names in a raw value, for counting."""
        return [name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in y]

    def counts(self, truth, answers, probabilities):
        """Return what the metrics sum over examples, (N, 2 + 3K + 15): nats, all right, per name hits, said and true,
        and the gap between probability and truth in each bin of probabilities, both by name on average."""
        import numpy as np

        p = np.clip(probabilities, 1e-7, 1 - 1e-7)
        nats = -np.where(truth > 0, np.log(p), np.log1p(-p)).mean(-1)
        gaps = calibration.gaps(probabilities.ravel(), truth.ravel()).reshape(*truth.shape, -1).mean(1)
        exact = (truth == answers).all(-1)
        return np.concatenate([np.stack([nats, exact], 1), truth * answers, answers, truth, gaps], 1).astype("float32")

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, 2 + 3K + 15) over n examples; `f1` is the mean over names."""
        import numpy as np

        k = len(self.names)
        hits, said, true = np.split(sums[..., 2 : 2 + 3 * k], 3, -1)
        f1 = 2 * hits / np.maximum(said + true, 1e-9)
        micro = 2 * hits.sum(-1) / np.maximum((said + true).sum(-1), 1e-9)
        return {"f1": f1.mean(-1), "f1_micro": micro, "exact": sums[..., 1] / n, "log_loss": sums[..., 0] / n,
                "ece": calibration.error(sums[..., 2 + 3 * k :], n)}

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for names that are unknown or stand twice."""
        found = self.classes(y)
        for name in found:
            if name not in self.names:
                shown = ", ".join(self.names[:8]) + (", …" if len(self.names) > 8 else "")
                yield f"name {name!r}", f"one of {len(self.names)} names ({shown})", "correct it or add the name"
        for name in sorted({name for name in found if found.count(name) > 1}):
            yield f"name {name!r} {found.count(name)} times", "each name once", "leave the others out"

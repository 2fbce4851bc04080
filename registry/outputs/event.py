"""The output domain `distribution`, an event: how likely it happens, such as a click. Shapes: B batch, N examples."""
from dataclasses import dataclass
from typing import ClassVar

from registry.outputs import calibration, ranking

NAMES = ("no", "yes")


@dataclass(frozen=True)
class Event:
    """Whether something happens. A raw value is three numbers, float32 (3,): 1 where it happened and 0 where not, its
    propensity, and its true probability, NaN where nobody knows that.

    The propensity is how likely it was that the event could happen at all, such as the probability that a place on a
    page is looked at (Richardson et al. 2007, https://doi.org/10.1145/1242572.1242643, the examination hypothesis); 1
    where all have the same chance. The model answers the probability p without it, of what is looked at.

    Args:
        correction: what training makes of propensities q: "likelihood" fits q p to what happened; "weights" counts what
            happened 1/q times (inverse propensity weighting, Saito et al. 2020, https://arxiv.org/abs/1909.03601),
            without bias too but with more variance; "none" fits p, as if all had been looked at.
        least: "weights" takes a smaller propensity for this one, which bounds the variance.
    """

    name: ClassVar[str] = "distribution"
    form: ClassVar[str] = "event"
    head_is: ClassVar[str] = "one score, the log odds"
    decode_is: ClassVar[str] = "the probability"
    metrics: ClassVar[tuple] = ("auc", "log_loss", "ece")
    ragged: ClassVar[bool] = False
    num_kinds: ClassVar[int] = 2
    choices: ClassVar[dict] = {"correction": ("likelihood", "weights", "none")}

    correction: str = "likelihood"
    least: float = 0.05

    def sample(self, kind):
        """Return the raw answer of a synthetic kind."""
        import numpy as np

        return np.array([int(np.ravel(kind)[0]), 1, np.nan], "float32")

    def targets_encoder(self):
        """Return the function from raw answers (B, 3) to the same numbers, float32."""
        import tensorflow as tf

        return lambda raw: tf.ensure_shape(tf.cast(raw, tf.float32), (None, 3))

    def head(self, features, pool):
        """Return scores (B, 1) float32 for features, or the features where they are scores already."""
        from keras import layers

        from zoo.layers.pooling import pooled

        if pool == "scores":
            return layers.Activation("linear", dtype="float32", name="head_scores")(features)
        return layers.Dense(1, dtype="float32", name="head_scores")(pooled(features, pool))

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B, 3) and scores (B, 1): binary cross-entropy in nats, propensities corrected."""
        from keras import ops

        def cross_entropy(targets, scores):
            happened = targets[:, 0] * (1 - label_smoothing) + label_smoothing / 2
            score, propensity = scores[:, 0], targets[:, 1]
            if self.correction == "none":
                return ops.softplus(score) - happened * score
            if self.correction == "weights":
                return ops.softplus(score) - happened / ops.maximum(propensity, self.least) * score
            yes = ops.log(propensity) - ops.softplus(-score)
            no = ops.log(ops.maximum(1 - propensity * ops.sigmoid(score), 1e-7))
            no = ops.where(propensity < 1, no, -ops.softplus(score))  # exact where p comes near 1
            return -happened * yes - (1 - happened) * no

        return cross_entropy

    def decode(self, scores, numbers=None):
        """Return ``{"probability": (B,)}`` for scores (B, 1)."""
        import tensorflow as tf

        return {"probability": tf.sigmoid(scores[:, 0])}

    def answers(self, scores, numbers=None):
        """Return whether the event is likelier than not (B,) int32, and its probability (B,), for scoring."""
        import numpy as np
        from scipy.special import expit

        probabilities = expit(np.asarray(scores, "float32")[:, 0])
        return (probabilities >= 0.5).astype("int32"), probabilities

    def tally(self, examples):
        """Return how often the event happened in (numbers, targets), and the sum of propensities (2,)."""
        return sum(targets[:2].astype("float64") for _, targets in examples)

    def guesses(self, truth, tally, rng, examples=()):
        """Return {"chance", "majority"}: one half, and as often as in training; "truth" too where it is known."""
        import numpy as np

        known = {"chance": np.full(len(truth), 0.5), "majority": np.full(len(truth), tally[0] / max(tally[1], 1e-9))}
        if np.isfinite(truth[:, 2]).all():
            known["truth"] = truth[:, 2]
        return {name: ((p >= 0.5).astype("int32"), p.astype("float32")) for name, p in known.items()}

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold."""
        return {"probability": round(float(row["probability"]), 6)}

    def shown(self, answer, top=3):
        """Return what `said` gave as a line for people."""
        return f"{answer['input']}: {answer['probability']:.2%}"

    def classes(self, y):
        """Return "yes" or "no", for counting."""
        return [NAMES[int(y[0] == 1)]]

    def counts(self, truth, answers, probabilities):
        """Return what the metrics sum over examples, (N, 1 + 15 + 2 · 4096), sparse: nats, the gap between probability
        and truth in each bin of probabilities, and the rank of those that happened and of the others.

        The probabilities are those of what was seen, propensities included.
        """
        import numpy as np
        from scipy.sparse import csr_array, hstack

        happened, seen = truth[:, 0], np.asarray(probabilities, "float64") * truth[:, 1]
        p = np.clip(seen, 1e-7, 1 - 1e-7)
        nats = -np.where(happened > 0, np.log(p), np.log1p(-p))
        dense = np.concatenate([nats[:, None], calibration.gaps(seen, happened)], 1)
        return hstack([csr_array(dense.astype("float32")), ranking.ranks(seen, happened)], format="csr")

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, 16 + 2 · 4096) over n examples."""
        bins = 1 + calibration.BINS
        return {"auc": ranking.area(sums[..., bins:]), "log_loss": sums[..., 0] / n,
                "ece": calibration.error(sums[..., 1:bins], n)}

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for a raw value that is no event."""
        if getattr(y, "shape", None) != (3,):
            yield f"{y!r:.60}", "whether it happened, its propensity, its true probability", "give three numbers"
        elif y[0] not in (0, 1):
            yield f"{y[0]:g}", "1 where it happened and 0 where not", "correct it, or name another column for y"
        elif not 0 < y[1] <= 1:
            yield f"the propensity {y[1]:g}", "a probability above 0", "give 1 where all have the same chance"

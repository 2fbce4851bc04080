"""The output domain `action`: what to do next, learned from where one's own actions lead.

Shapes: B batch, A actions, D features, N episodes.
"""
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Action:
    """One of `names`. There is no raw value to learn from: a recipe lets the model play and packs what came of it into
    four numbers, float32 (4,): the number of the action that was taken, the value that its screen (of an actor–critic)
    or the action itself (of DQN) should have been given, its advantage over what was expected, and the logarithm of its
    probability when it was taken. DQN looks at the first two.

    Args:
        names: of the A actions, in the order of the scores.
        learns: "actor_critic" scores each action and, last, the value of the screen, and learns by proximal policy
            optimisation (Schulman et al. 2017, https://arxiv.org/abs/1707.06347); "dqn" scores each action by the
            return that is expected after it (Mnih et al. 2015, https://doi.org/10.1038/nature14236).
        clip: how far from 1 the ratio of an action's new to its old probability is followed, of an actor–critic.
        value_weight: of the error of values in an actor–critic's loss.
        entropy: of the entropy of the actions' probabilities in it, which keeps them from being sure too early.
    """

    name: ClassVar[str] = "action"
    decode_is: ClassVar[str] = "the action with the highest score"
    metrics: ClassVar[tuple] = ("return", "length")
    ragged: ClassVar[bool] = False
    repeats: ClassVar[bool] = True
    played: ClassVar[bool] = True
    choices: ClassVar[dict] = {"learns": ("actor_critic", "dqn")}

    names: tuple = ("left", "stay", "right")
    learns: str = "actor_critic"
    clip: float = 0.2
    value_weight: float = 0.5
    entropy: float = 0.01

    @property
    def num_kinds(self):
        return len(self.names)

    @property
    def head_is(self):
        return ("a score for each action, and the value of the screen" if self.learns == "actor_critic" else
                "the value of each action")

    def sample(self, kind):
        """Return the four numbers of a synthetic kind: the action of that number was right, and its value tells it."""
        import numpy as np

        kind = int(np.ravel(kind)[0])
        return np.array([kind, 2 + kind, 1, -np.log(len(self.names))], "float32")

    def targets_encoder(self):
        """Return the function from packed numbers (B, 4) to the same numbers, float32."""
        import tensorflow as tf

        return lambda raw: tf.ensure_shape(tf.cast(raw, tf.float32), (None, 4))

    def head(self, features, pool):
        """Return scores (B, A), or (B, A + 1) with the value of the screen last, float32, for features of any rank.

        All actions begin nearly equal.
        """
        from keras import initializers, layers

        from zoo.layers.pooling import pooled

        size = len(self.names) + (self.learns == "actor_critic")
        start = initializers.VarianceScaling(0.01, "fan_avg", "uniform")
        return layers.Dense(size, kernel_initializer=start, dtype="float32", name="head_scores")(
            pooled(features, pool))

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B, 4) and scores (B, A) or (B, A + 1). Nothing is smoothed."""
        from zoo.layers.acting import action_values, clipped_policy

        if self.learns == "dqn":
            return action_values()
        return clipped_policy(self.clip, self.value_weight, self.entropy)

    def preferences(self, scores):
        """Return the scores (…, A) of the actions alone."""
        return scores[..., : len(self.names)]

    def decode(self, scores, numbers=None):
        """Return ``{"action": (B,) string}`` with "probabilities" (B, A) and the screen's "value" (B,) of an
        actor–critic, or the "values" (B, A) of DQN."""
        import tensorflow as tf

        each = self.preferences(scores)
        action = {"action": tf.gather(tf.constant(self.names), tf.argmax(each, -1))}
        if self.learns == "dqn":
            return {**action, "values": tf.identity(each)}
        return {**action, "probabilities": tf.nn.softmax(each), "value": scores[:, -1]}

    def answers(self, scores, numbers=None):
        """Return the best actions' numbers (B,) int and the scores of all (B, A), as arrays."""
        import numpy as np

        each = self.preferences(np.asarray(scores, "float32"))
        return each.argmax(-1), each

    def tally(self, examples):
        """Return nothing: no guess is made of what actions were taken."""

    def guesses(self, truth, tally, rng, examples=()):
        """Return nothing: what random play and rules reach, only a game can tell."""
        return {}

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold, the best action first."""
        key = "values" if self.learns == "dqn" else "probabilities"
        order = row[key].argsort()[::-1]
        more = {"value": round(float(row["value"]), 6)} if "value" in row else {}
        return {"action": row["action"].decode(), key: {self.names[i]: round(float(row[key][i]), 6) for i in order},
                **more}

    def shown(self, answer, top=3):
        """Return what `said` gave as a line for people."""
        if "values" in answer:
            each = ", ".join(f"{name} {value:.4g}" for name, value in list(answer["values"].items())[:top])
            return f"{answer['input']}: {each}"
        each = ", ".join(f"{name} {p:.1%}" for name, p in list(answer["probabilities"].items())[:top])
        return f"{answer['input']}: {each}; the screen is worth {answer['value']:.4g}"

    def counts(self, truth, answers, probabilities):
        """Return what the metrics sum over episodes, (N, 2): returns (the `answers`) and lengths."""
        import numpy as np

        return np.stack([answers, probabilities], 1).astype("float64")

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, 2) over n episodes: the mean `return`, undiscounted, and the mean
        `length` in steps."""
        return {"return": sums[..., 0] / n, "length": sums[..., 1] / n}

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for what are not four finite numbers, the first that of an action."""
        import numpy as np

        y = np.asarray(y)
        if y.shape != (4,) or not np.isfinite(y).all():
            yield f"{y.tolist()}", "four finite numbers", "mend the game's rewards"
        elif not 0 <= y[0] < len(self.names):
            yield f"action {y[0]:g}", f"0 to {len(self.names) - 1} ({', '.join(self.names)})", "name every action"

"""Losses of learning to act. Shapes: B batch, A actions; targets (B, 4): action, aimed value, advantage,
log-probability that the action had."""
from keras import ops


def action_values():
    """Return the loss of DQN: the Huber error of the value of the action that was taken, 1 being where it turns linear
    (Mnih et al. 2015, https://doi.org/10.1038/nature14236, clip the error to that)."""

    def huber(targets, scores):
        error = ops.abs(_taken(targets, scores) - targets[:, 1])
        return ops.where(error < 1, 0.5 * ops.square(error), error - 0.5)

    return huber


def clipped_policy(clip, value_weight, entropy):
    """Return the loss of proximal policy optimisation (Schulman et al. 2017, https://arxiv.org/abs/1707.06347,
    equation 9): the clipped objective, the squared error of the value, less the entropy.

    Args:
        clip: how far the ratio of probabilities is followed beyond 1.
        value_weight, entropy: weights of the other two terms.
    """

    def loss(targets, scores):
        likely = ops.log_softmax(scores[:, :-1], axis=-1)
        advantage = targets[:, 2]
        ratio = ops.exp(_taken(targets, likely) - targets[:, 3])
        gain = ops.minimum(ratio * advantage, ops.clip(ratio, 1 - clip, 1 + clip) * advantage)
        error = ops.square(scores[:, -1] - targets[:, 1])
        unsure = -ops.sum(ops.exp(likely) * likely, axis=-1)
        return value_weight * error - gain - entropy * unsure

    return loss


def _taken(targets, scores):
    """Return the score (B,) of the action that was taken."""
    chosen = ops.one_hot(ops.cast(targets[:, 0], "int32"), scores.shape[-1], dtype=scores.dtype)
    return ops.sum(scores * chosen, axis=-1)

"""What is aimed at. Shapes: T steps, N players, B batch."""


def advantages(rewards, values, ended, discount, trace):
    """Return generalised advantages (Schulman et al. 2016, https://arxiv.org/abs/1506.02438), (T, N) float32.

    Args:
        rewards: of each step (T, N).
        values: of the screens before each step, and of the last (T + 1, N).
        ended: whether the game was over after the step (T, N) bool; nothing behind it counts.
        discount, trace: γ and λ.
    """
    import numpy as np

    found = np.zeros_like(rewards)
    behind = np.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        goes_on = 1 - ended[t]
        surprise = rewards[t] + discount * goes_on * values[t + 1] - values[t]
        behind = surprise + discount * trace * goes_on * behind
        found[t] = behind
    return found


def best_next(rewards, ended, online, aimed, discount):
    """Return the values (B,) that actions should have had: the reward, and what the best action has on the next screen.

    The best is chosen by the weights that learn and valued by those that are aimed at (van Hasselt et al. 2016,
    https://arxiv.org/abs/1509.06461).

    Args:
        rewards, ended: of the actions (B,).
        online, aimed: values of the next screen's actions by both (B, A).
        discount: γ.
    """
    import numpy as np

    best = np.take_along_axis(aimed, online.argmax(-1)[:, None], -1)[:, 0]
    return (rewards + discount * (1 - ended) * best).astype("float32")


def packed(actions, aims, advantage, log_probability):
    """Return the four numbers (…, 4) float32 that `registry.Action` learns from."""
    import numpy as np

    return np.stack(np.broadcast_arrays(actions, aims, advantage, log_probability), -1).astype("float32")

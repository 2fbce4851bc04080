"""Rules made by hand, for games that are simple enough to have one."""

# Channels of MinAtar's Breakout (Young & Tian 2019, https://arxiv.org/abs/1903.03176).
PADDLE, BALL, TRAIL = 0, 1, 2
STAY, LEFT, RIGHT = 0, 1, 2


def breakout(screens):
    """Return actions (N,) that follow the ball: to the column that it goes to next, as its trail tells."""
    import numpy as np

    columns = screens.shape[2]
    ball, trail = (_column(screens[..., channel]) for channel in (BALL, TRAIL))
    paddle = screens[:, -1, :, PADDLE].argmax(-1)
    wanted = np.clip(2 * ball - trail, 0, columns - 1)
    return np.select([wanted < paddle, wanted > paddle], [LEFT, RIGHT], STAY)


def _column(layer):
    """Return the column (N,) of what is lit in one channel (N, H, W) of screens."""
    return layer.max(1).argmax(-1)


RULES = {"MinAtar/Breakout-v1": (breakout, "follow the ball")}

"""Catch (Mnih, Heess, Graves & Kavukcuoglu 2014, https://arxiv.org/abs/1406.6247; as in bsuite, Osband et al. 2020,
https://arxiv.org/abs/1908.03568): a ball falls from a random column, one row a step, and a paddle in the last row must
be under it when it arrives. The reward is 1 then and -1 otherwise; all steps before have none."""
from recipes.playing import Game, Step

ROWS, COLUMNS = 10, 5
NAMES = ("left", "stay", "right")


def game(rows=ROWS, columns=COLUMNS, channels=1, names=NAMES):
    """Return the game on screens (rows, columns, channels); actions beyond the third stay too.

    Args:
        rows, columns: of the screen, 3 or more rows.
        channels: all alike; more than one only where a model wants them.
        names: of the actions.
    """
    from registry import Action, Framing, Image

    framing = Framing(Image(rows, columns, channels, mean=(0.0,) * channels, std=(1.0,) * channels), Action(names))
    return Game("Catch", framing, lambda n, seed: Catch(n, seed, rows, columns, channels), rule, "under the ball")


class Catch:
    """N games at once; see `recipes.playing`.

    Args:
        n: players, N.
        seed: of the columns that balls fall from.
        rows, columns, channels: of the screen.
    """

    def __init__(self, n, seed, rows=ROWS, columns=COLUMNS, channels=1):
        import numpy as np

        self.rng, self.rows, self.columns, self.channels = np.random.default_rng(seed), rows, columns, channels
        self.row, self.ball, self.paddle = (np.zeros(n, int) for _ in range(3))
        self._begin(np.ones(n, bool))

    def _begin(self, which):
        self.row[which], self.paddle[which] = 0, self.columns // 2
        self.ball[which] = self.rng.integers(self.columns, size=int(which.sum()))

    @property
    def screens(self):
        import numpy as np

        n = len(self.row)
        screens = np.zeros((n, self.rows, self.columns, self.channels), "uint8")
        screens[np.arange(n), self.row, self.ball] = 255
        screens[np.arange(n), -1, self.paddle] = 255
        return screens

    def step(self, actions):
        """Move each paddle by its action (N,): 0 left, 2 right; let each ball fall by a row."""
        import numpy as np

        moves = np.where(np.asarray(actions) < len(NAMES), np.asarray(actions) - 1, 0)
        self.paddle = np.clip(self.paddle + moves, 0, self.columns - 1)
        self.row += 1
        ended = self.row == self.rows - 1
        rewards = np.where(ended, np.where(self.paddle == self.ball, 1, -1), 0).astype("float32")
        self._begin(ended)
        return Step(rewards, ended, np.zeros(len(ended), bool))


def rule(screens):
    """Return actions (N,) that move under the ball."""
    import numpy as np

    ball, paddle = screens[:, :-1, :, 0].max(1).argmax(-1), screens[:, -1, :, 0].argmax(-1)
    return np.sign(ball - paddle) + 1

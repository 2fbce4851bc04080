"""What was played last, to learn from in any order (Lin 1992, https://doi.org/10.1007/BF00992699)."""
from registry.errors import UserError

MEMORY_BYTES = 2**30  # a larger replay is kept on disk


class Replay:
    """The last screens of N players, a ring: each screen stands once, the next one behind it.

    Args:
        screens: how many are kept at most, of all players together, two or more for each.
        shape: of a step's screens, (N, H, W, C).
        folder: where a replay of more than `MEMORY_BYTES` is kept on disk, in a file that goes when the run ends.

    Raises:
        UserError: there is no room for it.
    """

    def __init__(self, screens, shape, folder):
        import tempfile

        import numpy as np

        self.steps, self.players = screens // shape[0], shape[0]
        size = (self.steps, *shape)
        self.bytes = int(np.prod(size))
        try:
            self.screens = (np.zeros(size, "uint8") if self.bytes <= MEMORY_BYTES else
                            np.memmap(tempfile.TemporaryFile(dir=folder), "uint8", "w+", shape=size))
        except OSError as error:
            raise UserError(f"cannot keep {self.bytes:,} bytes of screens in {folder}: {error.strerror or error}. Free "
                            "some space, or --set replay= fewer screens.") from error
        self.actions = np.zeros(size[:2], "int32")
        self.rewards = np.zeros(size[:2], "float32")
        self.ended, self.cut = np.zeros(size[:2], bool), np.zeros(size[:2], bool)
        self.written = 0  # steps in all

    def add(self, screens, actions, step):
        """Keep the screens of all players, the actions on them, and the `Step` that came of these."""
        at = self.written % self.steps
        self.screens[at], self.actions[at] = screens, actions
        self.rewards[at], self.ended[at], self.cut[at] = step
        self.written += 1

    def __len__(self):
        """Return how many screens are kept."""
        return min(self.written, self.steps) * self.players

    def drawn(self, rng, size):
        """Return (screens, actions, rewards, ended, next screens) of so many steps, drawn evenly; of a game that was
        cut the last step is not, since what would have followed is not known.

        Args:
            rng: a `numpy.random.Generator`.
            size: how many, B.
        """
        import numpy as np

        newest = self.written - 1  # what follows it is not there yet
        oldest = max(0, self.written - self.steps)
        found = np.zeros((0, 2), int)
        while len(found) < size:
            at = rng.integers(oldest, newest, size) % self.steps
            drawn = np.stack([at, rng.integers(self.players, size=size)], 1)
            found = np.concatenate([found, drawn[~self.cut[tuple(drawn.T)]]])
        at, player = found[:size].T
        return (self.screens[at, player], self.actions[at, player], self.rewards[at, player], self.ended[at, player],
                self.screens[(at + 1) % self.steps, player])

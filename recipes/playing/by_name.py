"""Games by their name in gymnasium (https://gymnasium.farama.org), MinAtar's among them.

A name may say which module registers it, such as "my_games:Maze-v0".
"""
from recipes.playing import Game, Step
from recipes.playing.rules import RULES
from registry.errors import UserError, nearest

INSTALL = "`pip install \"taskzoo[games]\"` brings gymnasium and MinAtar's games"
LARGEST = 84  # pixels of the longer side that a model sees of a screen
WORDS = {"n": "stay", "l": "left", "u": "up", "r": "right", "d": "down", "f": "fire"}  # MinAtar's letters


def game(name):
    """Return the `Game` of a gymnasium environment whose observations are images.

    Args:
        name: such as "MinAtar/Breakout-v1", or "module:Name-v0".

    Raises:
        UserError: gymnasium or the environment is not there, cannot be made, gives no images, or takes other actions
            than some numbered ones.
    """
    from registry import Action, Framing, Image

    one = _made(name)
    height, width, channels = _shape(name, one.observation_space)
    names = _names(name, one)
    one.close()
    scale = min(1.0, LARGEST / max(height, width))
    inputs = Image(max(2, round(height * scale)), max(2, round(width * scale)), channels, mean=(0.0,) * channels,
                   std=(1.0,) * channels)
    rule, rule_is = RULES.get(name, (None, ""))
    return Game(name, Framing(inputs, Action(names)), lambda n, seed: Players(name, n, seed), rule, rule_is)


def _made(name):
    """Return one environment."""
    try:
        import gymnasium
    except ImportError as error:
        raise UserError(f"the environment {name!r} needs gymnasium, which is not installed: {INSTALL}.") from error
    _register(name)
    try:
        return gymnasium.make(name, disable_env_checker=True)
    except (gymnasium.error.Error, ImportError) as error:
        known = [spec for spec in gymnasium.registry if "/" in spec]
        raise UserError(f"no environment {name!r} ({' '.join(str(error).split()).rstrip('.')}).{nearest(name, known)} "
                        f"{INSTALL}; one of your own is named MODULE:NAME.") from error
    except Exception as error:
        raise UserError(f"the environment {name!r} cannot be made: {type(error).__name__}: "
                        f"{' '.join(str(error).split())}. Mend it, or name another.") from error


def _register(name):
    """Let an installed package register its environments, where the name begins with that of its entry point."""
    import logging
    from importlib.metadata import entry_points

    import gymnasium

    space, log = name.partition("/")[0], logging.getLogger()
    if not any(known.startswith(f"{space}/") for known in gymnasium.registry):
        level = log.level
        log.setLevel(logging.ERROR)  # MinAtar warns where there is nothing to draw a window with
        for point in entry_points(group="gymnasium.envs", name=space):
            point.load()()
        log.setLevel(level)


def _shape(name, space):
    """Return (H, W, C) of an observation space of images."""
    shape = getattr(space, "shape", None) or ()
    kind = getattr(getattr(space, "dtype", None), "kind", "")
    scaled = kind in "bu" or (kind == "f" and float(space.low.min()) >= 0 and float(space.high.max()) in (1.0, 255.0))
    first = len(shape) == 3 and shape[0] <= 16 < shape[2]  # channels stand first
    if len(shape) not in (2, 3) or min(shape) < 1 or min(shape[:2]) < 2 or not scaled or first:
        raise UserError(f"the environment {name!r} shows {space}: expected images, (height, width) or (height, width, "
                        "channels), as bool, uint8, or floats from 0 to 1 or 255. Wrap it to show its screen.")
    return (*shape[:2], shape[2] if len(shape) == 3 else 1)


def _names(name, environment):
    """Return the names of an environment's actions: its own where it has any, else their numbers."""
    space, own = environment.action_space, environment.unwrapped
    if type(space).__name__ != "Discrete" or int(space.start) != 0:
        raise UserError(f"the environment {name!r} takes {space}: expected Discrete(A), one of A actions numbered from "
                        "0. Wrap it, or choose another.")
    if hasattr(own, "get_action_meanings"):
        return tuple(str(word).lower() for word in own.get_action_meanings())
    if hasattr(own, "action_set") and hasattr(getattr(own, "game", None), "env"):
        return tuple(WORDS[own.game.env.action_map[number]] for number in own.action_set)
    return tuple(map(str, range(int(space.n))))


class Players:
    """N environments of one name, stepped one after the other; see `recipes.playing`.

    Args:
        name: of the environment.
        n: players, N.
        seed: of all.
    """

    def __init__(self, name, n, seed):
        import numpy as np

        self.name, self.count = name, 0
        self.environments = [_made(name) for _ in range(n)]
        space = self.environments[0].observation_space
        self.shape, self.scale = space.shape, 255 if float(space.high.max()) == 1 else 1
        seeds = np.random.SeedSequence(seed).generate_state(n).tolist()
        self.screens = self._shown([one.reset(seed=s)[0] for one, s in zip(self.environments, seeds)])

    def step(self, actions):
        """Take one action each (N,), and begin anew where a game has come to an end.

        Raises:
            UserError: a screen has another shape than before, or a screen or reward is no finite number.
        """
        import numpy as np

        self.count += 1
        seen, rewards, ended, cut = [], [], [], []
        for one, action in zip(self.environments, np.asarray(actions).tolist()):
            screen, reward, over, limited, _ = one.step(action)
            if over or limited:
                screen, _ = one.reset()
            seen.append(screen)
            rewards.append(reward)
            ended.append(over)
            cut.append(limited and not over)
        rewards = np.array(rewards, "float32")
        if not np.isfinite(rewards).all():
            self._refuse(int(np.argmin(np.isfinite(rewards))), f"a reward of {rewards[~np.isfinite(rewards)][0]}",
                         "a finite number")
        self.screens = self._shown(seen)
        return Step(rewards, np.array(ended, bool), np.array(cut, bool))

    def _shown(self, seen):
        """Return observations as screens (N, H, W, C) uint8."""
        import numpy as np

        for i, screen in enumerate(seen):
            if getattr(screen, "shape", None) != self.shape:
                self._refuse(i, f"a screen of shape {getattr(screen, 'shape', type(screen).__name__)}", self.shape)
        screens = np.stack(seen)
        if screens.dtype.kind == "f" and not np.isfinite(screens).all():
            i = int(np.argmin(np.isfinite(screens).reshape(len(seen), -1).all(-1)))
            self._refuse(i, "a screen that is not finite everywhere", "finite numbers")
        whole = np.rint(screens * self.scale) if screens.dtype.kind == "f" else screens.astype("uint8") * self.scale
        return whole.astype("uint8").reshape((*whole.shape[:3], -1))

    def _refuse(self, i, found, expected):
        raise UserError(f"the environment {self.name!r} (player {i}, step {self.count}) gave {found}, expected "
                        f"{expected}. Mend or wrap the environment.")

"""Learning from playing: games in the place of stored examples.

A game is played by many players at once. `Game.players(n, seed)` gives an object with

- `screens`: what each player sees, (N, H, W, C) uint8;
- `step(actions)`: takes a number for each player and returns `Step`; who has come to an end begins anew at once.

Where the rest of the engine reads a part of stored examples, it finds a `play.Play` that gives batches for training and
whole games for figures; `pipeline.part` is the one place that tells both apart.
"""
from dataclasses import dataclass
from typing import NamedTuple


class Step(NamedTuple):
    """What came of a step, for each of N players."""

    rewards: object  # (N,) float32
    ended: object  # (N,) bool: the game is over
    cut: object  # (N,) bool: a limit of steps stopped it, though it might have gone on


@dataclass(frozen=True)
class Game:
    """A game.

    Args:
        name: such as "MinAtar/Breakout-v1".
        framing: from screens to the names of the game's actions.
        players: function of (n, seed) that begins a game for each of n players.
        rule: function from screens (N, H, W, C) to actions (N,) made by hand, or None.
        rule_is: the rule in words.
    """

    name: str
    framing: object
    players: object
    rule: object = None
    rule_is: str = ""


# Settings of a recipe that learns from playing, its `playing`.
PLAYING = {
    "environments": 64,  # players at once
    "frames": 100_000,  # screens that are played in an epoch, of all players together
    "passes": 4,  # how often each screen is learned from, on average
    "discount": 0.99,  # what a reward a step later counts
    "rollout": 16,  # actor–critic: steps that are played between two updates
    "trace": 0.95,  # actor–critic: λ of generalised advantages
    "replay": 100_000,  # DQN: screens that are kept
    "begin": 5_000,  # DQN: screens that are played before learning begins
    "explore": 0.05,  # DQN: share of actions at random in the end; all at first
    "explored": 0.2,  # DQN: share of the training in which it falls to that
    "renew": 250,  # DQN: batches after which aims are taken from the newest weights
    "longest": 10_000,  # steps of a game that are played in evaluation
}
SHARES = ("discount", "trace", "explore", "explored")


def settings(**changed):
    """Return all settings, some of them changed."""
    return PLAYING | changed

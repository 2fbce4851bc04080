"""What stands in the place of stored examples where a model learns by playing."""
from recipes.playing import settings
from recipes.playing.episodes import played
from recipes.playing.learning import View, replayed, rollouts
from recipes.playing.replay import MEMORY_BYTES, Replay

EPISODES = {"train": 100, "validation": 32, "test": 100}
SEEDS = {"train": 0, "validation": 1, "test": 2}  # games of validation and test are others than those of training


def best(model, framing):
    """Return the function from screens (N, H, W, C) to the actions (N,) that a model finds best."""
    view = View(model, framing)
    return lambda screens: framing.outputs.preferences(view(screens)[1]).argmax(-1)


class Play:
    """A game and how it is played in one of the splits.

    In training the model plays on where it stopped, from epoch to epoch. A resumed run goes on with weights, optimizer
    and the count of what was played; its games begin anew, and a replay is filled again.

    Args:
        game: `Game`.
        recipe: its framing and its `playing`.
        split: "train", "validation" or "test".
        folder: for what is too large for memory; that of temporary files where it is None.
    """

    def __init__(self, game, recipe, split, folder=None):
        self.game, self.recipe, self.split, self.folder = game, recipe, split, folder
        self.settings, self.outputs = settings(**recipe.playing), recipe.framing.outputs
        self.model = self.stream = None

    @property
    def told(self):
        """Return what training learns from, in words."""
        inputs, kept = self.recipe.framing.inputs, ""
        if self.outputs.learns == "dqn":
            size = self.settings["replay"] * inputs.height * inputs.width * inputs.channels
            where = "in memory" if size <= MEMORY_BYTES else "on disk"
            kept = f", the last {self.settings['replay']:,} of them kept {where} ({size / 2**20:,.0f} MB)"
        return (f"{self.settings['environments']} players of {self.game.name}, {self.frames:,} screens an epoch, each "
                f"learned from {self.settings['passes']} times{kept}")

    @property
    def frames(self):
        """Return how many screens are played in an epoch."""
        if self.outputs.learns == "dqn":
            return self.settings["frames"]
        size = self.settings["environments"] * self.settings["rollout"]
        return max(1, self.settings["frames"] // size) * size

    def steps(self, batch_size):
        """Return how many batches an epoch has."""
        if self.outputs.learns == "dqn":
            return max(1, self.frames * self.settings["passes"] // batch_size)
        return self.frames // (self.settings["environments"] * self.settings["rollout"]) * self.between(batch_size)

    def between(self, batch_size):
        """Return how many batches are learned from before more is played."""
        steps = 1 if self.outputs.learns == "dqn" else self.settings["rollout"]
        return max(1, self.settings["passes"] * (self.settings["environments"] * steps // batch_size))

    def epoch(self, model, batch_size, seed, number):
        """Return endless batches (numbers, targets) as a data set, made by the model as it plays.

        Args:
            model: who plays.
            batch_size: examples in a batch.
            seed, number: of the run and of the epoch.
        """
        import numpy as np
        import tensorflow as tf

        from recipes.datasets.source import steady

        if self.model is not model:  # the first epoch of a run, or of a further member of an ensemble
            self.model = model
            rng = np.random.default_rng((seed, number))
            players = self.game.players(self.settings["environments"], (seed, SEEDS["train"], number))
            self.stream = self._stream(players, View(model, self.recipe.framing), batch_size, rng, number)
        numbers = {x.name: tf.TensorSpec((batch_size, *x.shape[1:]), x.dtype) for x in model.inputs}
        return steady(tf.data.Dataset.from_generator(
            lambda: self.stream, output_signature=(numbers, tf.TensorSpec((batch_size, 4)))))

    def _stream(self, players, view, batch_size, rng, number):
        given = players, view, self.settings, self.outputs, batch_size, rng
        if self.outputs.learns == "actor_critic":
            return rollouts(*given)

        def replay(shape):
            return Replay(self.settings["replay"], shape, self.folder)

        return replayed(*given, replay, number * self.frames, self.recipe.epochs * self.frames)

    def played(self, model, framing):
        """Return `evaluate.Answers` of whole games: returns as what was given, lengths beside them; see `best`."""
        return self._answers(best(model, framing))

    def guesses(self, rng):
        """Return `evaluate.Answers` of play at random ("chance"), and by the rule, if there is one ("shallow")."""
        actions = len(self.outputs.names)
        found = {"chance": self._answers(lambda screens: rng.integers(actions, size=len(screens)))}
        return found | ({"shallow": self._answers(self.game.rule)} if self.game.rule else {})

    def _answers(self, choose):
        import numpy as np

        from recipes.evaluate import Answers

        episodes = EPISODES[self.split]
        players = self.game.players(episodes, (SEEDS[self.split], episodes))
        returns, lengths = played(choose, players, self.settings["longest"])
        return Answers(np.zeros(episodes), returns, lengths)

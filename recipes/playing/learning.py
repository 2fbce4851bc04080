"""What is learned from while a model plays: endless batches of (numbers, targets), by its own weights of the moment.

Shapes: T steps, N players, A actions, B batch.
"""
from recipes.playing.targets import advantages, best_next, packed


def rollouts(players, view, settings, outputs, batch_size, rng):
    """Yield the batches of an actor–critic (Mnih et al. 2016, https://arxiv.org/abs/1602.01783, with the objective of
    Schulman et al. 2017, https://arxiv.org/abs/1707.06347): some steps are played, then learned from a few times.

    Args:
        players: see `recipes.playing`.
        view: `View` of the model.
        settings: the recipe's `playing`.
        outputs: `registry.Action`.
        batch_size: B; what is left of a pass over the steps is left out of it.
        rng: a `numpy.random.Generator`, of actions and order.
    """
    while True:
        numbers, targets = _rollout(players, view, settings, outputs, rng)
        for _ in range(settings["passes"]):
            order = rng.permutation(len(targets))
            for at in range(0, len(order) - batch_size + 1, batch_size):
                chosen = order[at : at + batch_size]
                yield {"image": numbers[chosen]}, targets[chosen]


def _rollout(players, view, settings, outputs, rng):
    """Play and return screens (T·N, H, W, C) as numbers and targets (T·N, 4), advantages standardised."""
    import numpy as np
    from scipy.special import log_softmax

    seen, steps, actions, likely, values = [], [], [], [], []
    for _ in range(settings["rollout"]):
        numbers, scores = view(players.screens)
        log_probabilities = log_softmax(outputs.preferences(scores), axis=-1)
        chosen = drawn(log_probabilities, rng)
        steps.append(players.step(chosen))
        seen.append(numbers)
        actions.append(chosen)
        likely.append(np.take_along_axis(log_probabilities, chosen[:, None], -1)[:, 0])
        values.append(scores[:, -1])
    values.append(view(players.screens)[1][:, -1])
    rewards, ended, cut = (np.stack(part) for part in zip(*steps))
    values = np.stack(values)
    rewards = rewards + settings["discount"] * cut * values[:-1]  # its last screen stands for what would have followed
    gained = advantages(rewards, values, ended | cut, settings["discount"], settings["trace"])
    standard = (gained - gained.mean()) / (gained.std() + 1e-8)
    targets = packed(np.stack(actions), gained + values[:-1], standard, np.stack(likely))
    return np.concatenate(seen), targets.reshape(-1, 4)


def replayed(players, view, settings, outputs, batch_size, rng, replay, done, total):
    """Yield the batches of DQN (Mnih et al. 2015, https://doi.org/10.1038/nature14236), of what was played last.

    Args:
        players, view, settings, outputs, batch_size, rng: as in `rollouts`.
        replay: function that makes the `Replay` for a step's screens (N, H, W, C).
        done, total: screens that were learned from before, and in the whole training: they decide how much of the play
            is at random.
    """
    kept, due, begun = None, 0.0, False
    view.renew()
    while True:
        numbers, scores = view(players.screens)
        kept = kept or replay(numbers.shape)
        chosen = explored(scores, exploration(settings, done / total) if begun else 1.0, rng)
        kept.add(numbers, chosen, players.step(chosen))
        begun = begun or len(kept) >= min(settings["begin"], kept.steps * kept.players)
        if not begun:
            continue
        done += len(chosen)
        due += len(chosen) * settings["passes"] / batch_size
        while due >= 1:
            due -= 1
            yield _aimed(kept.drawn(rng, batch_size), view, settings)
            view.learned(settings["renew"])


def _aimed(found, view, settings):
    """Return numbers and targets (B, 4) of steps that were drawn."""
    screens, actions, rewards, ended, following = found
    aims = best_next(rewards, ended, *view.both(following), settings["discount"])
    return {"image": screens}, packed(actions, aims, 0, 0)


def exploration(settings, share):
    """Return the share of actions at random, after that share of the training."""
    return max(settings["explore"], 1 - (1 - settings["explore"]) * share / max(settings["explored"], 1e-9))


def explored(scores, epsilon, rng):
    """Return the best actions (N,), a share of them replaced by ones at random."""
    import numpy as np

    n, actions = scores.shape
    return np.where(rng.random(n) < epsilon, rng.integers(actions, size=n), scores.argmax(-1))


def drawn(log_probabilities, rng):
    """Return actions (N,) drawn by their probabilities (N, A): the largest with Gumbel noise."""
    return (log_probabilities + rng.gumbel(size=log_probabilities.shape)).argmax(-1)


class View:
    """A model's scores of screens, and those of its weights of a while ago.

    Args:
        model: from `registry.build`, whose weights change while it learns.
        framing: its framing.
    """

    def __init__(self, model, framing):
        from recipes.evaluate import scorer

        self.model, self.encode, self.scores = model, framing.inputs.encoder(), scorer(model)
        self.old, self.batches = None, 0

    def __call__(self, screens):
        """Return screens (N, …) as the numbers that the model takes (N, H, W, C) uint8, and its scores (N, …)."""
        import tensorflow as tf

        numbers = self.encode(tf.constant(screens))
        return numbers["image"].numpy(), self.scores(numbers).numpy()

    def both(self, numbers):
        """Return the scores of numbers by the newest and by the older weights."""
        import tensorflow as tf

        numbers = {"image": tf.constant(numbers)}
        return self.scores(numbers).numpy(), self.old_scores(numbers).numpy()

    def renew(self):
        """Let the older weights be the newest."""
        from recipes.evaluate import scorer

        if self.old is None:
            self.old = type(self.model).from_config(self.model.get_config())
            self.old_scores = scorer(self.old)
        for old, new in zip(self.old.variables, self.model.variables):
            old.assign(new)

    def learned(self, batches):
        """Count a batch, and renew after so many."""
        self.batches += 1
        if self.batches % batches == 0:
            self.renew()

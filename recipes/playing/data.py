"""A game as `Data`: the screens of random play are the raw examples that are checked and shown before training."""
PLAYERS, STEPS = 32, 64


def data(game, record=None):
    """Return `Data` of a game; each split's examples are screens of random play and what came of it.

    Args:
        game: `Game`.
        record: what else is to be kept of where it is from.
    """
    from registry import quiet

    quiet.start()
    import tensorflow as tf

    from recipes.datasets.source import Data

    splits = {split: tf.data.Dataset.from_tensor_slices(random_play(game, seed))
              for seed, split in enumerate(("train", "validation", "test"))}
    counts = {split: PLAYERS * STEPS for split in splits}
    told = {"source": f"the game {game.name}", **(record or {}),
            "splits": {split: {"by": "random play", "examples": count} for split, count in counts.items()}}
    return Data(game.name.rpartition(":")[2], game.framing, splits, counts, told, game)


def random_play(game, seed):
    """Return screens (T·N, H, W, C) uint8 of random play and targets (T·N, 4) as `registry.Action` packs them."""
    import numpy as np

    from recipes.playing.targets import advantages, packed

    rng, num_actions = np.random.default_rng(seed), len(game.framing.outputs.names)
    players, screens, actions, steps = game.players(PLAYERS, (seed, 1)), [], [], []
    for _ in range(STEPS):
        screens.append(players.screens)
        actions.append(rng.integers(num_actions, size=PLAYERS))
        steps.append(players.step(actions[-1]))
    rewards, ended, cut = (np.stack(part) for part in zip(*steps))
    returns = advantages(rewards, np.zeros((STEPS + 1, PLAYERS)), ended | cut, 0.99, 1.0)
    targets = packed(np.stack(actions), returns, returns - returns.mean(), -np.log(num_actions))
    return np.concatenate(screens), targets.reshape(-1, 4)

"""A ball falls and a paddle must be under it: image → action, by DQN.

Catch on 10x5 pixels (recipes/playing/catch.py; Mnih et al. 2014, https://arxiv.org/abs/1406.6247), a game of 9 steps.
Solved means a mean return of .99 or more over 100 games: at most one ball in 200 is lost. The rule made by hand moves
under the ball and never loses one. The actor–critic by name:

    python -m recipes run catch
    python -m recipes run catch/actor_critic

Measured: test return 1.000 (1.000 to 1.000), rule 1.000 (1.000 to 1.000),
not distinguishable from the rule "under the ball" (p = 1.000); 9 s, 8 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.playing import settings
from recipes.recipe import Recipe
from registry import Action, Framing, Image

DATASET = None  # it is played
VARIANTS = ("dqn", "actor_critic")


def data(folders, variant="dqn"):
    """Return the game, with screens of random play."""
    from recipes.playing import catch
    from recipes.playing.data import data

    return data(catch.game())


def recipe(variant="dqn"):
    """Return the experiment, by either way of learning."""
    how = {"dqn": {"batch_size": 128, "learning_rate": 1e-3, "playing": settings(
               environments=32, frames=5_000, passes=4, replay=20_000, begin=1_000, renew=100)},
           "actor_critic": {"batch_size": 256, "learning_rate": 3e-3, "clip_norm": 0.5, "playing": settings(
               environments=64, frames=5_120, rollout=16, passes=4)}}
    return Recipe(
        name="catch" if variant == "dqn" else f"catch_{variant}", data="the game Catch", metric="return", target=0.99,
        framing=Framing(Image(10, 5, 1, mean=(0.0,), std=(1.0,)), Action(learns=variant)), architecture="nature_cnn",
        epochs=8, warmup=0.0, weight_decay=0.0, precision="float32", **how[variant])

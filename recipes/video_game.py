"""MinAtar's games, learned from their screens: image → action, by an actor–critic.

MinAtar (Young & Tian 2019, https://arxiv.org/abs/1903.03176) has five games of Atari on 10x10 pixels, a channel for
each kind of thing, with sticky actions: one in ten is the one before. The target on Breakout is what the actor–critic
of that paper reaches; its DQN reaches 10. The rule made by hand follows the ball. Other games by name, and any
environment of gymnasium that shows its screen:

    python -m recipes run video_game
    python -m recipes run video_game/asterix
    python -m recipes run video_game --set learns=dqn --set batch_size=128 --set learning_rate=5e-4 --set renew=1000
    python -m recipes run --environment MinAtar/Freeway-v1

Measured: test return 29.35 (26.15 to 32.35), rule 10.61 (8.640 to 12.75),
better than the rule "follow the ball" (p ≤ 0.001); 286 s, 8 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.playing import settings
from recipes.recipe import Recipe
from registry import Action, Framing, Image

DATASET = None  # it is played
ARROWS = ("stay", "left", "up", "right", "down")
VARIANTS = {"breakout": (4, ("stay", "left", "right")), "asterix": (4, ARROWS),  # channels, actions
            "freeway": (7, ("stay", "up", "down")), "seaquest": (10, (*ARROWS, "fire")),
            "space_invaders": (6, ("stay", "left", "right", "fire"))}


def data(folders, variant="breakout"):
    """Return a game, with screens of random play."""
    from recipes.playing import by_name
    from recipes.playing.data import data

    return data(by_name.game(f"MinAtar/{variant.title().replace('_', '')}-v1"))


def recipe(variant="breakout"):
    """Return the experiment on a game; only the recipe's own has a target.

    Returns are far above 1: at its usual weight the error of their values would leave the policy little of a clipped
    gradient.
    """
    channels, names = VARIANTS[variant]
    own = variant == "breakout"
    return Recipe(
        name="video_game" if own else f"video_game_{variant}", data=f"MinAtar {variant}", metric="return",
        target=17.5 if own else None,
        framing=Framing(Image(10, 10, channels, mean=(0.0,) * channels, std=(1.0,) * channels),
                        Action(names, value_weight=0.1)),
        architecture="nature_cnn", epochs=8, batch_size=1024, learning_rate=2.5e-3, warmup=0.0, weight_decay=0.0,
        clip_norm=0.5, precision="float32", keep="last",
        playing=settings(environments=64, rollout=128, frames=204_800, passes=4))

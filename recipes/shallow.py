"""The shallow run of a recipe: hand-made features and one learned linear box on the same data."""
import dataclasses

from recipes.recipe import resolved_architecture

# Where features are switches, most of them rare, Adam moves a rare one as far as a frequent one, and memorises.
SWITCHES = {
    "ids": {"optimizer": "sgd", "learning_rate": 1.0, "clip_norm": 1.0, "epochs": 10, "patience": 0},
    "contexts": {"optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.0, "epochs": 1, "patience": 0},
    "word": {"optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.0, "epochs": 1, "patience": 0},
    "switches": {"optimizer": "rows", "learning_rate": 5e-3, "epochs": 4, "patience": 1},
    "items": {"learning_rate": 1e-2, "epochs": 3, "patience": 0},
    "ngrams": {"optimizer": "sgd", "learning_rate": 4.0, "momentum": 0.0, "epochs": 8, "patience": 0}}


def settings(name, pair):
    """Return how an architecture on hand-made features is trained where nothing else is said; {} for any other."""
    from registry import table

    module = table.module(name, pair)
    if not getattr(module, "HANDMADE", False):
        return {}
    plain = {"optimizer": "adam", "weight_decay": 0.0, "learning_rate": 3e-3, "label_smoothing": 0.0, "ema": 0.0,
             "clip_norm": 0.0, "patience": 3, "epochs": 15}
    return plain | SWITCHES.get(module.TAKES, {})


def shallow_recipe(recipe):
    """Return the recipe of the pair's shallow model on the same data, or None where it is that itself, or
    learned by playing."""
    from registry import building

    name = building.shallow(recipe.framing)
    if getattr(recipe.framing.outputs, "played", False):  # a rule stands there
        return None
    if name is None or name == resolved_architecture(recipe):
        return None
    plain = {"architecture": name, "size": "base", "options": {}, "parameters": 0, "members": 1,
             **settings(name, recipe.framing.pair)}
    return dataclasses.replace(recipe, **{**plain, **recipe.shallow})

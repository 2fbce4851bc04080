"""What the settings of a recipe may be: told before any data is read and any model built."""
import dataclasses
import math

from registry.errors import UserError, nearest, unknown

CHOICES = {"optimizer": ("adam", "rows", "sgd"), "precision": ("auto", "float32", "bfloat16"), "keep": ("best", "last")}
POSITIVE = ("epochs", "batch_size", "learning_rate", "members")
FROM_ZERO = ("parameters", "weight_decay", "clip_norm", "patience", "minutes", "save_minutes")
MOST = {"accumulation": 64, "steps_per_execution": 10_000}  # each part of a batch is a copy of the graph
RATES = ("warmup", "label_smoothing", "ema", "momentum")
SEEDS = 2**32


def validated(recipe):
    """Return the recipe if its values are possible.

    Raises:
        UserError: a value that is out of range or none of the choices.
    """
    for key, choices in CHOICES.items():
        if getattr(recipe, key) not in choices:
            raise UserError(f"received {key}={getattr(recipe, key)!r}: choose one of {', '.join(choices)}."
                            f"{nearest(getattr(recipe, key), choices)}")
    for keys, least, most, said in ((POSITIVE, math.ulp(0.0), math.inf, "a finite number above 0"),
                                    (FROM_ZERO, 0, math.inf, "0 (off) or a finite number above 0"),
                                    (RATES, 0, 1, "at least 0 and less than 1"),
                                    (("seed",), 0, SEEDS, f"a whole number from 0 to {SEEDS - 1}")):
        _within(recipe, keys, least, most, said)
    for key, most in MOST.items():
        _within(recipe, (key,), 1, most + 1, f"from 1 to {most}")
        if getattr(recipe, key) > 1 and getattr(recipe.framing.outputs, "played", False):
            raise UserError(f"received {key}={getattr(recipe, key)}: who learns by playing looks at each step. Leave "
                            f"it out.")
    whole = [key for key in ("ema", "clip_norm") if recipe.optimizer == "rows" and getattr(recipe, key)]
    if whole:
        raise UserError(f"received {whole[0]}={getattr(recipe, whole[0])} with optimizer=rows, which never goes "
                        f"through whole tables: set {whole[0]}=0, or optimizer=adam.")
    alone = getattr(recipe.framing.outputs, "alone", "")
    if recipe.members > 1 and alone:
        raise UserError(f"received members={recipe.members}: {alone}. Leave out members.")
    known = recipe.framing.outputs.metrics
    if recipe.metric not in known:
        raise UserError(f"received metric={recipe.metric!r}: {recipe.framing.outputs.name} has {', '.join(known)}."
                        f"{nearest(recipe.metric, known)}")
    if recipe.target is not None and not isinstance(recipe.target, int | float):
        raise UserError(f"received target={recipe.target!r}: expected the {recipe.metric} to reach, a number, or None.")
    _check_domain(recipe.framing.inputs)
    _check_domain(recipe.framing.outputs)
    _check_playing(recipe)
    return recipe


def _check_playing(recipe):
    """Raise UserError for a setting of play that is unknown or out of range, or leaves too few screens to learn from.
    """
    from recipes.playing import PLAYING, SHARES

    settings = recipe.playing
    for key, value in settings.items():
        if key not in PLAYING:
            raise unknown("setting of playing", key, PLAYING)
        if type(value) not in (int, type(PLAYING[key])):
            raise UserError(f"received {key}={value!r}: expected {type(PLAYING[key]).__name__}, as in "
                            f"{key}={PLAYING[key]}.")
        low, high, said = (0, 1, "from 0 to 1") if key in SHARES else (1, math.inf, "1 or more")
        if not low <= value <= high:
            raise UserError(f"received {key}={value}: expected {said}. Change it with --set {key}=….")
    if not settings:
        return
    settings = PLAYING | settings
    players, steps, batch = settings["environments"], settings["rollout"], recipe.batch_size
    if getattr(recipe.framing.outputs, "learns", None) == "actor_critic" and players * steps < batch:
        raise UserError(f"received batch_size={batch} with environments={players} and rollout={steps}, "
                        f"{players * steps} screens between updates: expected as many or more. Change one of them.")
    if settings["replay"] < 2 * players:
        raise UserError(f"received replay={settings['replay']} with environments={players}: expected two screens or "
                        "more for each of them. Change one of them.")


def _within(value, keys, least, most, said):
    for key in keys:
        if not least <= getattr(value, key) < most:
            raise UserError(f"received {key}={getattr(value, key)}: expected {said}. Change it with --set {key}=….")


def _check_domain(domain):
    """Raise UserError for a number of a domain that no model can have."""
    for key in (field.name for field in dataclasses.fields(domain)):
        value = getattr(domain, key)
        choices = getattr(domain, "choices", {}).get(key)
        if choices and value not in choices:
            raise UserError(f"received {key}={value}: choose one of {', '.join(map(str, choices))}."
                            f"{nearest(str(value), map(str, choices))}")
        if type(value) not in (int, float):
            continue
        if key.endswith("dropout"):
            _within(domain, (key,), 0, 1, "at least 0 and less than 1")
        elif key in getattr(domain, "positive", ()):
            _within(domain, (key,), 1, math.inf, "1 or more")
        else:
            _within(domain, (key,), 0, math.inf, "0 or more")


def check_bodies(recipe):
    """Raise UserError where the recipe's architecture or its shallow one lacks the size or an option.

    Imports Keras: only for settings that a user changed.
    """
    from recipes.recipe import resolved_architecture
    from recipes.shallow import shallow_recipe
    from registry import building, table

    for one in (recipe, shallow_recipe(recipe)):
        if one is not None:
            name = resolved_architecture(one)
            module = table.module(name, one.framing.pair)
            building.settings(module, name, one.size, one.options)
            building.check_fit(module, name, one.framing)
            for key, value in one.options.items():
                if type(value) in (int, float) and value < 0:
                    raise UserError(f"received {key}={value} for {name!r}: expected 0 or more.")


def check_shallow(recipe, typed):
    """Raise UserError for settings of the shallow run that a recipe cannot have.

    Args:
        recipe: the recipe.
        typed: function of a field's name, its value and a value of the right kind, that raises for another kind.
    """
    known = [f.name for f in dataclasses.fields(recipe) if f.name not in ("framing", "name", "parameters", "shallow")]
    for key, value in recipe.shallow.items():
        if key not in known:
            raise unknown("field of shallow", key, known)
        typed(key, value, getattr(recipe, key))
    validated(dataclasses.replace(recipe, **recipe.shallow, shallow={}))

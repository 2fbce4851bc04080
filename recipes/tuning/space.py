"""What is searched: the architecture's own `space(hp)`, and the recipe's training settings around what they are.

A setting that the recipe has switched off stays off, and what the user set by hand is not searched.
"""
import dataclasses

from recipes import limits
from registry import building, table

AROUND = 8.0  # a rate is searched from the recipe's own divided by this to it times this


def declared(candidates, fixed=None):
    """Return the `keras_tuner.HyperParameters` of a search.

    Args:
        candidates: {architecture: its `Recipe`}; where there are several, the settings of each are searched only where
            it is the one chosen.
        fixed: {name: value} of what is not searched.
    """
    import keras_tuner

    hp = keras_tuner.HyperParameters()
    for name in candidates:
        hp.values = {"architecture": name}
        recipe_of(hp, candidates, fixed)
    hp.values = {}
    return hp


def recipe_of(hp, candidates, fixed=None):
    """Return the recipe that hyperparameters stand for; what they lack is added to them.

    Args:
        hp: `keras_tuner.HyperParameters`.
        candidates, fixed: as in `declared`.
    """
    names = list(candidates)
    if len(names) == 1:
        return _sampled(hp, candidates[names[0]], fixed or {})
    name = hp.Choice("architecture", names)
    with hp.conditional_scope("architecture", [name]), hp.name_scope(name):
        return _sampled(hp, candidates[name], fixed or {})


def plain(name):
    """Return the name of a hyperparameter without the architecture that it is one of."""
    return name.rpartition("/")[2]


def _sampled(hp, recipe, fixed):
    module = table.module(recipe.architecture, recipe.framing.pair)
    widths = getattr(module, "WIDTH", ()) if recipe.parameters else ()  # which parameters decide
    asked = _Asked(hp, fixed, widths)
    found = {k: v for k, v in module.space(asked).items() if k in building.options_of(module) and k not in fixed
             and not (k in widths and isinstance(v, int))}
    options = {**recipe.options, **native(found)}
    return limits.validated(dataclasses.replace(recipe, options=options, **native(_training(asked, recipe, fixed))))


def _training(hp, recipe, fixed):
    """Return the training settings that hyperparameters stand for."""
    rate, batch, decay = recipe.learning_rate, recipe.batch_size, recipe.weight_decay
    space = {"learning_rate": lambda: hp.Float("learning_rate", rate / AROUND, rate * AROUND, sampling="log",
                                               default=rate)}
    if not recipe.playing:
        sizes = sorted({max(1, batch // 2), batch, 2 * batch})
        space["batch_size"] = lambda: hp.Choice("batch_size", sizes, default=batch)
        space["warmup"] = lambda: hp.Float("warmup", 0.0, 0.2, step=0.05)
        space["label_smoothing"] = lambda: hp.Float("label_smoothing", 0.0, 0.2, step=0.05)
        space["weight_decay"] = lambda: hp.Float("weight_decay", decay / AROUND, decay * AROUND, sampling="log",
                                                 default=decay)
    return {key: ask() for key, ask in space.items() if key not in fixed and getattr(recipe, key)}


class _Asked:
    """Hyperparameters of which some are answered and not searched: what is fixed, by its value, and widths, by the
    least."""

    def __init__(self, hp, fixed, widths=()):
        self.hp, self.fixed, self.widths = hp, fixed, widths

    def __getattr__(self, kind):
        def asked(name, *args, **options):
            if name in self.fixed:
                return self.fixed[name]
            if name in self.widths:
                first = (*args, *options.values())[0]
                return first[0] if isinstance(first, list | tuple) else first
            return getattr(self.hp, kind)(name, *args, **options)

        return asked


def native(value):
    """Return a value as plain Python, numbers with the four figures that one would write."""
    if isinstance(value, dict):
        return {key: native(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return tuple(native(one) for one in value)
    value = value.item() if hasattr(value, "item") else value
    return float(f"{value:.4g}") if isinstance(value, float) else value


def of_values(declaration, values):
    """Return a copy of declared hyperparameters with values, such as a trial's."""
    hp = declaration.copy()
    hp.values = dict(values)
    return hp

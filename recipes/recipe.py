"""A recipe: one reproducible experiment. Importing this module imports no Keras."""
import ast
import dataclasses
from dataclasses import dataclass, field

from recipes import limits, width
from registry.errors import UserError, nearest
from registry.framing import Framing


@dataclass(frozen=True)
class Recipe:
    """Framing, architecture, training settings, and the figure that a full run must reach.

    Args:
        name: the recipe's name, also of its folder of runs.
        framing: the pair of domain values; what they learn from data is filled in by the run.
        data: where the data comes from, for people.
        architecture, size, options: as in `registry.build`; the pair's default where the first is None.
        parameters: how many the model is to have, within 1 %: a run solves the width, among its options; off where 0.
        metric: what is promised, watched on validation and listed first.
        target: what `metric` must reach on the test split, or None.
        epochs: passes over the training part.
        batch_size: examples in a step, over all devices.
        optimizer: "adam" (its weight decay decoupled: AdamW), "rows" (the same, but of tables whose rows are looked up,
            only the rows of a batch are touched, see `recipes.optimizers`) or "sgd" (with Nesterov momentum).
        momentum: of "sgd".
        learning_rate: its peak; cosine decay to zero after a linear warm-up.
        warmup: share of all steps spent warming up.
        weight_decay, clip_norm, label_smoothing: off where 0.
        ema: momentum of an average of the weights, which is what is validated and kept; off where 0.
        keep: "best", the weights of the epoch with the best validation figure, or "last": better where the learning
            rate falls to zero and the validation part is too small to tell epochs apart.
        patience: stop after so many epochs without a better validation figure; off where 0.
        precision: "auto" (bfloat16 where the device has it), "float32", "bfloat16".
        seed: of weights, order and randomness.
        members: train so many models from seeds of their own, one after the other, and answer by their mean.
        minutes: stop training, of each member, after so many minutes, keeping the best weights; off where 0.
        accumulation: divide the batch, of each device, into so many parts, one after the other in memory, before the
            weights are changed once; it is the same step, but batch norm's, which is of each part.
        steps_per_execution: so many steps between looks at signals and the progress bar; faster where steps are short.
        save_minutes: save after so many minutes inside an epoch too; off where 0.
        shallow: settings of the shallow run that differ from these, such as ``{"epochs": 10}``.
        playing: where a model learns by playing a game, how: see `recipes.playing.PLAYING`.
    """

    name: str
    framing: Framing
    data: str = ""
    architecture: str | None = None
    size: str = "base"
    options: dict = field(default_factory=dict)
    parameters: int = 0
    metric: str = "accuracy"
    target: float | None = None
    epochs: int = 10
    batch_size: int = 128
    optimizer: str = "adam"
    momentum: float = 0.9
    learning_rate: float = 1e-3
    warmup: float = 0.05
    weight_decay: float = 1e-4
    clip_norm: float = 0.0
    label_smoothing: float = 0.0
    ema: float = 0.0
    keep: str = "best"
    patience: int = 0
    precision: str = "auto"
    seed: int = 0
    members: int = 1
    minutes: float = 0.0
    accumulation: int = 1
    steps_per_execution: int = 1
    save_minutes: float = 10.0
    shallow: dict = field(default_factory=dict)
    playing: dict = field(default_factory=dict)


def override(recipe, assignments, architecture=None, size=None):
    """Return the recipe with settings of the command line.

    Args:
        recipe: a `Recipe`.
        assignments: strings "field=value": a field of the recipe, of its input or output domain, or an option
            of its architecture. Values are Python literals, or strings.
        architecture, size: replace the recipe's; another architecture forgets the recipe's options.

    Raises:
        UserError: no "=", an unknown field (with the nearest match), or a value that is wrong or out of range.
    """
    begun, by_hand = recipe, {one.partition("=")[0].strip() for one in assignments or ()}
    recipe = _other(_other(recipe, "architecture", architecture), "size", size)
    for assignment in sorted(assignments or (), key=_rank):
        key, equals, text = assignment.partition("=")
        if not equals:
            raise UserError(f"received --set {assignment!r}: write --set field=value, such as --set epochs=3.")
        recipe = _assigned(recipe, key.strip(), literal(text.strip()))
    limits.validated(recipe)
    limits.check_shallow(recipe, _typed)
    if any(getattr(recipe, key) != getattr(begun, key) for key in (
            "architecture", "size", "options", "parameters", "shallow")):
        recipe = width.freed(recipe, by_hand)
        limits.check_bodies(recipe)
    return recipe


def _rank(assignment):
    """Put the architecture first and then its size, which decide what the other fields are."""
    return {"architecture": 0, "size": 1}.get(assignment.partition("=")[0].strip(), 2)


def _other(recipe, key, value):
    """Return the recipe with another architecture or size, which forgets the options of the one before; one on
    hand-made features is trained as these are."""
    if not value or value == (resolved_architecture(recipe) if key == "architecture" else None):
        return recipe
    if key == "size":
        return dataclasses.replace(recipe, size=str(value), options={})
    from recipes import shallow

    trained = shallow.settings(str(value), recipe.framing.pair)
    return dataclasses.replace(recipe, **{**trained, "architecture": str(value), "size": "base", "options": {}})


def resolved_architecture(recipe):
    """Return the recipe's architecture, or its pair's default."""
    from registry import building

    return recipe.architecture or building.default(recipe.framing)


def stride(recipe):
    """Return how many steps of time the recipe's architecture puts together before it answers."""
    from registry import building, table

    if hasattr(recipe.framing.outputs, "each"):
        return 1
    module = table.module(resolved_architecture(recipe), recipe.framing.pair)
    return {**building.options_of(module), **recipe.options}.get("stride", 1)


def literal(text):
    """Return the Python value that a text of the command line stands for, or the text where it is none."""
    try:
        return ast.literal_eval({"true": "True", "false": "False", "none": "None"}.get(text.lower(), text))
    except (ValueError, SyntaxError):
        return text


def _assigned(recipe, key, value):
    if key in ("architecture", "size"):
        return _other(recipe, key, value)
    if key in _fields(Recipe) and key not in ("framing", "name"):
        return dataclasses.replace(recipe, **{key: _typed(key, value, getattr(recipe, key))})
    for side in ("inputs", "outputs"):
        domain = getattr(recipe.framing, side)
        if key in _fields(domain):
            changed = dataclasses.replace(domain, **{key: _typed(key, value, getattr(domain, key))})
            return dataclasses.replace(recipe, framing=dataclasses.replace(recipe.framing, **{side: changed}))
    if key in recipe.playing:
        playing = {**recipe.playing, key: _typed(key, value, recipe.playing[key])}
        return dataclasses.replace(recipe, playing=playing)
    options = _options(recipe)
    if key in options:
        value = _typed(key, value, _option(recipe, key))
        return dataclasses.replace(recipe, options={**recipe.options, key: value})
    known = [f for f in _fields(Recipe) if f not in ("framing", "name")]
    known += [*_fields(recipe.framing.inputs), *_fields(recipe.framing.outputs), *recipe.playing, *options]
    raise UserError(f"unknown field {key!r} in --set: the fields are {', '.join(dict.fromkeys(known))}."
                    f"{nearest(key, known)}")


def _fields(value):
    return [f.name for f in dataclasses.fields(value)]


def _options(recipe):
    from registry import building, table

    return building.options_of(table.module(resolved_architecture(recipe), recipe.framing.pair))


def _option(recipe, key):
    """Return the value that an option has without the recipe's."""
    import inspect

    from registry import building, table

    module = table.module(resolved_architecture(recipe), recipe.framing.pair)
    default = building.options_of(module)[key]
    return module.SIZES.get(recipe.size, {}).get(key, None if default is inspect.Parameter.empty else default)


def _typed(key, value, old):
    """Return the value as the kind of the old one: an int may stand for a float, a list for a tuple."""
    if isinstance(old, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(old, tuple) and isinstance(value, list | tuple):
        return tuple(map(str, value)) if old and all(isinstance(v, str) for v in old) else tuple(value)
    if isinstance(old, str) and not isinstance(value, bool | list | tuple | dict):
        return str(value)
    if old is None or value is None and key == "target":
        return value
    if type(value) is not type(old):
        raise UserError(f"--set {key}={value!r}: received {type(value).__name__}, expected {type(old).__name__}, "
                        f"as in {key}={old!r}.")
    return value


def to_config(recipe):
    """Return the recipe as a dict that JSON can hold, architecture resolved, the framing apart."""
    config = {f: getattr(recipe, f) for f in _fields(Recipe) if f != "framing"}
    return {**config, "pair": list(recipe.framing.pair), "architecture": resolved_architecture(recipe)}


def from_config(config, framing):
    """Return the recipe that `to_config` described, perhaps before some of its fields were there."""
    later = ("parameters", "members", "playing", "accumulation", "steps_per_execution", "save_minutes")
    return Recipe(framing=framing, **{f: config[f] for f in _fields(Recipe) if f != "framing" and (
        f in config or f not in later)})

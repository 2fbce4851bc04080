"""From a framing and an architecture to a plain functional keras.Model."""
import inspect
import itertools
from dataclasses import dataclass
from functools import partial

from registry import table
from registry.errors import UserError, unknown
from registry.framing import Framing, domain, variants


@dataclass(frozen=True)
class Line:
    """The tensors between the boxes of one production line."""

    framing: Framing
    architecture: str
    size: str
    options: dict
    numbers: dict
    features: object
    answers: object
    scores: object


def options_of(module):
    """Return the options that an architecture's body and, where it has one, its decoder take: name → default."""
    found = {}
    for part in (module.body, getattr(module, "decoder", None)):
        found |= {p.name: p.default for p in (inspect.signature(part).parameters.values() if part else ())
                  if p.kind == p.KEYWORD_ONLY}
    return found


def _of(part, arguments):
    """Return those of the arguments that a body or a decoder takes."""
    return {name: arguments[name] for name in inspect.signature(part).parameters if name in arguments}


def settings(module, name, size="base", options=None):
    """Return the body's arguments for a named size with options on top.

    Raises:
        UserError: unknown size or option.
    """
    if size not in module.SIZES:
        raise unknown(f"size of {name!r}", size, module.SIZES)
    accepted = options_of(module)
    for option in options or {}:
        if option not in accepted:
            raise unknown(f"option of {name!r}", option, accepted)
    return {**module.SIZES[size], **(options or {})}


def offered(module, inputs):
    """Return the kinds of features that a domain offers to a body: hand-made ones, or those that its stem learns."""
    if getattr(module, "HANDMADE", False):
        return tuple(inputs.handmade_is)
    return inputs.gives, *getattr(inputs, "also_gives", ())


def taken(module, inputs):
    """Return the first kind of the features offered that the body takes, or None."""
    return next((kind for kind in offered(module, inputs) if module.TAKES in table.TAKES[kind]), None)


def fits(module, framing):
    """Return whether a body takes what the input domain gives, looks no further than the output domain allows, and is
    made for its form, and there is an answer for each of what the input has."""
    writes = not hasattr(framing.outputs, "generator") or hasattr(module, "decoder")
    looks_back = getattr(module, "CAUSAL", False) or "causal" in options_of(module)
    form = getattr(framing.outputs, "form", None)
    made_for = form in getattr(module, "FORMS", (form,))
    each = getattr(framing.outputs, "each", None) in (None, getattr(framing.inputs, "length_is", None))
    return taken(module, framing.inputs) is not None and made_for and writes and each and (
        looks_back or not getattr(framing.outputs, "causal", False))


def fitting(framing):
    """Return the names of the pair's architectures that fit a framing, the default first."""
    return [name for name in table.names(framing.pair)
            if not name.endswith("*") and fits(table.module(name), framing)]


def framing_for(pair, name=None):
    """Return the framing of a pair that an architecture fits, in the domains' first forms that it does.

    Args:
        pair: names of the domains, or of the input a domain value.
        name: the architecture; the pair's first where it is None.
    """
    made = [Framing(*both) for both in itertools.product(variants("input", pair[0]), variants("output", pair[1]))]
    module = table.module(name or table.names(made[0].pair)[0], made[0].pair)
    return next((framing for framing in made if fits(module, framing)), made[0])


def check_fit(module, name, framing):
    """Raise UserError where the body does not fit the domains, and say which bodies do."""
    inputs = framing.inputs
    if taken(module, inputs) is not None and not fits(module, framing):
        causal = ", where no position may look at what follows" if getattr(framing.outputs, "causal", False) else ""
        raise UserError(f"{name!r} does not fit {type(framing.outputs).__name__}{causal}: choose "
                        f"{'one of ' + ', '.join(fitting(framing)) if fitting(framing) else 'another output'}.")
    if taken(module, inputs) is None:
        gives = " or ".join(offered(module, inputs))
        others = sorted({n for pair, row in table.rows().items() if pair[0] == inputs.name for n in row})
        raise UserError(f"{name!r} takes {module.TAKES} features and {inputs.name!r} gives {gives}: "
                        f"what takes them is {', '.join(others)}.")


def default(framing):
    """Return the name of the first architecture of the pair that fits the framing; only a causal framing and a form of
    an input domain are looked at for it, since that loads the architectures and Keras with them, which a list should
    not wait for."""
    first = table.names(framing.pair)[0]
    looked_at = getattr(framing.outputs, "causal", False) or hasattr(framing.inputs, "form")
    return next(iter(fitting(framing)), first) if looked_at else first


def line(framing, architecture=None, size="base", stem=None, **options):
    """Lay the boxes of a production line in a row and return the tensors between them.

    Args:
        framing, architecture, size, **options: as in `build`.
        stem: numbers and features of another line of the framing and architecture, to go on from.
    """
    name = architecture or default(framing)
    module = table.module(name, framing.pair)
    arguments = settings(module, name, size, options)
    check_fit(module, name, framing)
    if "num_answers" in options_of(module):
        arguments.setdefault("num_answers", framing.outputs.num_kinds)
    if "num_tags" in options_of(module):
        arguments.setdefault("num_tags", len(framing.outputs.tags))
    if "num_switches" in options_of(module):
        arguments.setdefault("num_switches", framing.inputs.num_switches)
    if "stride" in options_of(module) and hasattr(framing.outputs, "each"):
        arguments.setdefault("stride", 1)
        if arguments["stride"] != 1:
            raise UserError(f"received stride={arguments['stride']} for {name!r}: expected 1, since each of the "
                            f"{framing.outputs.each} is answered.")
    if "causal" in options_of(module):
        arguments["causal"] = getattr(framing.outputs, "causal", False)
    numbers, features = stem or begun(framing, module)
    try:
        answers = module.body(features, **_of(module.body, arguments))
        further, scores = _head(framing, module, arguments, answers, numbers)
    except (ValueError, TypeError) as error:
        raise UserError(f"{name!r} of size {size!r} with {arguments} cannot be built on {framing.inputs}: "
                        f"{str(error).splitlines()[0]}") from error
    return Line(framing, name, size, arguments, {**numbers, **further}, features, answers, scores)


def begun(framing, module):
    """Return the encoded numbers, and the features that the body takes: hand-made ones, or those of the stem, reshaped
    where it takes others."""
    inputs, numbers = framing.inputs, framing.inputs.tensors()
    kind = taken(module, inputs)
    if getattr(module, "HANDMADE", False):
        return numbers, inputs.handmade(numbers, kind)
    features = inputs.stem(numbers)
    return numbers, features if kind == inputs.gives else inputs.reshaped(features, kind)


def _head(framing, module, arguments, answers, numbers):
    """Return the model's further inputs, where the output domain has any, and the scores: at the level of the window
    that they go on with, where the stem took that out, and without what is given already, where it is excluded."""
    inputs, outputs = framing.inputs, framing.outputs
    if hasattr(outputs, "generator"):
        further = outputs.tensors()
        return further, outputs.head(answers, partial(module.decoder, **_of(module.decoder, arguments)), further)
    excludes = getattr(outputs, "exclude", False) and hasattr(inputs, "given")
    given = {"given": inputs.given(numbers, outputs.names)} if excludes else {}
    scores = outputs.head(answers, getattr(module, "POOL", "average"), **given)
    if hasattr(inputs, "levels") and hasattr(outputs, "restored"):
        scores = outputs.restored(scores, inputs.levels(numbers))
    return {}, scores


def build(inputs, outputs, architecture=None, size="base", parameters=None, **options):
    """Return a model from encoded numbers to scores for a pair of domains.

    Args:
        inputs, outputs: names such as "image" and "label", or domain values such as ``Image(28, 28, 1)``.
        architecture: a name of the pair's row; its first where it is None.
        size: one of the architecture's `SIZES`.
        parameters: how many the model is to have, within 1 %: its width is solved, see `registry.width`.
        **options: arguments of the architecture's `body`, on top of the size.

    Returns:
        A functional `keras.Model`, not compiled. Its inputs are the domain's encoded numbers, its output the
        scores that the output domain's `loss()` and `decode` take.

    Raises:
        UserError: unknown domain, pair, architecture, size or option, parts that do not fit, or parameters that no
            width comes near to.
    """
    import keras

    from registry import width

    framing = (framing_for((inputs, outputs), architecture) if isinstance(outputs, str) else
               Framing(domain("input", inputs), domain("output", outputs)))
    if parameters is not None:
        options = width.solved(framing, architecture or default(framing), size, options, parameters)
    made = line(framing, architecture, size, **options)
    name = made.architecture.replace("/", "_")
    return keras.Model(made.numbers, made.scores, name=f"{framing.inputs.name}_{framing.outputs.name}_{name}")


def shallow(framing):
    """Return the name of the pair's shallow architecture that fits: hand-made features and one learned linear box."""
    for name in table.names(framing.pair):
        if not name.endswith("*") and getattr(table.module(name), "HANDMADE", False):
            if fits(table.module(name), framing):
                return name
    return None

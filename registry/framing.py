"""A framing: what goes in and what must come out, with their details filled in."""
import dataclasses
from dataclasses import dataclass

from registry.errors import unknown


@dataclass(frozen=True)
class Framing:
    """A pair of domain values, such as ``Framing(WordSeq(), Tags(names=("NOUN", "VERB")))``."""

    inputs: object
    outputs: object

    @property
    def pair(self):
        """The names of both domains, such as ``("word_seq", "tags")``."""
        return self.inputs.name, self.outputs.name

    def adapt(self, examples):
        """Return the framing with what both domains learn from the training part filled in.

        Args:
            examples: a function without arguments that gives an iterator of raw (x, y).
        """
        inputs = self.inputs.adapt(x for x, _ in examples()) if self.inputs.needs_adapting else self.inputs
        learns = getattr(self.outputs, "needs_adapting", False)
        outputs = self.outputs.adapt(y for _, y in examples()) if learns else self.outputs
        return Framing(*outputs.joined(inputs)) if hasattr(outputs, "joined") else Framing(inputs, outputs)

    def problems(self, x, y):
        """Yield (found, expected, fix) where a raw answer cannot be that of its raw input, each by itself being one."""
        yield from getattr(self.outputs, "contradictions", lambda *_: ())(x, y)

    def measured(self, known):
        """Return the framing with the means and deviations that another framing of the same data has and this one
        lacks: who reads a series measures them on its steps, of which windows that overlap show some more often."""
        def filled(own, other):
            empty = {key for key in ("mean", "std") if getattr(own, key, None) == () and getattr(other, key, None)}
            return dataclasses.replace(own, **{key: getattr(other, key) for key in empty})

        return Framing(filled(self.inputs, known.inputs), filled(self.outputs, known.outputs))

    def sample(self, rng, n):
        """Return `n` synthetic raw (x, y) that can be learned, for tests, ``doctor`` and lessons."""
        values, kinds = self.inputs.sample(rng, n, self.outputs.num_kinds)
        return [(x, self.outputs.sample(kind)) for x, kind in zip(values, kinds)]


def domains():
    """Return the domain classes by side and name: ``{"input": {...}, "output": {...}}``."""
    from registry.inputs import INPUTS
    from registry.outputs import OUTPUTS

    return {"input": INPUTS, "output": OUTPUTS}


def forms(side):
    """Return the classes of a side's domains that have several forms, by form."""
    from registry import inputs, outputs

    return {"input": inputs.FORMS, "output": outputs.FORMS}[side]


def variants(side, value):
    """Return the domain value of a name such as "distribution" and one of each of its further forms, with their
    defaults; of a domain value itself alone."""
    first = domain(side, value)
    others = [form() for form in forms(side).values() if form.name == value and form is not type(first)]
    return [first, *others] if isinstance(value, str) else [first]


def domain(side, value):
    """Return a domain value for a name such as ``"image"``; a domain value is returned as it is."""
    classes = domains()[side]
    if isinstance(value, str):
        if value not in classes:
            raise unknown(f"{side} domain", value, classes)
        return classes[value]()
    if type(value) not in (*classes.values(), *forms(side).values()):
        raise unknown(f"{side} domain", value, classes)
    return value


def to_config(framing):
    """Return the framing as a dict that JSON can hold."""
    return {side: {"name": value.name, **({"form": value.form} if hasattr(value, "form") else {}),
                   **dataclasses.asdict(value)}
            for side, value in (("inputs", framing.inputs), ("outputs", framing.outputs))}


def from_config(config):
    """Return the framing that `to_config` described."""
    values = {}
    for side, key in (("input", "inputs"), ("output", "outputs")):
        fields = {k: _tuples(v) for k, v in config[key].items() if k not in ("name", "form")}
        made = forms(side)[config[key]["form"]] if "form" in config[key] else domains()[side][config[key]["name"]]
        values[key] = made(**fields)
    return Framing(**values)


def _tuples(value):
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value

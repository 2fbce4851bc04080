"""The width of an architecture, solved from the number of parameters that its model is to have.

An architecture names the options that are its width in `WIDTH`: whole numbers, or tuples of them, which are all scaled
by one factor from what its size gives them.
"""
from concurrent.futures import ThreadPoolExecutor
from math import prod

from registry import building, table
from registry.errors import UserError

NEAR = 0.01  # share of the parameters that a model may have more or less
GRAIN = 16  # steps of the widest number's unit in which several numbers are scaled, each rounded by itself
GUESSES = 10  # by a parabola, which the number of parameters nearly is; then the interval is halved


def solved(framing, name, size="base", options=None, parameters=0):
    """Return options with which an architecture's model has so many parameters, those given among them.

    Args:
        framing: the `Framing`.
        name: of the architecture.
        size, options: as `build` takes them; tuples among the architecture's `WIDTH` are kept in proportion.
        parameters: of the whole model, all boxes together.

    Raises:
        UserError: the architecture has no width, the width is given too, or no width comes within 1 % of it.
    """
    module, options = table.module(name, framing.pair), dict(options or {})
    check(module, name, framing, options, parameters)
    arguments = building.settings(module, name, size, options)
    shape = {key: arguments[key] for key in names(module) if arguments.get(key)}
    numbers = [n for value in shape.values() for n in (value if isinstance(value, tuple) else (value,))
               if isinstance(n, int)]
    step, grain = arguments.get("num_heads", 1), 1 if len(numbers) == 1 else GRAIN

    def at(n):
        return {key: _scaled(value, n * step / (grain * max(numbers)), step) for key, value in shape.items()}

    def search():
        stem = building.begun(framing, module)

        def count(n):
            return counted(building.line(framing, name, size, stem, **{**options, **at(n)}))

        return _around(count, parameters, max(1, grain * max(numbers) // step))

    found = laid_out(search)
    best = min(found, key=lambda n: abs(found[n] - parameters))
    if abs(found[best] - parameters) > NEAR * parameters:
        near = " and ".join(f"{found[n]:,} with {told(at(n))}" for n in found)
        raise UserError(f"received parameters={parameters} for {name!r} of size {size!r}: the nearest that it can have "
                        f"{'are' if len(found) > 1 else 'is'} {near}. Set parameters to one of these.")
    return {**options, **at(best)}


def counted(line):
    """Return the parameters of a line's model."""
    import keras

    return sum(prod(weight.shape) for weight in keras.Model(line.numbers, line.scores).weights)


def laid_out(make):
    """Return what a function makes of models, of which only the shapes count: no weight of theirs is drawn.

    It is called in a thread of its own, since Keras keeps what it remembers of weights to be drawn, and of names, with
    the thread.
    """
    def made():
        import keras

        with keras.StatelessScope(initialize_variables=False):
            return make()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(made).result()


def names(module):
    """Return the options that are an architecture's width; none where it has no width."""
    return [name for name in getattr(module, "WIDTH", ()) if name in building.options_of(module)]


def check(module, name, framing, options, parameters):
    """Raise UserError where parameters cannot decide the width of an architecture with these options."""
    if not isinstance(parameters, int) or isinstance(parameters, bool) or parameters < 1:
        raise UserError(f"received parameters={parameters!r}: expected a whole number above 0.")
    if not names(module):
        others = [one for one in building.fitting(framing) if names(table.module(one, framing.pair))]
        raise UserError(f"received parameters={parameters} for {name!r}, which has no width: what it reads and answers "
                        f"decides its size. Leave out parameters{', or choose ' * bool(others)}{', '.join(others)}.")
    given = [key for key in names(module) if isinstance(options.get(key), int)]
    if given:
        raise UserError(f"received {told({key: options[key] for key in given})} and parameters={parameters} for "
                        f"{name!r}: parameters decides {', '.join(names(module))}. Leave out one of them.")


def told(options):
    """Return options in words, such as "units=58"."""
    return ", ".join(f"{key}={value!r}" for key, value in options.items())


def _scaled(value, factor, step):
    """Return a whole number, or those of a tuple, times a factor: multiples of a step, and no less."""
    if isinstance(value, tuple):
        return tuple(_scaled(one, factor, step) for one in value)
    return max(step, step * round(factor * value / step)) if isinstance(value, int) else value


def _around(count, budget, start):
    """Return {n: count(n)} of the two whole numbers whose counts, which grow with n, are next to a budget; of one
    alone where it has that very count, or where 1 has more."""
    known, low, high, n = {}, 0, None, start
    while high is None or high - low > 1:
        known[n] = count(n)
        if known[n] == budget:
            return {n: budget}
        low, high = (n, high) if known[n] < budget else (low, n)
        n = _guess(known, budget, low, high)
    return {n: known[n] for n in (low, high) if n in known}


def _guess(known, budget, low, high):
    """Return the number between low and high, or above low, where the parabola through the counts next to the budget
    reaches it."""
    import numpy as np

    middle = (low + high) // 2 if high else 2 * low
    if 3 <= len(known) <= GUESSES:
        nearest = sorted(known, key=lambda n: abs(known[n] - budget))[:3]
        roots = np.roots(np.polyfit(nearest, [float(known[n] - budget) for n in nearest], 2))
        inside = [root.real for root in roots if abs(root.imag) < 1e-9 and low < root.real < (high or np.inf)]
        middle = int(min(inside, default=middle))
    return max(low + 1, min(middle, high - 1 if high else middle))

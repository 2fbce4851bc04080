"""What a training step takes, with its input pipeline and without, and what holds it up."""
import math
import time

import keras

WARM, TIMED = 2, 8  # steps before the clock starts, and steps that are timed
AT_ONCE = 4  # steps in a call while they are timed, at most
ROUNDS, ENOUGH = 7, 5.0  # both ways are timed in turn, so many times or until so many seconds have passed
PASSES = 3  # over weights and activations in a step
UPDATE = {"adam": 7, "sgd": 5, "rows": 0}  # numbers that are read and written for a weight's update
DRAWS = 200  # of rounds, for the standard error
WAITS = 0.1  # share of a step spent waiting for input above which the input is what holds it up


class Clock(keras.callbacks.Callback):
    """The seconds of the steps after the first `warm` ones, in the place of a `recipes.progress.Watcher`; `first` is
    when the first was done, `begun` how many were done when the clock started, `calls` holds the seconds of each call
    from then on."""

    stopped = None

    def __init__(self, warm=WARM):
        super().__init__()
        self.warm, self.done, self.first, self.begun, self.last, self.calls = warm, 0, None, None, None, []

    def on_train_batch_end(self, batch, logs=None):
        self.after(1, 0.0)

    def after(self, count, loss):
        now, self.done = time.perf_counter(), self.done + count
        self.first = self.first or time.time()
        if self.begun:
            self.calls.append(now - self.last)
        elif self.done >= self.warm:
            self.begun = self.done
        self.last = now

    @property
    def seconds(self):
        """The mean seconds of a step; 0 before there are any."""
        return sum(self.calls) / (self.done - self.begun) if self.calls else 0.0


def measured(fit, batches, steps, most=None):
    """Return {"step_seconds", "fed_seconds", "waiting_error", "batches"}: the seconds of a training step with the input
    pipeline, the same with these batches in memory, the standard error of the share by which they differ (None of less
    than 3 rounds), and [[examples, length, pieces], …] of those batches; None where an epoch has too few steps to tell.
    The weights change.

    Each batch is timed in rounds, and its median over them counts, so that what disturbs a step now and then does not.

    Args:
        fit: function of (batches, steps, watch) that trains, with `AT_ONCE` steps in a call at most.
        batches: a data set of (numbers, targets).
        steps: how many there are.
        most: (rounds at most, seconds after which none begins) where it is not `ROUNDS` and `ENOUGH`.
    """
    import numpy as np

    count = min(steps, WARM + TIMED)
    if count < WARM + 2:
        return None
    piped = batches.take(count)
    held = piped.cache()
    sizes = [_size(numbers) for numbers, _ in held]  # which reads them
    rounds, enough = most or (ROUNDS, ENOUGH)
    found, begun = [], time.perf_counter()
    while len(found) < rounds and (not found or time.perf_counter() - begun < enough):
        clocks = Clock(), Clock()
        for clock, source in zip(clocks, (piped, held)):
            fit(source, count, clock)
        found.append([clock.calls for clock in clocks])
    found, first = np.array(found), clocks[0].begun  # (rounds, 2, calls)
    drawn = found[np.random.default_rng(0).integers(len(found), size=(DRAWS, len(found)))]  # (DRAWS, rounds, 2, calls)
    step, fed = _whole(found) / (count - first)
    error = float(np.std([1 - one[1] / one[0] for one in map(_whole, drawn)])) if len(found) > 2 else None
    return {"step_seconds": step, "fed_seconds": fed, "waiting_error": error, "batches": sizes[first:]}


def _whole(rounds):
    """Return the seconds of all steps, with the pipeline and without (2,), of rounds (R, 2, calls)."""
    import numpy as np

    return np.median(rounds, 0).sum(-1)


def _size(numbers):
    """Return [examples, the length of the longest sequence that is read, or of what else stands there, and of the
    longest text that is written] of a batch."""
    shapes = {name: one.shape for name, one in numbers.items()}
    written = shapes.pop("previous", (0, 0))
    first = next(iter(shapes.values()))
    return [int(first[0]), int(max((shape[1] for shape in shapes.values() if len(shape) > 1), default=1)),
            int(written[1])]


def told(found, model, recipe):
    """Return {"step_seconds", "flops_per_second", "peak_flops_per_second", "share_of_peak", "waiting_for_input",
    "waiting_error", "times_the_floor", "bound"} of what `measured` found.

    The floor of a step is the longer of its operations at the measured peak and its bytes at the measured bandwidth:
    forward, for the gradients of the inputs and for those of the weights, and once more all that the optimizer keeps.

    Args:
        found: from `measured`.
        model: what was trained, each of its members by itself.
        recipe: its settings.
    """
    from recipes import device, peaks
    from registry import cost

    each = [(size, cost.total(model, *lengths)) for size, *lengths in found["batches"]]
    operations = sum(size * one.training_flops for size, one in each) / len(each)
    moved = sum(PASSES * (one.weight_bytes + size * one.example_bytes) for size, one in each) / len(each)
    moved += 4 * UPDATE[recipe.optimizer] * sum(math.prod(v.shape) for v in model.trainable_variables)
    operations, moved = operations / recipe.members, moved / recipe.members
    best = peaks.matrix(device.reduced(recipe))
    if operations > best * found["fed_seconds"]:  # others used the machine when that was measured
        best = peaks.matrix(device.reduced(recipe), again=True)
    compute, memory = operations / best, moved / peaks.bandwidth()
    waiting = max(0.0, 1 - found["fed_seconds"] / found["step_seconds"])
    return {"step_seconds": found["step_seconds"], "flops_per_second": operations / found["step_seconds"],
            "peak_flops_per_second": best, "share_of_peak": compute / found["step_seconds"],
            "waiting_for_input": waiting, "waiting_error": found["waiting_error"],
            "times_the_floor": found["fed_seconds"] / max(compute, memory),
            "bound": "input" if waiting > WAITS else "compute" if compute > memory else "memory"}

"""Models that fit the search's budgets, told by building them: what does not fit is sampled again and is no trial."""
import json
import os
import statistics
import time

from recipes import width
from recipes.tuning import space
from registry.errors import UserError

TRIES = 100  # samples in a row that may not fit
FAILURES = 5  # trials in a row that end a search
PASSES = 20  # of one example, whose median is the latency


class Budget:
    """What may be tried: a model that can be built, has no more parameters than allowed and answers soon enough.

    Each sample that was looked at is a line of sampled.jsonl; what stands there is not measured again, so that a search
    that goes on admits what it admitted before.

    Args:
        search: the `Search`.
        declaration: of its hyperparameters.
    """

    def __init__(self, search, declaration):
        self.search, self.declaration = search, declaration
        self.path = search.folder / "sampled.jsonl"
        self.known = {row["key"]: row for row in read(self.path)}

    def admits(self, values):
        """Tell whether hyperparameters (a dict) give a model within the budgets."""
        key = key_of(values)
        if key not in self.known:
            self.known[key] = {"key": key, **self._looked_at(values)}
            with self.path.open("a") as file:
                file.write(json.dumps(self.known[key]) + "\n")
        return not self.known[key]["refused"]

    def check(self, samples):
        """Raise UserError where none of some samples, an iterable of values, fits."""
        looked_at = []
        for values in samples:
            if self.admits(values):
                return
            looked_at.append(values)
        raise UserError(f"none of {len(looked_at)} sampled settings fits the budgets: {told(self.known.values())}. "
                        f"{self._nearest()}")

    def _nearest(self):
        built = [row for row in self.known.values() if row["parameters"]]
        if not built:
            why = next((row["refused"].partition(": ")[2] for row in self.known.values()), "")
            return f"Of the first: {why or 'it is too large.'} Or search other --architectures."
        least = [f"the fewest parameters were {min(row['parameters'] for row in built):,}"]
        soon = [row["latency_ms"] for row in built if row["latency_ms"] is not None]
        least += [f"the shortest latency {min(soon):.2f} ms"] if soon else []
        return f"{' and '.join(least).capitalize()}: allow more, or search other --architectures."

    def _looked_at(self, values):
        """Return {"parameters", "latency_ms", "load", "refused"}, the last empty for a model that fits."""
        import keras

        import registry

        search, row = self.search, {"parameters": None, "latency_ms": None, "load": None, "refused": ""}
        try:
            recipe = width.solved(space.recipe_of(space.of_values(self.declaration, values), search.candidates,
                                                  search.fixed))
            model = registry.build(recipe.framing.inputs, recipe.framing.outputs, recipe.architecture, recipe.size,
                                   **recipe.options)
        except UserError as error:
            return {**row, "refused": f"cannot be built: {error}"}
        row["parameters"] = model.count_params()
        if search.max_parameters and row["parameters"] > search.max_parameters:
            row["refused"] = "too many parameters"
        elif search.max_latency_ms:
            row["load"] = os.getloadavg()[0]
            row["latency_ms"] = latency(model, search.folder / "example.npz")
            row["refused"] = "too slow" if row["latency_ms"] > search.max_latency_ms else ""
        keras.backend.clear_session()
        return row


def key_of(values):
    """Return the same text for the same hyperparameters."""
    return json.dumps({k: space.native(v) for k, v in values.items() if not k.startswith("tuner/")}, sort_keys=True)


def read(path):
    """Return the lines of sampled.jsonl, but for one that was cut off by a kill."""
    rows = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def told(rows):
    """Return how many samples did not fit and why, in words; empty where all did."""
    reasons = [row["refused"].partition(":")[0] for row in rows if row["refused"]]
    return ", ".join(f"{reasons.count(one)} {one}" for one in dict.fromkeys(reasons))


def keep_example(search, data):
    """Write example.npz: the encoded training example of median length among the first hundred, as a batch of one."""
    import numpy as np

    from recipes import pipeline

    part = pipeline.encode(search.untuned.framing, data.splits["train"].take(100))
    place = int(np.argsort(part.lengths, kind="stable")[part.count // 2]) if part.sequences else 0
    numbers, targets = next(iter(part.examples.skip(place).batch(1)))
    np.savez(search.folder / "example.npz", targets=targets, **{f"x_{key}": value for key, value in numbers.items()})


def latency(model, path):
    """Return the median milliseconds of a forward pass of one example, traced, on the device of this process."""
    import numpy as np
    import tensorflow as tf

    with np.load(path) as kept:
        numbers = {key[2:]: tf.constant(kept[key]) for key in kept.files if key.startswith("x_")}
        numbers["targets"] = tf.constant(kept["targets"])
    numbers = {one.name: numbers[one.name] for one in model.inputs}
    call = tf.function(lambda x: tf.nest.map_structure(tf.identity, model(x, training=False)))
    times = []
    for _ in range(PASSES + 3):
        start = time.perf_counter()
        tf.nest.map_structure(lambda y: y.numpy(), call(numbers))
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[3:])

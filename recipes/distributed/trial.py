"""Some steps of a recipe in processes of their own, to compare and to time them.

``python -m recipes.distributed.trial SPEC.json`` is one of these processes; `tried` starts them.
"""
import dataclasses
import json
import math
import os
import sys
import time
from pathlib import Path

from registry.errors import UserError

WARM = 3  # steps before the clock starts


@dataclasses.dataclass(frozen=True)
class Trial:
    """What is tried: a strategy, and what is measured.

    Args:
        source: as in `recipes.sources.load`.
        folders: (data folder, offline folder), or None for each.
        overrides: (assignments of --set, architecture, size).
        changed: fields of the recipe that the trial needs otherwise.
        replicas: devices of one process.
        workers: processes; 0 for one without a cluster.
        steps: of training.
        still: without what layers draw at random.
        backwards: with the rows of each batch in the opposite order, which changes nothing but rounding.
        timed: so many seconds, as a run does them, to tell what `recipes.efficiency` tells of them; nothing else is
            then. None where that is not asked.
    """

    source: dict
    folders: tuple
    overrides: tuple
    changed: dict
    replicas: int = 1
    workers: int = 0
    steps: int = 10
    still: bool = False
    backwards: bool = False
    timed: float | None = None


def tried(trial, folder):
    """Run a trial in processes of its own and return (weights, {"step_seconds", "reduce_seconds", "batch_size",
    "moved"}), or ([], what `efficiency.told` gives and {"batch_size", "model", "parameters", "peak_rss_mb",
    "first_step"}, the last when the first step was done, as `time.time`).

    Args:
        trial: a `Trial`.
        folder: an empty one for what the processes write.

    Raises:
        UserError: one of them failed; with the end of what it said.
    """
    import numpy as np

    from recipes.distributed.launching import POLL
    from recipes.distributed.workers import Workers

    folder.mkdir(parents=True)
    spec = folder / "trial.json"
    spec.write_text(json.dumps(dataclasses.asdict(trial), default=str))
    workers = Workers([sys.executable, "-m", "recipes.distributed.trial", str(spec)], trial.workers, folder)
    try:
        while workers.status() is None and not (failure := workers.failed(0)):
            time.sleep(POLL)
        failure = workers.failed(0)
    finally:
        workers.end()
    if failure:
        worker, what = failure
        said = (workers.logs[worker].read_text(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        if said.startswith("error: ") and not trial.workers:  # a mistake, and nobody asks who found it
            raise UserError(said.removeprefix("error: "))
        raise UserError(f"worker {worker} of the trial with {trial.replicas} replicas and {max(trial.workers, 1)} "
                        f"workers {what}: {said}")
    with np.load(folder / "weights.npz") as file:
        return [file[key] for key in file.files], json.loads((folder / "told.json").read_text())


def main(spec):
    """Run one process of a trial."""
    spec = Path(spec)
    trial = Trial(**json.loads(spec.read_text()))
    from recipes.distributed import cluster as clusters

    name = "multi_worker" if trial.workers else "mirrored" if trial.replicas > 1 else "none"
    cluster = clusters.begin(name, None if trial.workers else trial.replicas)
    recipe, part = _prepared(trial, spec.parent)
    weights, told = _trained(trial, recipe, part, cluster) if trial.timed is None else _efficiency(
        recipe, part, trial.timed)
    if cluster.chief:
        import numpy as np

        np.savez(spec.parent / "weights.npz", *weights)
        (spec.parent / "told.json").write_text(json.dumps({**told, "batch_size": recipe.batch_size}))
    cluster.told()


def _prepared(trial, folder):
    """Return the recipe, changed and adapted, and its encoded training part."""
    from recipes import catalogue, device, pipeline, sources, width
    from recipes.datasets.folders import Folders
    from recipes.datasets.source import rows

    generic, data = sources.load(trial.source, Folders(*(one and Path(one) for one in trial.folders)),
                                 trial.overrides[1])
    recipe = catalogue.module(trial.source["recipe"]).recipe() if trial.source["recipe"] else generic
    recipe = sources.overridden(trial.source, recipe, *trial.overrides)
    recipe = dataclasses.replace(recipe, **trial.changed)
    if data.game:
        raise UserError("who learns by playing trains on one device")
    device.configure(recipe)
    framing = recipe.framing.measured(data.framing).adapt(lambda: rows(data.splits["train"]))
    recipe = width.solved(dataclasses.replace(recipe, framing=framing))
    return recipe, pipeline.part(recipe, data, "train", str(folder / f"cache_{os.getpid()}"))


def _trained(trial, recipe, part, cluster):
    """Return the weights after the steps, and {"step_seconds", "reduce_seconds", "moved"}."""
    import keras
    import numpy as np

    import registry
    from recipes import efficiency, pipeline, train
    from recipes.distributed.trainer import Trainer

    keras.utils.set_random_seed(recipe.seed)
    framing = recipe.framing
    model = registry.build(framing.inputs, framing.outputs, recipe.architecture, recipe.size, **recipe.options)
    learner, bring = train._fitted(model, recipe, 10 * trial.steps, cluster)
    if trial.still:
        still(learner)
    before, clock = _weights(model), efficiency.Clock(WARM)
    at_once = min(recipe.steps_per_execution, efficiency.AT_ONCE, max(1, trial.steps - WARM))
    trainer = Trainer(learner, cluster, recipe.accumulation, at_once)
    trainer.exact = trial.still
    epochs = -(-trial.steps // pipeline.steps_per_epoch(part, recipe.batch_size))
    batches = pipeline.epoch(part, recipe.batch_size, recipe.seed, 0)
    for number in range(1, epochs):
        batches = batches.concatenate(pipeline.epoch(part, recipe.batch_size, recipe.seed, number))
    batches = pipeline.taken(learner, batches)
    if trial.backwards:
        batches = batches.map(lambda *data: keras.tree.map_structure(lambda one: one[::-1], data))
    trainer.fit(batches, trial.steps, clock)
    summing = trainer.reduce_seconds() if cluster.replicas > 1 else 0.0
    bring()
    after = _weights(model)
    moved = max(float(np.abs(a - b).max(initial=0)) for a, b in zip(before, after))
    return after, {"step_seconds": clock.seconds, "reduce_seconds": summing, "moved": moved}


def _efficiency(recipe, part, seconds):
    """Return ([], what a step of a run takes and reaches, and what it takes to begin)."""
    import keras

    import registry
    from recipes import device, efficiency, pipeline, train
    from recipes import recipe as recipes_recipe

    keras.utils.set_random_seed(recipe.seed)
    framing = recipe.framing
    model = registry.build(framing.inputs, framing.outputs, recipe.architecture, recipe.size, **recipe.options)
    learner = train.compile_model(model, recipe, 1000)
    batches = pipeline.taken(learner, pipeline.epoch(part, recipe.batch_size, recipe.seed, 0))
    fit = train.timed(learner, recipe)
    steps, clock = pipeline.steps_per_epoch(part, recipe.batch_size), efficiency.Clock()
    few = min(steps, efficiency.WARM + efficiency.TIMED)
    fit(batches.take(few), few, clock)  # the first batch of a shape takes longer
    found = efficiency.measured(fit, batches, steps, (math.inf, seconds))
    told = efficiency.told(found, model, dataclasses.replace(recipe, members=1)) if found else {}
    return [], {**told, "model": recipes_recipe.resolved_architecture(recipe), "parameters": model.count_params(),
                "first_step": clock.first, "peak_rss_mb": device.peak_rss_mb()}


def _weights(model):
    return [v.numpy() for v in model.variables if "seed_generator" not in v.path]


def still(model):
    """Take out of a model's training what is drawn at random: layers that hold a seed compute as when they answer."""
    import inspect

    import keras

    for layer in model._flatten_layers():
        seeded = any(isinstance(value, keras.random.SeedGenerator) for value in vars(layer).values())
        if seeded and "training" in inspect.signature(layer.call).parameters:
            layer.call = _answering(layer.call)
    return model


def _answering(call):
    return lambda *args, training=None, **options: call(*args, training=False, **options)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except UserError as error:
        sys.exit(f"error: {error}")

"""A run from raw data to figures: adapt, check, train deep and shallow, evaluate, report."""
import dataclasses
import time
from pathlib import Path

from recipes import folder as folders
from recipes import limits, width
from recipes import recipe as recipes_recipe
from recipes.datasets.source import rows
from recipes.distributed.cluster import ALONE
from recipes.shallow import shallow_recipe
from recipes.stopping import Interrupted
from registry import framing as registry_framing
from registry.errors import UserError


def run(recipe, data, source, console, out="runs", resume=None, cluster=ALONE, into=None):
    """Run a recipe and return (folder, metrics); on workers that are not the chief None for the metrics.

    Args:
        recipe: a `Recipe`; what its framing learns from data is filled in here.
        data: `Data`.
        source: a dict that says how to get the data again, kept in config.json.
        console: a `rich.console.Console`.
        out: where run folders go.
        resume: the folder of a run to go on with, or None.
        cluster: the `Cluster` that trains the model; its chief alone writes, and trains the shallow model.
        into: the folder of a new run, instead of one of its own in `out`.

    Raises:
        UserError: the data has errors, or a file cannot be written; Interrupted: a signal came.
    """
    import keras

    from recipes import device

    playable(data, cluster)
    device.configure(recipe)
    keras.utils.set_random_seed(recipe.seed)
    folder = Path(resume) if resume else None
    recipe, folder = _prepared(recipe, data, source, console, (out, into), folder, cluster)
    try:
        with _own(folder, cluster) as own:
            parts = _encoded(recipe, data, own)
            return folder, _done(recipe, data, parts, folder, console, resume is not None, cluster)
    except KeyboardInterrupt as stop:
        raise Interrupted(f"{str(stop) or 'stopped'}; go on with `python -m recipes run --resume {folder}`",
                          getattr(stop, "by", "SIGINT")) from None


def _done(recipe, data, parts, folder, console, resume, cluster):
    """Train both models, measure them, leave the deep one's export, and return the metrics; None on workers that are
    not the chief."""
    from recipes import measuring, tuned
    from recipes.export import write_saved_model

    deep, told = _trained(recipe, parts, folder, console, resume, cluster)
    if not cluster.chief:
        return None
    shallow, shallow_told = _shallow(recipe, parts, folder, console)
    recipe = dataclasses.replace(recipe, framing=tuned.framing_of(recipe.framing, told))
    folders.write_json(folder / "framing.json", registry_framing.to_config(recipe.framing))
    test = data.game or data.splits["test"]
    metrics = measuring.measure(recipe, parts, test, folder, deep, told, shallow, shallow_told)
    folders.write_json(folder / "metrics.json", metrics)
    measuring.boxes(recipe, folder, deep, *parts["train"].mean_lengths)
    if not (folder / "serving").exists():
        write_saved_model(folder, deep, recipe.framing)
    return metrics


def playable(data, cluster):
    """Raise UserError where a game is to be learned on several devices."""
    if cluster.strategy and data.game:
        raise UserError(f"received --strategy {cluster.name}: who learns by playing trains on one device. Set "
                        "--strategy none.")


def _own(folder, cluster):
    """Return the context of the folder where this worker keeps encoded data: the run's, or one that is deleted."""
    import contextlib
    import tempfile

    if cluster.chief:
        return contextlib.nullcontext(folder)
    return tempfile.TemporaryDirectory(prefix="worker_")


def _prepared(recipe, data, source, console, where, folder, cluster):
    """Check the data, fill in what the framing learns from it, and make the run's folder."""
    from recipes import check, device

    if folder is not None:
        return recipe, folder
    findings, profile = check.check(data, recipe.framing, recipes_recipe.stride(recipe))
    report_findings(findings, console)
    framing = recipe.framing.measured(data.framing).adapt(lambda: rows(data.splits["train"]))
    recipe = width.solved(dataclasses.replace(recipe, framing=framing))
    if recipe.parameters:
        console.print(f"parameters={recipe.parameters}: {recipe.options}", highlight=False)
    _buildable(recipe)
    if cluster.chief:
        folder = folders.new(where[0], recipe.name, where[1])
        folders.write_json(folder / "profile.json", {**profile, "record": data.record})
        folders.write_json(folder / "environment.json", {**device.describe(), **cluster.described})
        folders.begin(folder, recipe, source)
    folder = Path(cluster.told(str(folder)))
    console.print(f"run folder: {folder}", highlight=False, soft_wrap=True)
    return recipe, folder


def _buildable(recipe):
    """Raise UserError where the model or its shallow one cannot be built, before anything is written."""
    import registry

    for one in (recipe, shallow_recipe(recipe)):
        if one is not None:
            registry.build(one.framing.inputs, one.framing.outputs, one.architecture, one.size, **one.options)


def report_findings(findings, console):
    """Print the findings; raise UserError where one is an error."""
    for finding in findings:
        if finding.level == "warning":
            console.print(str(finding), style="yellow", highlight=False, markup=False)
    errors = [f for f in findings if f.level == "error"]
    if errors:
        more = f" ({len(errors) - 1} more: `python -m recipes check` lists them)" if len(errors) > 1 else ""
        raise UserError(str(errors[0]).removeprefix("error: ") + more)


def _encoded(recipe, data, folder):
    from recipes import pipeline

    return {split: pipeline.part(recipe, data, split, str(Path(folder) / f"cache_{split}")) for split in data.splits}


def _trained(recipe, parts, folder, console, resume, cluster=ALONE):
    """Train the recipe's model and return it with what training told; a finished training is not repeated."""
    from recipes import tuned

    done = folder / "training.json"
    if cluster.told(resume and done.exists()):
        return folders.load_model(folder), folders.read_json(done)
    model, told = (_together if recipe.members > 1 else alone)(recipe, parts, folder, console, resume, cluster)
    if not cluster.chief:
        return model, told
    told["tuned"] = tuned.found(model, recipe.framing, parts["validation"])
    try:
        model.save(folder / "partial.keras")
        (folder / "partial.keras").replace(folder / "model.keras")
    except OSError as error:
        raise UserError(f"cannot write {folder / 'model.keras'}: {error.strerror or error}. Free some space and "
                        f"go on with `python -m recipes run --resume {folder}`.") from error
    folders.write_json(done, told)
    return model, told


def alone(recipe, parts, folder, console, resume, cluster=ALONE, stop=None):
    """Train one model and return it with what training told; `stop` as in `recipes.train.train`."""
    import keras

    import registry
    from recipes import checkpoint, pipeline
    from recipes.train import train
    from registry import cost, table

    framing = recipe.framing
    keras.utils.set_random_seed(recipe.seed)
    model = registry.build(framing.inputs, framing.outputs, recipe.architecture, recipe.size, **recipe.options)
    console.print(f"{recipes_recipe.resolved_architecture(recipe)}: {model.count_params():,} parameters, "
                  f"{cost.flops(model, *parts['train'].mean_lengths):,} FLOPs an example forward, "
                  f"{parts['train'].told}", highlight=False)
    module, spent = table.module(recipes_recipe.resolved_architecture(recipe), framing.pair), 0.0
    if hasattr(module, "prepare") and not (resume and checkpoint.there(folder / "checkpoint")):
        start = time.perf_counter()
        module.prepare(model, pipeline.looked_at(parts))
        spent = time.perf_counter() - start
    validate = _validator(framing, parts)
    return model, train(model, recipe, parts["train"], validate, folder, console, resume, spent, cluster, stop)


def _together(recipe, parts, folder, console, resume, cluster):
    """Train the members of an ensemble, each in a folder of its own, and return their mean with what training told."""
    from statistics import fmean

    from recipes.train import write_history
    from registry.ensembles import ensemble

    members = []
    for i in range(recipe.members):
        inner = folder / f"member_{i}"
        inner.mkdir(exist_ok=True)
        one = dataclasses.replace(recipe, members=1, seed=(recipe.seed * recipe.members + i) % limits.SEEDS)
        console.print(f"member {i + 1} of {recipe.members}, seed {one.seed}", highlight=False)
        members.append(_trained(one, parts, inner, console, True, cluster))
    if not cluster.chief:
        return members[-1]
    model, told = ensemble([model for model, _ in members], recipe.framing), [one for _, one in members]
    best = _validator(recipe.framing, parts)(model)[recipe.metric]
    alone = ", ".join(f"{one['best']:.4f}" for one in told)
    console.print(f"validation {recipe.metric} together {best:.4f}, alone {alone}", highlight=False)
    history = [{key: fmean(row[key] for row in rows) for key in rows[0]} | {"epoch": rows[0]["epoch"]}
               for rows in zip(*(one["history"] for one in told))]
    write_history(folder, history)
    rate = 1 / sum(1 / one["examples_per_second"] for one in told)
    return model, {**told[0], "best": best, "seconds": sum(one["seconds"] for one in told), "history": history,
                   "resumed": sum(one["resumed"] for one in told), "examples_per_second": rate,
                   "alone": [one["best"] for one in told]}


def _validator(framing, parts):
    """Return the function of a model that gives its figures on the validation part."""
    from recipes import evaluate, pipeline

    return evaluate.validator(framing, pipeline.alike(parts["validation"]), framing.outputs.loss())


def _shallow(recipe, parts, folder, console):
    """Train the shallow model on the same numbers; (None, None) where there is none."""
    shallow = shallow_recipe(recipe)
    if shallow is None:
        return None, None
    console.print("the shallow model on the same data", highlight=False)
    inner = folder / "shallow"
    inner.mkdir(exist_ok=True)
    model, told = _trained(shallow, parts, inner, console, resume=True)
    return model, {**told, "architecture": shallow.architecture, "parameters": model.count_params()}

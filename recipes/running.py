"""A run from raw data to figures: adapt, check, train deep and shallow, evaluate, report."""
import dataclasses
import json
from pathlib import Path

from recipes import folder as folders
from recipes import recipe as recipes_recipe
from recipes.train import Interrupted
from registry.errors import UserError


def run(recipe, data, source, console, out="runs", resume=None):
    """Run a recipe and return (folder, metrics).

    Args:
        recipe: a `Recipe`; what its framing learns from data is filled in here.
        data: `Data`.
        source: a dict that says how to get the data again, kept in config.json.
        console: a `rich.console.Console`.
        out: where run folders go.
        resume: the folder of a run to go on with, or None.

    Raises:
        UserError: the data has errors, or a file cannot be written; Interrupted: a signal came.
    """
    import keras

    from recipes import device
    from recipes.export import write_saved_model
    from registry import table

    module = table.module(recipes_recipe.resolved_architecture(recipe), recipe.framing.pair)
    device.configure(recipe, module)
    keras.utils.set_random_seed(recipe.seed)
    folder = Path(resume) if resume else None
    recipe, folder = _prepared(recipe, data, source, console, out, folder)
    parts = _encoded(recipe, data, folder)
    try:
        deep, told = _trained(recipe, parts, folder, console, resume is not None)
        shallow, shallow_told = _shallow(recipe, parts, folder, console)
    except Interrupted as stop:
        raise Interrupted(f"{stop}; go on with `python -m recipes run --resume {folder}`") from None
    metrics = _measured(recipe, parts, data.splits["test"], folder, deep, told, shallow, shallow_told)
    folders.write_json(folder / "metrics.json", metrics)
    boxes(recipe, folder, deep)
    if not (folder / "serving").exists():
        write_saved_model(folder, deep, recipe.framing)
    return folder, metrics


def _prepared(recipe, data, source, console, out, folder):
    """Check the data, fill in what the framing learns from it, and make the run's folder."""
    from recipes import check, device

    if folder is not None:
        return recipe, folder
    findings, profile = check.check(data, recipe.framing)
    report_findings(findings, console)
    framing = recipe.framing.adapt(lambda: data.splits["train"].as_numpy_iterator())
    recipe = dataclasses.replace(recipe, framing=framing)
    folder = folders.new(out, recipe.name)
    folders.begin(folder, recipe, source)
    folders.write_json(folder / "profile.json", {**profile, "record": data.record})
    folders.write_json(folder / "environment.json", device.describe())
    console.print(f"run folder: {folder}", highlight=False, soft_wrap=True)
    return recipe, folder


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

    parts = {}
    for split, raw in data.splits.items():
        parts[split] = pipeline.encode(recipe.framing, raw, str(folder / f"cache_{split}"))
    return parts


def _trained(recipe, parts, folder, console, resume):
    """Train the recipe's model and return it with what training told; a finished training is not repeated."""
    import keras

    import registry
    from recipes import evaluate, pipeline
    from recipes.train import train

    done = folder / "training.json"
    if resume and done.exists():
        return folders.load_model(folder), folders.read_json(done)
    framing = recipe.framing
    keras.utils.set_random_seed(recipe.seed)
    model = registry.build(framing.inputs, framing.outputs, recipe.architecture, recipe.size, **recipe.options)
    console.print(f"{recipes_recipe.resolved_architecture(recipe)}: {model.count_params():,} parameters, "
                  f"{parts['train'].count:,} training examples", highlight=False)
    validate = evaluate.validator(framing, pipeline.batches(parts["validation"]), framing.outputs.loss())
    told = train(model, recipe, parts["train"], validate, folder, console, resume)
    try:
        model.save(folder / "partial.keras")
        (folder / "partial.keras").replace(folder / "model.keras")
    except OSError as error:
        raise UserError(f"cannot write {folder / 'model.keras'}: {error.strerror or error}. Free some space and "
                        f"go on with `python -m recipes run --resume {folder}`.") from error
    folders.write_json(done, told)
    return model, told


def shallow_recipe(recipe):
    """Return the recipe of the pair's shallow model on the same data, or None where it is that itself."""
    from registry import building

    name = building.shallow(recipe.framing.pair)
    if name is None or name == recipes_recipe.resolved_architecture(recipe):
        return None
    plain = {"architecture": name, "size": "base", "options": {}, "optimizer": "adam", "weight_decay": 0.0,
             "learning_rate": 3e-3, "label_smoothing": 0.0, "ema": 0.0, "clip_norm": 0.0, "patience": 3,
             "epochs": 15}
    return dataclasses.replace(recipe, **{**plain, **recipe.shallow})


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


def _measured(recipe, parts, raw_test, folder, deep, told, shallow, shallow_told):
    """Evaluate on the test split in float32 and return what metrics.json holds."""
    from recipes import device, evaluate, evidence, pipeline
    from registry import cost

    device.bfloat16_kernels(False)
    framing, test = recipe.framing, pipeline.batches(parts["test"])
    answers = evaluate.answer(folders.load_model(folder), framing, test)
    evidence.write(folder, recipe, answers, raw_test)
    others = {"chance": evaluate.chance(framing, answers.truth, recipe.seed),
              "majority": evaluate.majority(framing, answers.truth, evaluate.frequencies(framing, parts["train"]))}
    verdict = "the shallow model itself"
    if shallow is not None:
        others["shallow"] = evaluate.answer(folders.load_model(folder / "shallow"), framing, test)
        verdict = evaluate.verdict(framing, answers, others["shallow"], recipe.metric)
    length = int(parts["train"].lengths.mean()) if parts["train"].sequences else 1
    return {
        "recipe": recipe.name, "pair": list(framing.pair),
        "architecture": recipes_recipe.resolved_architecture(recipe),
        "parameters": deep.count_params(), "flops_per_example": cost.flops(deep, length),
        "test": {**_ordered(recipe, evaluate.with_intervals(framing, answers)), "examples": len(answers.truth)},
        "baselines": {k: _ordered(recipe, evaluate.with_intervals(framing, a)) for k, a in others.items()},
        "verdict": verdict, "target": recipe.target, "metric": recipe.metric,
        "shallow": {k: shallow_told[k] for k in ("architecture", "parameters", "seconds")} if shallow else None,
        "validation": {"value": told["best"], "epoch": told["best_epoch"]},
        "speed": _speed(told, deep, length), "resumed": told["resumed"], "seed": recipe.seed}


def _ordered(recipe, metrics):
    """Return the metrics with the promised one first."""
    return {recipe.metric: metrics[recipe.metric], **metrics}


def _speed(told, model, length):
    from recipes import device
    from registry import cost

    rate = told["examples_per_second"]
    achieved, best = 3 * cost.flops(model, length) * rate, device.peak(device.has_bfloat16())
    return {"examples_per_second": rate, "seconds": told["seconds"], "epochs": told["epochs"],
            "peak_rss_mb": device.peak_rss_mb(), "flops_per_second": achieved, "peak_flops_per_second": best,
            "bound": "compute" if achieved > 0.5 * best else "memory and elementwise work"}


def boxes(recipe, folder, model):
    """Write line.json, the production line of the run's model."""
    from registry import explaining, table

    module = table.module(recipes_recipe.resolved_architecture(recipe))
    rows = explaining.boxes(model, recipe.framing, module)
    folders.write_json(folder / "line.json", rows)
    return rows


def summary(metrics, console, target_counts=True):
    """Print the four figures side by side and the verdict; return the exit status, 1 for a missed target."""
    from rich.table import Table

    name = metrics["metric"]
    grid = Table("model", f"test {name}", "95 % interval", title=f"{metrics['recipe']}: {' → '.join(metrics['pair'])}",
                 title_justify="left")
    for model, row in [*metrics["baselines"].items(), (metrics["architecture"], metrics["test"])]:
        figure = row[name]
        grid.add_row(model, f"{figure['value']:.4f}", f"{figure['low']:.4f} to {figure['high']:.4f}")
    console.print(grid)
    console.print(f"The deep model is {metrics['verdict']}. {metrics['speed']['seconds']:.0f} s of training, "
                  f"seed {metrics['seed']}.", highlight=False)
    return target_status(metrics, console) if target_counts else 0


def target_status(metrics, console):
    """Say whether the promised figure was reached; return 0, or 1 where it was missed."""
    target, name = metrics["target"], metrics["metric"]
    if target is None:
        return 0
    value = metrics["test"][name]["value"]
    reached = value <= target if name == "log_loss" else value >= target
    word = "reached" if reached else "MISSED"
    console.print(f"target {name} {'≤' if name == 'log_loss' else '≥'} {target}: {word} ({value:.4f})",
                  style="green" if reached else "bold red", highlight=False)
    return 0 if reached else 1


def load_metrics(folder):
    """Return a run's metrics.json as a dict."""
    return json.loads(json.dumps(folders.read_json(Path(folder) / "metrics.json")))

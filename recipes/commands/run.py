"""``run``: train a recipe, a TFDS data set or your own files, and report."""
from pathlib import Path
from typing import Annotated

import typer

from recipes.commands import options as o


def run(
    name: o.Name = None,
    architecture: o.Architecture = None, size: o.Size = None, settings: o.Settings = None,
    dataset: o.Dataset = None, data: o.DataPath = None, pair: o.As = None, columns: o.Columns = None,
    environment: o.Environment = None,
    out: o.Out = Path("runs"), data_dir: o.DataDir = None, offline_dir: o.OfflineDir = None,
    limit: o.Limit = None, sample: o.Sample = False, skip_bad: o.SkipBad = False,
    seeds: Annotated[int, typer.Option(min=1, help="Run so many seeds, one after the other.")] = 1,
    folds: Annotated[int | None, typer.Option(
        min=2, help="Cross-validate: all examples in so many parts, each the test part of one run.")] = None,
    holdout: Annotated[str | None, typer.Option(
        help="Test on each of a kind that training has not seen, such as speaker, one run for each.")] = None,
    resume: Annotated[str | None, typer.Option(help="Go on with a run that was stopped.")] = None,
    folder: Annotated[Path | None, typer.Option(
        help="Run in this folder, or go on where a run in it was stopped: the same command for schedulers that start "
             "jobs again.")] = None,
    strategy: o.Strategy = "auto", replicas: o.Replicas = None,
    global_batch: Annotated[int | None, typer.Option(
        min=1, help="Another batch size, over all devices, with the learning rate that suits it: times k for sgd, "
                    "times √k for adam and rows, where the batch is k times the recipe's.")] = None,
):
    """Train, compare with the shallow model, evaluate on the test split, and write a report.

    Exit status: 0 done, 1 the promised figure was missed, 2 your mistake or missing data, 75 stopped by SIGTERM and
    saved, 130 interrupted.
    """
    from rich.console import Console

    from recipes import sources
    from recipes.datasets.folders import Folders
    from recipes.distributed import cluster as clusters

    console = Console()
    folders = Folders(data_dir, offline_dir)
    if folder and not resume:
        o.refuse({"--seeds": seeds > 1, "--folds": folds, "--holdout": holdout},
                 "--folder: they make several runs. Leave out one of them.")
    cluster = clusters.begin(strategy, replicas)
    if folder and not resume and cluster.told((folder / "config.json").exists()):
        raise typer.Exit(_resume(folder, {}, folders, out, console, cluster))
    if resume:
        others = {"the name": name, "--architecture": architecture, "--size": size, "--set": settings,
                  "--dataset": dataset, "--data": data, "--as": pair, "--columns": columns, "--limit": limit,
                  "--sample": sample, "--skip-bad": skip_bad, "--environment": environment, "--seeds": seeds > 1,
                  "--folds": folds, "--holdout": holdout, "--folder": folder, "--global-batch": global_batch}
        raise typer.Exit(_resume(resume, others, folders, out, console, cluster))
    source = sources.source_of(name, dataset, data, pair, o.columns_of(columns), limit, sample, skip_bad,
                               environment)
    held_out = sources.held_out(source, holdout, folds)
    recipe, source, loaded = _drafted(source, folders, held_out, (settings, architecture, size), global_batch, console)
    over = f"each {holdout}" if held_out else f"{folds} folds" if folds else f"{seeds} seeds"
    cases = _cases(source, loaded, folders, recipe, [[holdout, one] for one in held_out], folds or 0)
    raise typer.Exit(_series(recipe, cases, console, (out, folder), seeds, over, cluster))


def _drafted(source, folders, held_out, overrides, global_batch, console):
    """Return (recipe, source, data); no data where each run holds out a part of its own."""
    from recipes import catalogue, sources
    from recipes.skipping import skipping

    recipe = None
    if source["recipe"]:  # refuse bad settings before data is read
        recipe = sources.overridden(source, catalogue.module(source["recipe"]).recipe(), *overrides)
    wanted = (recipe and recipe.architecture) or overrides[1]
    generic, loaded = (None, None) if held_out else sources.load(source, folders, wanted)
    recipe = recipe or sources.overridden(source, generic, *overrides)
    recipe = sources.of_batch(recipe, global_batch, console) if global_batch else recipe
    if loaded:
        source, loaded = skipping(source, loaded, recipe)
    return recipe, source, loaded


def _cases(source, loaded, folders, recipe, held_out, folds):
    """Yield (source, data) of each part held out, of each fold, or of the data as it is."""
    from recipes import sources
    from recipes.datasets.folds import folded
    from recipes.skipping import skipping

    for part in held_out:
        case = source | {"holdout": part}
        yield skipping(case, sources.load(case, folders, recipe.architecture)[1], recipe)
    for fold in range(1, folds + 1):
        yield source | {"fold": [fold, folds]}, folded(loaded, fold, folds)
    if not held_out and not folds:
        yield source, loaded


def _series(recipe, cases, console, where, seeds, over, cluster):
    """Run each seed of each case (source, data), print the spread where there are several, and return the exit status.
    """
    import dataclasses

    from recipes import running

    status, figures = 0, []
    for source, data in cases:
        for seed in range(recipe.seed, recipe.seed + seeds):
            one, (out, into) = dataclasses.replace(recipe, seed=seed), where
            folder, metrics = running.run(one, data, source, console, out, cluster=cluster, into=into)
            status = max(status, _tell(folder, metrics, source, console, cluster))
            figures.append(metrics)
    if len(figures) > 1 and cluster.chief:
        _spread(recipe, figures, over, console)
    return status


def _spread(recipe, runs, over, console):
    """Print how the promised figure and the shallow model's vary over runs."""
    from statistics import mean, stdev

    shallow = [one["baselines"]["shallow"] for one in runs if "shallow" in one["baselines"]]
    for name, rows in (("", [one["test"] for one in runs]), ("shallow ", shallow)):
        values = [row[recipe.metric]["value"] for row in rows]
        if values:
            console.print(f"{name}{recipe.metric} over {over}: mean {mean(values):.4f}, standard deviation "
                          f"{stdev(values):.4f}, from {min(values):.4f} to {max(values):.4f}", highlight=False)


def _resume(resume, others, folders, out, console, cluster):
    from recipes import folder as run_folders
    from recipes import sources

    o.refuse(others, "--resume: it goes on with a run as it was begun. Leave them out, or start a new run without "
                     "--resume.")
    folder = run_folders.find(resume, out)
    if cluster.told((folder / "metrics.json").exists()):
        console.print(f"{folder} is finished already: `python -m recipes report {folder}` shows it.", soft_wrap=True)
        return 0
    recipe, source = run_folders.load_recipe(folder)
    _, data = sources.load(source, folders, recipe.architecture)
    from recipes import running  # with Keras, which starts silently after `load`

    folder, metrics = running.run(recipe, data, source, console, out, resume=folder, cluster=cluster)
    return _tell(folder, metrics, source, console, cluster)


def _tell(folder, metrics, source, console, cluster):
    """Print the figures, write the report, and return the exit status; other workers than the chief wait for it."""
    from recipes import telling
    from recipes.report import report

    if not cluster.chief:
        return cluster.told()
    whole = not (source["limit"] or source["sample"] or source.get("fold") or source.get("holdout"))
    status = telling.summary(metrics, console, whole)
    console.print(f"report: {report(folder)}", highlight=False, soft_wrap=True)
    return cluster.told(status)

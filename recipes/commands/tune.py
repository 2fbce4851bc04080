"""``tune``: search for better settings of a recipe."""
from pathlib import Path
from typing import Annotated

import typer

from recipes.commands import options as o

TRIALS = 20


def tune(
    name: o.Name = None,
    tuner: Annotated[str, typer.Option(help="bayesian, hyperband or random.")] = "bayesian",
    trials: Annotated[int | None, typer.Option(
        min=1, help=f"Train so many settings in all [default: {TRIALS}].")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.0, help="Search so long in all.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Train in so many processes at a time.")] = 1,
    max_parameters: Annotated[int | None, typer.Option(min=1, help="Try no model with more parameters.")] = None,
    max_latency_ms: Annotated[float | None, typer.Option(
        min=1e-6, help="Try no model that answers one example later, measured on this machine.")] = None,
    architectures: Annotated[str | None, typer.Option(
        help="all that fit the pair, or A,B [default: the recipe's own].")] = None,
    median: Annotated[bool, typer.Option(
        help="Stop trials that are worse than the median of the finished ones.")] = True,
    test: Annotated[bool, typer.Option(help="At the end, run the winner and the untuned recipe to their test figures.")
                    ] = True,
    settings: o.Settings = None,
    dataset: o.Dataset = None, data: o.DataPath = None, pair: o.As = None, columns: o.Columns = None,
    environment: o.Environment = None,
    out: o.Out = Path("runs"), data_dir: o.DataDir = None, offline_dir: o.OfflineDir = None,
    limit: o.Limit = None, sample: o.Sample = False, skip_bad: o.SkipBad = False,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same search.")] = 0,
    strategy: o.Strategy = "auto", replicas: o.Replicas = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with the search in this folder.")] = None,
):
    """Search for better settings of a recipe, on validation; what is --set is left as it is.

    The same command goes on with a search that was stopped or killed. Exit status: 0 done, 1 all trials failed, 2 your
    mistake or missing data, 130 interrupted.
    """
    from rich.console import Console

    from recipes import sources
    from recipes.tuning import begin
    from recipes.tuning import search as searches
    from recipes.tuning.conducting import conduct

    console, extended = Console(), {key: value for key, value in (("trials", trials), ("minutes", minutes))
                                    if value is not None}
    if resume:
        others = {"the name": name, "--set": settings, "--dataset": dataset, "--data": data, "--as": pair,
                  "--columns": columns, "--limit": limit, "--sample": sample, "--skip-bad": skip_bad,
                  "--environment": environment, "--architectures": architectures, "--seed": seed,
                  "--tuner": tuner != "bayesian", "--max-parameters": max_parameters,
                  "--max-latency-ms": max_latency_ms, "--no-median": not median, "--replicas": replicas,
                  "--strategy": strategy != "auto"}
        o.refuse(others, "--resume: it goes on with a search as it was begun. Leave them out, but for --trials, "
                         "--minutes and --workers, or begin another search without --resume.")
        search = searches.read(resume)
    else:
        source = sources.source_of(name, dataset, data, pair, o.columns_of(columns), limit, sample, skip_bad,
                                   environment)
        search = begin.drafted(
            source, settings, architectures, out, tuner=tuner, trials=TRIALS, minutes=0.0, seed=seed,
            max_parameters=max_parameters, max_latency_ms=max_latency_ms, median=median, strategy=strategy,
            replicas=replicas, data_folders=o.texts(data_dir, offline_dir))
    raise typer.Exit(conduct(search, extended, workers, test, console))

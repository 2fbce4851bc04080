"""``evaluate``: a finished run's model on a split, again."""
from pathlib import Path
from typing import Annotated

import typer

from recipes.commands import options as o


def evaluate(
    run: Annotated[str, typer.Argument(help="A run's folder, or a recipe's name for its newest run.")],
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    settings: Annotated[list[str] | None, typer.Option(
        "--set", help="What can be set of an answer, such as --set beams=8. Repeatable.")] = None,
    out: o.Out = Path("runs"), data_dir: o.DataDir = None, offline_dir: o.OfflineDir = None,
):
    """Print a run's figures on a split; exit status 1 where a full run misses its recipe's target on test."""
    from rich.console import Console

    from recipes import evaluate as evaluation
    from recipes import folder as folders
    from recipes import pipeline, prediction, sources, telling
    from recipes.datasets.folders import Folders
    from registry.errors import unknown

    folder = folders.find(run, out)
    recipe, source = folders.load_recipe(folder)
    recipe = prediction.answering(recipe, settings)
    _, data = sources.load(source, Folders(data_dir, offline_dir), recipe.architecture)
    model = folders.load_model(folder)
    if split not in data.splits:
        raise unknown("split", split, data.splits)
    part = pipeline.part(recipe, data, split)
    answers = evaluation.answer(model, recipe.framing, pipeline.alike(part))
    figures = evaluation.with_intervals(recipe.framing, answers, recipe.seed)
    console = Console()
    for metric, figure in figures.items():
        console.print(f"{split} {metric}: {figure['value']:.4f} (95 % interval {figure['low']:.4f} to "
                      f"{figure['high']:.4f}), {len(answers.truth)} {'games' if part.play else 'examples'}",
                      highlight=False)
    if split == "test" and not (source["limit"] or source["sample"]):
        metrics = {"target": recipe.target, "metric": recipe.metric, "test": figures}
        raise typer.Exit(telling.target_status(metrics, console))

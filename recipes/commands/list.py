"""``list``: the recipes, or the runs so far."""
from pathlib import Path
from typing import Annotated

import typer

from recipes.commands import options as o


def list(
    runs: Annotated[bool, typer.Option("--runs", help="Show the runs so far instead.")] = False,
    out: o.Out = Path("runs"),
):
    """Show the recipes, or with --runs what has been run."""
    from rich.console import Console
    from rich.table import Table

    if runs:
        return _runs(out, Console())
    from recipes import catalogue

    grid = Table("recipe", "what it learns", box=None, pad_edge=False)
    for name in catalogue.RECIPES:
        grid.add_row(f"[bold]{name}[/]", catalogue.summary(name))
    Console().print(grid)
    print("python -m recipes run NAME trains one; --dataset NAME any TFDS data set; --data PATH --as PAIR your files.")


def _runs(out, console):
    from rich.table import Table

    from recipes import folder as folders
    from recipes.pictures import text

    grid = Table(box=None, pad_edge=False)
    grid.add_column("run", no_wrap=True, overflow="fold")
    for column in ("architecture", "figure", "95 % interval", "verdict"):
        grid.add_column(column)
    for folder in folders.runs(out):
        if (folder / "metrics.json").exists():
            metrics = folders.read_json(folder / "metrics.json")
            name = metrics["metric"]
            figure = metrics["test"][name]
            grid.add_row(_short(folder, out), text.model(metrics), f"{name} {figure['value']:.4f}",
                         f"{figure['low']:.4f} to {figure['high']:.4f}", metrics["verdict"])
        else:
            grid.add_row(_short(folder, out), "", "unfinished", "", f"python -m recipes run --resume {folder}")
    console.print(grid if grid.row_count else f"no runs in {out} yet")


def _short(folder, out):
    """Return NAME/TIME, which every verb takes for a run."""
    return str(folder.relative_to(out))

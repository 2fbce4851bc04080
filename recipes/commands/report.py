"""``report``: a run's report again, from what the run left."""
from pathlib import Path
from typing import Annotated

import typer

from recipes.commands import options as o


def report(
    run: Annotated[str, typer.Argument(help="A run's folder, or a recipe's name for its newest run.")],
    out: o.Out = Path("runs"),
):
    """Write report.html and its pictures again, and print where they are."""
    from recipes import folder as folders
    from recipes.report import report as write

    folder = folders.find(run, out)
    folders.read_json(folder / "metrics.json")
    print(write(folder))

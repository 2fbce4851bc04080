"""``compare``: several runs side by side."""
from pathlib import Path
from typing import Annotated

import typer

from recipes.commands import options as o


def compare(
    runs: Annotated[list[str], typer.Argument(help="Folders of runs, or recipes' names for their newest runs.")],
    out: o.Out = Path("runs"),
):
    """Show several finished runs side by side, and write a page with a picture."""
    from rich.console import Console

    from recipes import folder as folders
    from recipes.compare import compare as side_by_side

    found = [folders.find(run, out) for run in runs]
    for folder in found:
        folders.read_json(folder / "metrics.json")
    Console().print(side_by_side(found, out=out / "compare"))
    print(f"page: {out / 'compare' / 'compare.html'}")

"""``check``: look at every example, and say what training will take, without training."""
from typing import Annotated

import typer

from recipes.commands import options as o


def check(
    name: Annotated[str | None, typer.Argument(help="A recipe, as `list` shows them.")] = None,
    dataset: o.Dataset = None, data: o.DataPath = None, pair: o.As = None, columns: o.Columns = None,
    environment: o.Environment = None,
    settings: o.Settings = None, data_dir: o.DataDir = None, offline_dir: o.OfflineDir = None,
    limit: o.Limit = None, sample: o.Sample = False, skip_bad: o.SkipBad = False,
):
    """Check every example of every split; exit status 1 where training would refuse the data."""
    from rich.console import Console

    from recipes import check as checks
    from recipes import sources
    from recipes.datasets.folders import Folders
    from recipes.estimate import estimate
    from recipes.recipe import stride
    from recipes.skipping import skipping

    console = Console()
    source = sources.source_of(name, dataset, data, pair, o.columns_of(columns), limit, sample, skip_bad,
                               environment)
    recipe, loaded = sources.load(source, Folders(data_dir, offline_dir))
    recipe = sources.overridden(source, recipe, settings)
    _, loaded = skipping(source, loaded, recipe)
    findings, profile = checks.check(loaded, recipe.framing, stride(recipe))
    _print_profile(profile, console)
    for finding in findings:
        console.print(str(finding), style="red" if finding.level == "error" else "yellow", markup=False,
                      highlight=False, soft_wrap=True)
    if any(f.level == "error" for f in findings):
        raise typer.Exit(1)
    console.print(estimate(recipe, loaded), highlight=False)


def _print_profile(profile, console):
    from rich.table import Table

    grid = Table("split", "examples", "names", "lengths: least, median, 95 %, most", box=None, pad_edge=False)
    for split, told in profile.items():
        if split != "findings":
            lengths = told["lengths"]
            grid.add_row(split, f"{told['examples']:,}", str(len(told["classes"])),
                         ", ".join(str(v) for v in lengths.values()) if lengths else "-")
    console.print(grid)

"""``bench``: what a training step of each recipe takes, and what holds it up."""
import sys
from pathlib import Path
from typing import Annotated

import typer

from recipes.commands import options as o

WIDE = 160  # characters of a table that goes to a file
COLUMNS = {  # field → (head of the column, how it is written)
    "parameters": ("parameters", lambda v: f"{v:,}"), "step_seconds": ("ms a step", lambda v: f"{1000 * v:.1f}"),
    "examples_per_second": ("examples/s", lambda v: f"{v:,.0f}"),
    "flops_per_second": ("GFLOP/s", lambda v: f"{v / 1e9:,.1f}"), "share_of_peak": ("of the peak", "{:.0%}".format),
    "waiting_for_input": ("waits for input", "{:.1%}".format), "waiting_error": ("±", "{:.1%}".format),
    "times_the_floor": ("times the floor", "{:.1f}".format),
    "bound": ("held up by", str), "start_seconds": ("s to start", "{:.1f}".format),
    "peak_rss_mb": ("MB", "{:,.0f}".format)}


def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Recipes; all whose data is there where none is given.")
                     ] = None,
    settings: o.Settings = None, data_dir: o.DataDir = None, offline_dir: o.OfflineDir = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Use so many examples of each split.")] = 20_000,
    sample: o.Sample = False,
    seconds: Annotated[float, typer.Option(min=0.0, help="Time each recipe so long.")] = 12.0,
    peak: Annotated[bool, typer.Option(help="Measure again what the device can do at most.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write the table to this CSV file too.")] = None,
):
    """Time a few training steps of recipes, each in a process of its own, and print what they reach: the share of the
    measured peak of matrix products, of a step that waits for input with its standard error, and how many times the
    floor a step takes (its operations at that peak, or its bytes at the measured bandwidth, whichever is more); and
    what it takes to begin: the seconds from the process's start to the end of the first step, and the memory held at
    most.

    On a quiet machine: what else runs there is measured too.
    """
    from rich.console import Console

    from recipes import catalogue, sources
    from registry.errors import UserError

    rows, failed, limit = [], False, None if sample else limit
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    if peak:
        _again(console)
    wanted = names or list(catalogue.RECIPES)
    for number, name in enumerate(wanted, 1):
        source = sources.source_of(name, limit=limit, sample=sample)
        try:
            with console.status(f"{name}, {number} of {len(wanted)}"):
                timed = _timed(source, o.texts(data_dir, offline_dir), settings, seconds)
            rows.append({"recipe": name, **timed})
        except UserError as error:
            failed = True
            console.print(f"{name}: {error}", style="yellow", highlight=False, markup=False)
    if rows:
        _show(rows, console, csv)
    if names and failed:  # whoever names recipes expects a row of each
        raise typer.Exit(1)


def _again(console):
    from recipes import peaks
    from registry import quiet

    quiet.start()
    single, reduced = (peaks.matrix(low, True) / 1e9 for low in (False, True))
    console.print(f"at most {single:,.0f} GFLOP/s in float32, {reduced:,.0f} in bfloat16, "
                  f"{peaks.bandwidth(True) / 1e9:,.1f} GB/s", highlight=False)


def _timed(source, folders, settings, seconds):
    """Return what a recipe's step takes and reaches, timed so long."""
    import tempfile
    import time

    from recipes import catalogue
    from recipes.distributed.trial import Trial, tried
    from registry.errors import UserError

    if catalogue.module(source["recipe"]).recipe().framing.pair[1] == "action":
        raise UserError("it learns from what it plays, so it has no stored examples whose steps could be timed")
    with tempfile.TemporaryDirectory(prefix="bench_") as folder:
        trial = Trial(source=source, folders=folders, overrides=(settings, None, None), changed={}, timed=seconds)
        begun = time.time()
        told = tried(trial, Path(folder) / "bench")[1]
        told["start_seconds"] = told["first_step"] - begun
    if "step_seconds" in told:
        told["examples_per_second"] = told["batch_size"] / told["step_seconds"]
    return told


def _show(rows, console, path):
    """Print the table, and write it as CSV where a path is given."""
    import csv

    from rich.table import Table

    table = Table("recipe", "model", *(head for head, _ in COLUMNS.values()), box=None, header_style="dim")
    for row in rows:
        table.add_row(row["recipe"], row["model"], *(write(row[key]) if row.get(key) is not None else "-"
                                                     for key, (_, write) in COLUMNS.items()))
    console.print(table)
    if path:
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["recipe", "model", *COLUMNS], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        console.print(f"written: {path}", highlight=False)

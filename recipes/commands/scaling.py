"""``scaling``: how much faster more replicas are."""
from pathlib import Path
from typing import Annotated

import typer

from recipes.commands import options as o

COLUMNS = ("replicas", "examples_per_second", "efficiency", "step_ms", "all_reduce_ms")


def scaling(
    name: o.Name = None,
    replicas: Annotated[str, typer.Option(help="Numbers of replicas, such as 1,2,4.")] = "1,2",
    processes: Annotated[bool, typer.Option(help="A process for each replica instead of a device for each.")] = False,
    steps: Annotated[int, typer.Option(min=1, help="Steps that are timed.")] = 20,
    weak: Annotated[bool, typer.Option(help="Keep the batch of a replica rather than that of all together.")] = False,
    architecture: o.Architecture = None, size: o.Size = None, settings: o.Settings = None,
    dataset: o.Dataset = None, data: o.DataPath = None, pair: o.As = None, columns: o.Columns = None,
    data_dir: o.DataDir = None, offline_dir: o.OfflineDir = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Use so many examples of each split.")] = 2000,
    sample: o.Sample = False,
    csv: Annotated[Path | None, typer.Option(help="Write the table to this CSV file too.")] = None,
):
    """Time a recipe's training on several numbers of replicas: GPUs, or simulated devices or processes of the CPU.

    Efficiency is the speed-up over the first number of replicas, divided by how many times more there are. The time in
    all-reduce is that of one sum over the replicas of as many numbers as there are gradients, with nothing beside it.
    """
    from rich.console import Console

    from recipes import sources

    limit = None if sample else limit
    source = sources.source_of(name, dataset, data, pair, o.columns_of(columns), limit, sample)
    base = {"source": source, "folders": o.texts(data_dir, offline_dir),
            "overrides": (settings, architecture, size), "steps": steps + 3}
    rows = _timed(base, _numbers(replicas), processes, weak)
    _show(rows, Console(), csv)


def _numbers(text):
    from registry.errors import UserError

    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) for part in parts):
        raise UserError(f"received --replicas {text!r}: write numbers from 1, such as 1,2,4.")
    return [int(part) for part in parts]


def _timed(base, numbers, processes, weak):
    """Return the rows of the table."""
    import tempfile

    from recipes.distributed.trial import Trial, tried

    rows, each = [], None
    with tempfile.TemporaryDirectory(prefix="scaling_") as folder:
        for count in numbers:
            way = {"workers": count if count > 1 else 0} if processes else {"replicas": count}
            changed = {"batch_size": each * count} if weak and each else {}
            told = tried(Trial(**base, **way, changed=changed), Path(folder) / str(count))[1]
            step, batch = told["step_seconds"], told["batch_size"]
            each = each or batch // numbers[0]
            rows.append([count, batch / step, None, step * 1000, told["reduce_seconds"] * 1000])
    for row in rows:
        row[2] = row[1] / rows[0][1] / (row[0] / rows[0][0])
    return rows


def _show(rows, console, path):
    """Print the table, and write it as CSV where a path is given."""
    import csv

    from rich.table import Table

    table = Table("replicas", "examples a second", "efficiency", "ms a step", "ms in all-reduce")
    for count, rate, efficiency, step, spent in rows:
        table.add_row(str(count), f"{rate:,.0f}", f"{efficiency:.0%}", f"{step:.1f}", f"{spent:.1f}")
    console.print(table)
    if path:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])
        console.print(f"written: {path}", highlight=False)

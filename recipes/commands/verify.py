"""``verify``: whether several replicas and processes train as one device does."""
from pathlib import Path
from typing import Annotated

import typer

from recipes.commands import options as o

MOST = 1e-5  # in float32, after some steps
BACKWARDS = "one device, rows backwards"


def verify(
    name: o.Name = None,
    replicas: Annotated[int, typer.Option(min=1, help="Devices of one process; 1: leave this out.")] = 2,
    workers: Annotated[int, typer.Option(min=1, help="Processes of one device; 1: leave this out.")] = 2,
    steps: Annotated[int, typer.Option(min=1, help="Steps of training.")] = 3,
    architecture: o.Architecture = None, size: o.Size = None, settings: o.Settings = None,
    dataset: o.Dataset = None, data: o.DataPath = None, pair: o.As = None, columns: o.Columns = None,
    data_dir: o.DataDir = None, offline_dir: o.OfflineDir = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Use so many examples of each split.")] = 500,
    sample: o.Sample = False,
):
    """Train a recipe's model for some steps on one device, on replicas and by workers, with the same batches, and print
    the largest difference of a weight, which must be rounding: at most 1e-5.

    In float32, without dropout and other chance, by gradient descent with momentum and the gradient's norm clipped to
    1: Adam divides by the gradient's size, so that it makes steps of what is rounding where a gradient
    is nearly zero. Beside it stands what rounding alone does on one device: the same batches with their rows in the
    opposite order. Exit status: 0 equal, 1 not.
    """
    from rich.console import Console

    from recipes import sources

    limit = None if sample else limit
    source = sources.source_of(name, dataset, data, pair, o.columns_of(columns), limit, sample)
    changed = {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.9, "precision": "float32", "ema": 0.0,
               "warmup": 0.0, "clip_norm": 1.0}
    base = {"source": source, "folders": o.texts(data_dir, offline_dir),
            "overrides": (settings, architecture, size), "changed": changed,
            "steps": steps, "still": True}
    ways = [(f"{replicas} replicas", {"replicas": replicas})] * (replicas > 1)
    ways += [(f"{workers} workers", {"workers": workers})] * (workers > 1)
    raise typer.Exit(0 if _equal(base, ways, steps, Console()) else 1)


def _equal(base, ways, steps, console):
    """Print a table of the differences and return whether all are rounding."""
    import tempfile

    from rich.table import Table

    from recipes.distributed.trial import Trial, tried

    found = []
    with tempfile.TemporaryDirectory(prefix="verify_") as folder:
        one, told = tried(Trial(**base), Path(folder) / "one")
        for said, way in [(BACKWARDS, {"backwards": True}), *ways]:
            weights, moved = tried(Trial(**base, **way), Path(folder) / said)
            found.append((said, _most(one, weights), moved["moved"]))
    console.print(f"{steps} steps in float32, batches of {told['batch_size']}: weights against those of one device",
                  highlight=False)
    table = Table("trained on", "largest difference", "moved by", "")
    for said, most, moved in found:
        table.add_row(said, f"{most:.1e}", f"{moved:.1e}", _judged(said, most, found[0][1]))
    console.print(table)
    return all(most <= MOST for _, most, _ in found[1:])  # not of NaN


def _most(one, other):
    """Return the largest difference of a weight."""
    import numpy as np

    return max(float(np.abs(a - b).max(initial=0)) for a, b in zip(one, other, strict=True))


def _judged(said, most, rounding):
    """Return in words what a difference is, where rounding alone makes another."""
    if said == BACKWARDS:
        return "what rounding alone does"
    if most <= MOST:
        return "rounding"
    return "rounding that grew: take fewer --steps" if most <= 3 * rounding else "NOT equal"

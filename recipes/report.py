"""Make report.html and its pictures out of what a run left behind."""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

from registry.errors import MissingData, UserError

WANTED = {
    "config.json": "no configuration",
    "environment.json": "no environment and no command",
    "history.csv": "no learning curves",
    "line.json": "no production line",
    "profile.json": "no data profile",
}


@dataclass
class Run:
    """A run folder, read. `evidence` holds arrays (label) or lists (tags); `missing` says what could not be read."""

    folder: Path
    metrics: dict
    config: dict = field(default_factory=dict)
    environment: dict = field(default_factory=dict)
    history: list = field(default_factory=list)
    line: list = field(default_factory=list)
    profile: dict = field(default_factory=dict)
    evidence: dict = field(default_factory=dict)
    missing: list = field(default_factory=list)

    @property
    def metric(self):
        """The name of the metric that the recipe promises, else the first under `test`."""
        found = [k for k, v in (self.metrics.get("test") or {}).items() if isinstance(v, dict)]
        promised = self.metrics.get("metric")
        return promised if promised in found else next(iter(found), "accuracy")

    def get(self, name, default=None):
        """Return a field of the metrics, else of the configuration."""
        found = self.metrics.get(name)
        return self.config.get(name, default) if found is None else found


def report(run_dir):
    """Write `report.html` and `pictures/*.png` into a run folder.

    Args:
        run_dir: folder of a finished run.

    Returns:
        Path of the page, which needs no other file.

    Raises:
        MissingData: there is no finished run.
        UserError: a file is damaged, or the folder cannot be written.
    """
    from recipes.page import page

    run = read_run(run_dir)
    try:
        return write(run.folder / "report.html", page(run, run.folder / "pictures").encode("utf-8"))
    except OSError as error:
        raise UserError(f"cannot write the report into {run.folder}: {error.strerror or error}. Free some "
                        f"space, then `python -m recipes report {run.folder}`.") from error


def write(path, content):
    """Write bytes so that a reader never meets half a file; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    return part.replace(path)


def read_run(run_dir):
    """Read a run folder. Whatever but metrics.json is absent is listed in `missing`."""
    folder = Path(run_dir)
    if not (folder / "metrics.json").is_file():
        raise MissingData(
            f"no finished run in {folder}: metrics.json is not there. Give the folder of a finished run "
            f"(runs/NAME/TIME), or finish this one with `python -m recipes run --resume {folder}`"
        )
    run = Run(folder=folder, metrics=read_json(folder / "metrics.json"))
    for name, loss in WANTED.items():
        found = read_table(folder / name) if name.endswith(".csv") else read_json(folder / name)
        setattr(run, name.split(".")[0], found or getattr(run, name.split(".")[0]))
        if not found:
            run.missing.append(f"{name} is not there or empty: {loss}")
    try:
        run.evidence = read_evidence(folder)
    except (OSError, ValueError, EOFError) as error:
        run.missing.append(f"the evidence cannot be read ({error})")
    if not run.evidence:
        run.missing.append("evidence.npz or evidence.json is not there or empty: no errors to show")
    return run


def read_json(path):
    """Return the content of a JSON file, None where there is none; raises UserError for a damaged one."""
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is damaged: expected JSON, but {error}. Run the recipe again") from error


def read_table(path):
    """Return the rows of history.csv as dicts of floats, the last of each epoch, in order of epochs."""
    if not path.is_file():
        return []
    rows = {}
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            numbers = {name: to_float(cell) for name, cell in row.items() if name}
            rows[numbers.get("epoch", float(len(rows)))] = numbers
    return [rows[epoch] for epoch in sorted(rows)]


def to_float(cell):
    """Return a cell as a number, NaN where it holds none."""
    try:
        return float(cell)
    except (TypeError, ValueError):
        return float("nan")


def read_evidence(folder):
    """Return what evidence.json holds and the arrays of evidence.npz, an empty dict where there is neither."""
    found = read_json(folder / "evidence.json") or {}
    if (folder / "evidence.npz").is_file():
        import zipfile

        import numpy as np

        try:
            with np.load(folder / "evidence.npz", allow_pickle=False) as arrays:
                found |= {name: arrays[name] for name in arrays.files}
        except zipfile.BadZipFile as error:
            raise ValueError(f"evidence.npz: {error}") from error
    return found

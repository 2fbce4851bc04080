"""Tables of what was measured again and again (.csv, .tsv), a row for each time: series → vector and series → label."""
from dataclasses import replace
from pathlib import Path

from recipes.datasets import files, tables
from recipes.datasets.series import Stretch, on_grid, windows
from registry.errors import UserError
from registry.framing import Framing

TIMES = ("time", "date", "datetime", "timestamp", "time_hour", "day", "hour")
MISSING = ("", "na", "nan", "null", "none")
PAST, FUTURE = 96, 24  # steps, where nothing else is asked for and the series is long enough
SHARE = 0.1  # of the steps of a single file validates, and tests


def read(path, paths, columns, record):
    """Return the `Data` of tables with a row for each time; see `recipes.datasets.series.windows`.

    Args:
        path: the data, for its name.
        paths: split → file. Of a single file the last tenth of the time tests, the tenth before it validates.
        columns: {"x": names, "y": names, "time": name, "past": steps, "future": steps}, each may be missing: x are the
            columns of numbers, y the same (of a label it is guessed), the time is guessed from its name.
        record: what is to be recorded; its "pair" tells whether y are numbers or a label.

    Raises:
        UserError: anything wrong with the files, with file and line.
    """
    columns, label = dict(columns or {}), record["pair"] == "series:label"
    found = {split: _table(file, columns, label) for split, file in paths.items()}
    first = found["train"]
    for split, (_, rows, *_) in found.items():
        if rows.shape[1] != first[1].shape[1]:
            raise UserError(f"{paths[split]} has other columns than {paths['train']}: expected {', '.join(first[0])}.")
    names, rows, answers, notes = first
    framing = _framing(path, columns, names, rows, answers, {n for one in found.values() for n in _labels(one[2])})
    notes = [note for one in found.values() for note in one[3]] + _constant(path, names, columns, rows, answers)
    return windows(str(path), framing, _parts(found), {**record, "path": str(path), "x": names, "notes": notes,
                                                       "by": _by(found)})


def _parts(found):
    """Return split → stretches: those of the files, or parts of a single one by time."""
    if len(found) == 3:
        return {split: [Stretch(rows, answers, 0, len(rows))] for split, (_, rows, answers, _) in found.items()}
    _, rows, answers, _ = found["train"]
    ends, end = {}, len(rows)
    for split in ("test", "validation"):
        if split not in found:
            size = max(1, int(SHARE * len(rows)))
            ends[split] = (end - size, end)
            end -= size
    cut = {"train": (0, end), **ends}
    own = {split: [Stretch(*one[1:3], 0, len(one[1]))] for split, one in found.items() if split != "train"}
    return {**{split: [Stretch(rows, answers, *border)] for split, border in cut.items()}, **own}


def _by(found):
    return {split: "its own file" if split in found and (len(found) == 3 or split != "train") else
            "cut from train by time" for split in ("train", "validation", "test")}


def _framing(path, columns, names, rows, answers, labels):
    """Return the framing, windows as long as asked for or as the series allows."""
    from recipes.datasets.assemble import label_names
    from registry.inputs import Series
    from registry.outputs import Label, Numbers

    past = _steps(columns, "past", min(PAST, max(1, len(rows) // 10)))
    future = _steps(columns, "future", min(FUTURE, max(1, len(rows) // 40)))
    if past + future > len(rows):
        raise UserError(f"{path} has {len(rows)} steps: a window of {past} steps of the past and {future} ahead is "
                        f"longer. Give more rows, or fewer steps with --columns past=…,future=….")
    inputs = Series(past=past, num_channels=len(names), names=tuple(names))
    if labels:
        return Framing(inputs, Label(names=label_names(sorted(labels), path)))
    wanted = tables.listed(columns.get("y") or names)
    channels = tuple(map(names.index, wanted)) if set(wanted) <= set(names) else ()
    inputs = replace(inputs, each="standard" if channels else "nothing")
    return Framing(inputs, Numbers(names=tuple(wanted), future=future, channels=channels,
                                   figures="raw" if len(wanted) == 1 else "standard"))


def _steps(columns, key, usual):
    value = columns.get(key)
    if value is None:
        return usual
    if not str(value).isdigit() or not int(value):
        raise UserError(f"received {key}={value} in --columns: expected a number of steps, 1 or more.")
    return int(value)


def _labels(answers):
    return [name.decode() for name in set(answers.tolist()) if name] if answers.dtype == object else []


def _constant(path, names, columns, rows, answers):
    """Return notes on channels that never change; raises UserError where nothing that is asked for does."""
    import numpy as np

    if answers.dtype != object and (np.nanmin(answers, 0) == np.nanmax(answers, 0)).all():
        wanted = ", ".join(tables.listed(columns.get("y") or names))
        raise UserError(f"{path}: {wanted} never changes, so there is nothing to learn. Name other columns for y.")
    still = [name for name, column in zip(names, rows.T) if np.nanmin(column) == np.nanmax(column)]
    return [(f"channel {', '.join(still)} that never changes", "values that change",
             "it counts as 0 and tells nothing: leave it out with --columns x=…")] if still else []


def _table(file, columns, label):
    """Return the names of the channels, their rows (N, C) on an even grid, the answers, and notes on gaps."""
    import numpy as np

    table = tables.read(file)
    time = columns.get("time") or next((name for name in table.columns if name.lower() in TIMES), None)
    y = columns.get("y")
    if label:
        y = y or tables.guessed("y", table)
    for key, wanted in (("time", time), ("y", y), ("x", columns.get("x"))):
        tables.known(table, key, wanted)
    names = tables.listed(columns["x"]) if columns.get("x") else [
        name for name in tables.numeric_columns(table, y if label else None) if name != time]
    rows = numbers(table, names)
    answers = _names(table, y) if label else numbers(table, tables.listed(y or names))
    if time is None:
        return names, rows, answers, [_note(file, rows)] if np.isnan(rows).any() else []
    times, where = tables.times(table, time), (lambda place: f"{file} line {table.rows[place][0]}")
    _, rows, missing = on_grid(times, rows, where)
    if label:
        places = np.arange(len(answers), dtype=float)[:, None]
        _, places, _ = on_grid(times, places, where)
        answers = np.array([b"" if np.isnan(p) else answers[int(p)] for p in places[:, 0]], object)
    else:
        _, answers, _ = on_grid(times, answers, where)
    return names, rows, answers, [_note(file, rows, missing)] if np.isnan(rows).any() else []


def _note(file, rows, missing=0):
    import numpy as np

    return (f"{file}: {np.isnan(rows).mean():.1%} of the numbers missing ({missing} steps without a row)",
            "a number at each step", "the last one before is taken; windows that lack more than a quarter, or whose "
            "answer is missing, are left out")


def numbers(table, names):
    """Return columns as (N, C) float64, NaN where a cell is empty or says so.

    Raises:
        UserError: a cell that is no finite number.
    """
    import numpy as np

    rows = np.empty((len(table.rows), len(names)))
    for j, name in enumerate(names):
        for i, (number, cell) in enumerate(table.column(name)):
            if str(cell).strip().lower() in MISSING:
                rows[i, j] = np.nan
                continue
            value = tables.number(cell)
            if value is None:
                raise UserError(f"{table.where(number, name)}: {cell!r} is no finite number. Correct it, or leave it "
                                f"empty where nothing was measured.")
            rows[i, j] = value
    return rows


def _names(table, name):
    import numpy as np

    return np.array([str(cell).strip().encode() for _, cell in table.column(name)], object)


def past(source, where, inputs):
    """Return the last steps (T, C) of a table, float32, for a forecast of what follows them.

    Args:
        source: a path, or the bytes of a table.
        where: what it is called in messages.
        inputs: `Series`, whose names are the columns that are looked for; without names all columns of numbers are.

    Raises:
        UserError: a column that is not there, a cell that is no number, no value before a gap.
    """
    from recipes.datasets.series import carried

    table = tables.read(Path(source)) if isinstance(source, str) else tables.Table(where, *files.delimited_rows(
        "-.csv", files.decoded(source, where)))
    names = list(inputs.names) or tables.numeric_columns(table, None)
    tables.known(table, "x", names)
    rows = numbers(table, names)
    time = next((name for name in table.columns if name.lower() in TIMES and name not in names), None)
    if time and len(rows) > 1:
        _, rows, _ = on_grid(tables.times(table, time), rows, lambda place: f"{where} line {table.rows[place][0]}")
    return carried(rows)[-inputs.past :].astype("float32")

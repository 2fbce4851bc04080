"""A user's click log as `Data`: a table that is read row by row and never held in memory, whatever its size.

The file is gone through once to find what is wrong with it and which columns hold numbers, and then read by TensorFlow
as it is needed. What stays in memory is a hash of eight bytes for each row, where splits have to be cut.
"""
import csv
import re
from dataclasses import dataclass, field

from recipes.datasets import files
from recipes.datasets.assemble import SHARE
from recipes.datasets.cutting import cut
from recipes.datasets.folds import hashes_of, only
from recipes.datasets.source import READ_AT_ONCE, SPLITS, Data
from registry.errors import UserError, nearest
from registry.framing import Framing

CLICKS = ("click", "clicked", "clicks", "label", "target", "y")
NAMES = re.compile(r"(^|_)(id|code|zip|hash)$", re.I)  # columns of numbers that only name something
TRIED = 1000  # rows after which a column with few numbers is taken for categories
KEYS = {"y": "whether it was clicked", "propensity": "how likely it was looked at",
        "numeric": "columns of numbers, with + between", "categorical": "columns of categories, with + between"}


@dataclass
class Found:
    """What one pass through a file found: its columns, rows, how many cells of each column are numbers and how many are
    empty, and the first cell that is no number."""

    columns: list
    delimiter: str
    quotes: bool
    rows: int = 0
    numbers: list = field(default_factory=list)
    empty: list = field(default_factory=list)
    bad: dict = field(default_factory=dict)  # place of a column → (line, cell)


def read(path, paths, columns, record):
    """Return the `Data` of a click log.

    Args:
        path: as the user gave it.
        paths: split → file.
        columns: {"y", "propensity", "numeric", "categorical"} → names of columns, or None. The rest is guessed: a
            column whose cells are numbers is numeric, unless it is named as an id.
        record: what is to be recorded besides the splits.

    Raises:
        UserError: what is wrong with the columns or with a cell, with file and line.
    """
    columns = _known(columns)
    found = {split: _scanned(file, columns) for split, file in paths.items()}
    chosen = _chosen(paths["train"], found["train"], columns)
    for split, file in paths.items():
        _check_numbers(file, found[split], chosen)
    whole = {split: _rows(file, found[split], chosen) for split, file in paths.items()}
    counts, how = {split: found[split].rows for split in paths}, dict.fromkeys(paths, "its own file")
    missing = [split for split in SPLITS if split not in paths]
    if missing:
        masks = cut(hashes_of(whole["train"]), dict.fromkeys(missing, SHARE), str(path))
        train = whole["train"]
        for split, mask in masks.items():
            whole[split], counts[split] = only(train, mask), int(mask.sum())
            how[split] = "cut from train by hash of x"
    from registry.inputs import ClickLog
    from registry.outputs import Event

    inputs = ClickLog(numeric=tuple(chosen["numeric"]), categorical=tuple(chosen["categorical"]))
    record = {"source": "files", "path": str(path), **record, **chosen,
              "splits": {split: {"by": how[split], "examples": counts[split]} for split in SPLITS}}
    return Data(str(path), Framing(inputs, Event()), whole, counts, record)


def _known(columns):
    """Return what the user said of columns, lists where there may be several."""
    columns = dict(columns or {})
    for key in columns:
        if key not in KEYS:
            raise UserError(f"received {key}= in --columns for a click log: expected "
                            f"{'; '.join(f'{k}= {what}' for k, what in KEYS.items())}.")
    return {key: value.split("+") if key in ("numeric", "categorical") else value for key, value in columns.items()}


def _scanned(file, columns):
    """Return what is `Found` in a file; raises UserError for a row of another length, or a click or propensity that is
    none."""
    if file.suffix == ".xz":
        raise UserError(f"{file} is packed: a click log is read row by row, unpack it first (xz -d).")
    with open(file, encoding="utf-8-sig", newline="") as lines:
        reader, number = None, 0
        try:
            head = lines.readline()
            lines.seek(0)
            found = _begun(file, head, columns)
            reader = csv.reader(lines, delimiter=found.delimiter, strict=found.quotes,
                                quoting=csv.QUOTE_MINIMAL if found.quotes else csv.QUOTE_NONE)
            next(reader)
            click, seen = _click(file, found, columns), columns.get("propensity")
            seen = found.columns.index(seen) if seen else None
            for cells in reader:
                number = reader.line_num
                _check_row(file, number, cells, found, click, seen)
        except UnicodeDecodeError as error:
            raise UserError(f"{file} near line {number + 1}: byte 0x{error.object[error.start]:02x} is not UTF-8. "
                            f"Convert the file: iconv -f latin1 -t utf-8.") from error
        except csv.Error as error:
            raise UserError(f"{file} line {reader.line_num}: {error}. Expected cells with quotes in pairs.") from error
    if not found.rows:
        raise UserError(f"{file} has a row of names ({', '.join(found.columns)}) and no examples below it.")
    return found


def _begun(file, head, columns):
    """Return `Found` for a file's first line."""
    tabs = files.extension(file) == ".tsv"
    delimiter = "\t" if tabs else ";" if ";" in head and "," not in head else ","
    names = [name.strip() for name in next(csv.reader([head.rstrip("\r\n")], delimiter=delimiter), [])]
    if not names:
        raise UserError(f"{file} is empty: expected one example a row below a row of names.")
    doubled = sorted({name for name in names if names.count(name) > 1 or not name})
    if doubled:
        raise UserError(f"{file} line 1: column names {names} are empty or doubled ({doubled}): the first row must "
                        f"name each column.")
    asked = [name for value in columns.values() for name in (value if isinstance(value, list) else [value])]
    for name in asked:
        if name not in names:
            raise UserError(f"unknown column {name!r} in {file}: it has {', '.join(names)}.{nearest(name, names)}")
    return Found(names, delimiter, not tabs, numbers=[0] * len(names), empty=[0] * len(names))


def _click(file, found, columns):
    """Return the place of the column that says whether it was clicked."""
    lowered = {name.lower(): name for name in found.columns}
    name = columns.get("y") or next((lowered[guess] for guess in CLICKS if guess in lowered), None)
    if name is None:
        raise UserError(f"{file} has the columns {', '.join(found.columns)}: cannot tell which says whether it was "
                        f"clicked. Name it, such as --columns y={found.columns[-1]}.")
    return found.columns.index(name)


def _check_row(file, number, cells, found, click, seen):
    """Count a row in what is found."""
    if len(cells) != len(found.columns):
        raise UserError(f"{file} line {number}: {len(cells)} cells, expected {len(found.columns)} "
                        f"({', '.join(found.columns)}). Quote cells that hold the delimiter.")
    if _number(cells[click]) not in (0, 1):
        raise UserError(f"{file} line {number}, column {found.columns[click]!r}: found {cells[click]!r}, expected 1 "
                        f"where it was clicked and 0 where not. Correct it, or name another column for y.")
    if seen is not None and not 0 < (_number(cells[seen]) or 0) <= 1:
        raise UserError(f"{file} line {number}, column {found.columns[seen]!r}: found {cells[seen]!r}, expected a "
                        f"probability above 0. Give 1 where all have the same chance to be looked at.")
    found.rows += 1
    tried = found.rows > TRIED
    for place, cell in enumerate(cells):
        if not cell.strip():
            found.empty[place] += 1
        elif tried and found.numbers[place] < 0.5 * (TRIED - found.empty[place]):
            continue
        elif _number(cell) is None:
            found.bad.setdefault(place, (number, cell))
        else:
            found.numbers[place] += 1


def _number(cell):
    """Return a cell as a finite number that float32 holds, or None."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if abs(value) < 3e38 else None


def _chosen(file, found, columns):
    """Return the columns y, propensity, numeric and categorical: as given, the others as the training file has them."""
    y = found.columns[_click(file, found, columns)]
    taken = {y, columns.get("propensity"), *columns.get("numeric", ()), *columns.get("categorical", ())}
    free = [] if "categorical" in columns and "numeric" in columns else [c for c in found.columns if c not in taken]
    numeric = [name for name in free if "numeric" not in columns and _is_numeric(found, name)]
    chosen = {"numeric": columns.get("numeric", numeric),
              "categorical": columns.get("categorical", [name for name in free if name not in numeric])}
    if not chosen["numeric"] and not chosen["categorical"]:
        raise UserError(f"{file} has no column besides {y!r}: expected fields of what was shown, and to whom.")
    ignored = [name for name in found.columns if name not in taken and name not in chosen["numeric"]
               and name not in chosen["categorical"]]
    return {"y": y, "propensity": columns.get("propensity"), **chosen, "ignored": ignored}


def _is_numeric(found, name):
    place = found.columns.index(name)
    filled = found.rows - found.empty[place]
    return not NAMES.search(name) and filled > 0 and found.numbers[place] >= 0.8 * filled


def _check_numbers(file, found, chosen):
    """Raise UserError for a column that is not there, or a cell of a numeric column that is no finite number."""
    for name in (chosen["y"], *chosen["numeric"], *chosen["categorical"]):
        if name not in found.columns:
            raise UserError(f"{file} has no column {name!r}, which the training file has: it has "
                            f"{', '.join(found.columns)}.{nearest(name, found.columns)}")
    for name in chosen["numeric"]:
        number, cell = found.bad.get(found.columns.index(name), (None, None))
        if number:
            raise UserError(f"{file} line {number}, column {name!r}: {cell!r} is no finite number. Leave the cell "
                            f"empty where it is missing, or name the column under --columns categorical=….")


def _rows(file, found, chosen):
    """Return the data set of raw (x, y) of a file, which is read as it is needed."""
    import tensorflow as tf

    names = [*chosen["numeric"], *chosen["categorical"], chosen["y"]]
    names += [chosen["propensity"]] if chosen["propensity"] else []
    places = sorted({found.columns.index(name) for name in names})
    order = [places.index(found.columns.index(name)) for name in names]
    cells = tf.data.experimental.CsvDataset(
        str(file), [tf.constant("")] * len(places), header=True, field_delim=found.delimiter,
        use_quote_delim=found.quotes, select_cols=places)
    fields = len(chosen["numeric"]) + len(chosen["categorical"])

    def many(*columns):
        ordered = [columns[i] for i in order]
        click, *seen = (tf.strings.to_number(tf.strings.strip(column)) for column in ordered[fields:])
        seen = seen[0] if seen else tf.ones_like(click)
        return tf.stack(ordered[:fields], 1), tf.stack([click, seen, tf.fill(tf.shape(click), float("nan"))], 1)

    read = cells.batch(READ_AT_ONCE).map(many, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).unbatch()
    return read.apply(tf.data.experimental.assert_cardinality(found.rows))

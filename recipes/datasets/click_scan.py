"""One pass through a table of clicks, row by row: its columns, what is in them, and what is wrong, with its line."""
import csv
from dataclasses import dataclass, field

from recipes.datasets import files, tables
from registry.errors import UserError, nearest

CLICKS = ("click", "clicked", "label", "target", "y")
TRIED = 1000  # rows after which a column with few numbers is taken for categories


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


def scanned(file, columns):
    """Return what is `Found` in a file; raises UserError for a row of another length, or a click or propensity that is
    none."""
    if file.suffix == ".xz":
        raise UserError(f"{file} is packed: a click log is read row by row, unpack it first (xz -d).")
    with _opened(file) as lines:
        reader, number = None, 0
        try:
            head = lines.readline()
            lines.seek(0)
            found = _begun(file, head, columns)
            reader = csv.reader(lines, delimiter=found.delimiter, strict=found.quotes,
                                quoting=csv.QUOTE_MINIMAL if found.quotes else csv.QUOTE_NONE)
            next(reader)
            click, seen = click_place(file, found, columns), columns.get("propensity")
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


def _opened(file):
    try:
        return open(file, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror or error}.") from error


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


def click_place(file, found, columns):
    """Return the place of the column that says whether it was clicked."""
    lowered = {name.lower(): name for name in found.columns}
    name = columns.get("y") or next((lowered[guess] for guess in CLICKS if guess in lowered), None)
    if name is None:
        raise UserError(f"{file} has the columns {', '.join(found.columns)}: cannot tell which says whether it was "
                        f"clicked. Name it, such as --columns y={found.columns[-1]}; or what users have: --columns "
                        f"x=ITEMS for a row with all items of a user, --columns x=USER,y=ITEM for a row for each.")
    return found.columns.index(name)


def _check_row(file, number, cells, found, click, seen):
    """Count a row in what is found."""
    if len(cells) != len(found.columns):
        raise UserError(f"{file} line {number}: {len(cells)} cells, expected {len(found.columns)} "
                        f"({', '.join(found.columns)}). Quote cells that hold the delimiter.")
    if tables.number(cells[click]) not in (0, 1):
        raise UserError(f"{file} line {number}, column {found.columns[click]!r}: found {cells[click]!r}, expected 1 "
                        f"where it was clicked and 0 where not. Correct it, or name another column for y.")
    if seen is not None and not 0 < (tables.number(cells[seen]) or 0) <= 1:
        raise UserError(f"{file} line {number}, column {found.columns[seen]!r}: found {cells[seen]!r}, expected a "
                        f"probability above 0. Give 1 where all have the same chance to be looked at.")
    found.rows += 1
    tried = found.rows > TRIED
    for place, cell in enumerate(cells):
        if not cell.strip():
            found.empty[place] += 1
        elif tried and found.numbers[place] < 0.5 * (TRIED - found.empty[place]):
            continue
        elif tables.number(cell) is None:
            found.bad.setdefault(place, (number, cell))
        else:
            found.numbers[place] += 1

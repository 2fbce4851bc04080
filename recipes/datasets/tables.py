"""Tables with named columns: .csv, .tsv and .jsonl, for texts and their labels or answers, rows of numbers and their
labels, and (.jsonl) words and their tags or texts and the names that hold."""
from dataclasses import dataclass
from datetime import UTC, datetime

from recipes.datasets import files
from registry.errors import UserError, nearest

GUESSES = {"x": ("text", "sentence", "content", "review", "utterance", "message", "tokens", "words", "source", "x"),
           "y": ("label", "class", "target", "category", "intent", "sentiment", "tags", "ner_tags", "upos",
                 "translation", "labels", "names", "y")}


@dataclass(frozen=True)
class Table:
    """Column names, and (line number, cells) of each row."""

    path: object
    columns: list
    rows: list

    def column(self, name):
        """Return (line number, cell) of each row."""
        place = self.columns.index(name)
        return [(number, cells[place]) for number, cells in self.rows]

    def where(self, number, name):
        """Return the words that name a cell in a message."""
        return f"{self.path} line {number}, column {name!r}"


def read(path):
    """Return the `Table` of a .csv, .tsv or .jsonl file.

    Raises:
        UserError: see `recipes.datasets.files`; in .jsonl also a field that is missing.
    """
    if files.extension(path) != ".jsonl":
        return Table(path, *files.delimited_rows(path))
    rows = files.json_rows(path)
    columns = list(rows[0][1])
    for number, row in rows:
        absent = [name for name in columns if name not in row]
        if absent:
            raise UserError(f"{path} line {number}: no field {absent[0]!r}, which line {rows[0][0]} has. Expected the "
                            f"same fields on each line.")
    return Table(path, columns, [(number, [row[name] for name in columns]) for number, row in rows])


def chosen(table, columns, *, numeric=False):
    """Return the names of the columns x and y: as given, or by GUESSES; with `numeric` x is a list, or None.

    Raises:
        UserError: an unknown column, or no way to tell; the columns are listed.
    """
    columns = dict(columns or {})
    for key, value in columns.items():
        known(table, key, value)
    y = columns.get("y") or _guess("y", table, [columns.get("x")])
    if numeric:
        return listed(columns["x"]) if columns.get("x") else None, y or _ask(table, "y")
    x = columns.get("x") or _guess("x", table, [y])
    if (x is None or y is None) and len(table.columns) == 2 and (x or y):
        other = next(name for name in table.columns if name not in (x, y))
        x, y = x or other, y or other
    if not (x and y):
        _ask(table, "y" if x else "x" if y else "x and which y")
    return x, y


def known(table, key, value):
    """Raise UserError where a name, or one of several, is no column of the table; None is fine."""
    for name in listed(value or ()):
        if name not in table.columns:
            raise UserError(f"unknown column {name!r} for {key} in {table.path}: it has {', '.join(table.columns)}."
                            f"{nearest(name, table.columns)}")


def guessed(key, table):
    """Return the column x or y, by GUESSES; raises UserError where none is called so."""
    return _guess(key, table, []) or _ask(table, key)


def listed(value):
    """Return the names in a value of --columns: one, several with commas between, or a list of them."""
    return [name.strip() for name in value.split(",")] if isinstance(value, str) else list(value)


def _guess(key, table, taken):
    lowered = {name.lower(): name for name in table.columns if name not in taken}
    return next((lowered[guess] for guess in GUESSES[key] if guess in lowered), None)


def _ask(table, key):
    raise UserError(f"{table.path} has the columns {', '.join(table.columns)}: cannot tell which is {key}. Name the "
                    f"columns, such as --columns x={table.columns[0]},y={table.columns[-1]}.")


def strings(table, name, what):
    """Return a column as strings.

    Raises:
        UserError: a cell that is empty or no text.
    """
    values = []
    for number, cell in table.column(name):
        if isinstance(cell, bool) or not isinstance(cell, str | int | float):
            raise UserError(f"{table.where(number, name)}: {type(cell).__name__}, expected text for {what}.")
        if not str(cell).strip():
            raise UserError(f"{table.where(number, name)}: empty, expected {what}. Fill it in or drop the row.")
        values.append(str(cell).strip())
    return values


def lists(table, name, what, *, empty=False):
    """Return a column as lists of strings, which may be empty where `empty` says so.

    Raises:
        UserError: a cell that is no list of texts, or an empty one that may not be.
    """
    values = []
    for number, cell in table.column(name):
        if not isinstance(cell, list) or not (cell or empty) or not all(isinstance(v, str) and v for v in cell):
            raise UserError(f"{table.where(number, name)}: expected a list of {what}, such as [\"a\", \"b\"].")
        values.append(cell)
    return values


def numeric_columns(table, without):
    """Return the columns but `without` (a name or several) in which at least four of five cells are numbers."""
    names = [name for name in table.columns if name not in listed(without or ())
             and sum(number(cell) is not None for _, cell in table.column(name)) >= 0.8 * len(table.rows)]
    if not names:
        raise UserError(f"{table.path} has no column of numbers besides {without!r}: it has "
                        f"{', '.join(table.columns)}. Texts are word_seq:label.")
    return names


def numbers(table, names):
    """Return columns as (N, D) float32.

    Raises:
        UserError: a column that is not there, or a cell that is no finite number.
    """
    import numpy as np

    for name in names:
        if name not in table.columns:
            raise UserError(f"{table.path} has no column {name!r}, which the training file has: it has "
                            f"{', '.join(table.columns)}.{nearest(name, table.columns)}")
    rows = np.empty((len(table.rows), len(names)), "float32")
    for j, name in enumerate(names):
        for i, (line, cell) in enumerate(table.column(name)):
            value = number(cell)
            if value is None:
                raise UserError(f"{table.where(line, name)}: {cell!r} is no finite number. Fill it in, drop the "
                                f"row, or name other columns for x.")
            rows[i, j] = value
    return rows


def number(cell):
    """Return a cell as a finite number that float32 holds, or None."""
    try:
        value = float(cell)
    except (TypeError, ValueError):
        return None
    return value if abs(value) < 3e38 else None


def times(table, name):
    """Return a column of times (N,): datetime64, in UTC where zones are named, or float.

    Raises:
        UserError: a cell that is neither a time in ISO 8601 nor, where all are, a number.
    """
    import numpy as np

    cells = table.column(name)
    if all(number(cell) is not None for _, cell in cells):
        return np.array([number(cell) for _, cell in cells])
    found = []
    for line, cell in cells:
        try:
            time = datetime.fromisoformat(str(cell).strip())
        except ValueError as error:
            raise UserError(f"{table.where(line, name)}: {cell!r} is no time; expected such as 2024-01-31 13:00, or a "
                            f"number in every row. Correct it or drop the row.") from error
        found.append((time.astimezone(UTC) if time.tzinfo else time).replace(tzinfo=None))
    return np.array(found, "datetime64[us]" if any(time.microsecond for time in found) else "datetime64[s]")

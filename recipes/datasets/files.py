"""A user's files: found, opened and named in messages."""
import csv
import io
import json
import re
from pathlib import Path

from recipes.datasets.publisher import unpacked
from recipes.datasets.source import ALIASES
from registry.errors import MissingData, UserError, nearest


def existing(path):
    """Return a path that exists.

    Raises:
        MissingData: it does not; the nearest name beside it is shown.
    """
    path = Path(path).expanduser()
    if path.exists():
        return path
    beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    raise MissingData(f"no file or folder {path}: give the path of existing data.{nearest(path.name, beside)}")


def folder(path, what):
    """Return a path that is a folder.

    Raises:
        UserError: it is a file.
    """
    if not path.is_dir():
        raise UserError(f"{path} is a file: expected a folder with {what}.")
    return path


def extension(path):
    """Return a file's extension in small letters, that of the packed file for .xz."""
    path = Path(path)
    return Path(path.stem if path.suffix == ".xz" else path).suffix.lower()


def split_files(path, extensions):
    """Return split → file: of a folder the files named after splits, or else its only file as "train".

    Args:
        path: a file, or a folder with files such as train.csv, dev.csv, test.csv or en-ud-train.conllu.
        extensions: the extensions to look for.

    Raises:
        UserError: no such file, or several that are not told apart by their names.
    """
    if not path.is_dir():
        return {"train": path}
    files = [p for p in sorted(path.iterdir()) if p.is_file() and extension(p) in extensions]
    if len(files) == 1:
        return {"train": files[0]}
    found = {}
    for file in files:
        split = _split_of(file)
        if split in found:
            raise UserError(f"{path} has two files for {split}, {found[split].name} and {file.name}: remove one.")
        if split:
            found[split] = file
    if "train" not in found:
        raise UserError(f"{path} has {', '.join(f.name for f in files[:8]) or 'no file'} of the kind "
                        f"{' '.join(extensions)}: expected one file, or train, validation and test files.")
    return found


def _split_of(file):
    stem = (Path(file.stem) if file.suffix == ".xz" else file).stem.lower()
    for split, aliases in ALIASES.items():
        if re.search(rf"(^|[-_.])({'|'.join(aliases)})$", stem):
            return split
    return None


def text(path):
    """Return the text of a file in UTF-8, unpacked where its name ends in .xz.

    Raises:
        UserError: it is empty, unreadable, truncated, or not in UTF-8 (the line is named).
    """
    return decoded(unpacked(path), path)


def decoded(content, path):
    """Return bytes as the text that they hold in UTF-8; see `text`."""
    if not content.strip():
        raise UserError(f"{path} is empty: expected one example a line or row.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b"\n") + 1
        raise UserError(f"{path} line {line}: byte 0x{content[error.start]:02x} is not UTF-8. Convert the file: "
                        f"iconv -f latin1 -t utf-8.") from error


def lines(path):
    """Return (number, line) of a text file; only line feeds end a line."""
    return [(i, line.rstrip("\r")) for i, line in enumerate(text(path).split("\n"), 1)]


def json_rows(path):
    """Return (line number, object) of a .jsonl file.

    Raises:
        UserError: a line that is no JSON object.
    """
    rows = []
    for number, line in lines(path):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise UserError(f"{path} line {number}: no valid JSON ({error.msg} at column {error.colno}). Expected "
                            f'one object a line, such as {{"text": "…", "label": "…"}}.') from error
        if not isinstance(row, dict):
            raise UserError(f"{path} line {number}: a JSON {type(row).__name__}, expected an object with named fields.")
        rows.append((number, row))
    return rows


def delimited_rows(path, content=None):
    """Return the column names and (line number, cells) of a .csv file, or a .tsv file (which has no quotes).

    Args:
        path: the file.
        content: its text, where it was read already.

    Raises:
        UserError: no rows, names that are empty or doubled, or a row of another length.
    """
    content = text(path) if content is None else content
    head = content.split("\n", 1)[0]
    if extension(path) == ".tsv":
        rows = (line.rstrip("\r") for line in content.split("\n"))
        reader = csv.reader(rows, delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        delimiter = ";" if ";" in head and "," not in head else ","
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    csv.field_size_limit(2**30)
    try:
        rows = [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as error:
        raise UserError(f"{path} line {reader.line_num}: {error}. Expected cells with quotes in pairs.") from error
    return _checked(path, rows)


def _checked(path, rows):
    (_, names), rows = rows[0], rows[1:]
    names = [name.strip() for name in names]
    doubled = sorted({name for name in names if names.count(name) > 1 or not name})
    if doubled:
        raise UserError(f"{path} line 1: column names {names} are empty or doubled ({doubled}): the first row must "
                        f"name each column.")
    if not rows:
        raise UserError(f"{path} has a row of names ({', '.join(names)}) and no examples below it.")
    for number, cells in rows:
        if len(cells) != len(names):
            raise UserError(f"{path} line {number}: {len(cells)} cells, expected {len(names)} ({', '.join(names)}). "
                            f"Quote cells that hold the delimiter.")
    return names, rows

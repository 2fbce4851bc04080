"""A user's own click log as `Data`: a row with all items of a user, or a row for each, with its time or without."""
import lzma
import re

from recipes.datasets import files, tables
from recipes.datasets.click_scan import CLICKS
from recipes.datasets.cutting import hash_of
from recipes.datasets.visits import held_out
from registry.errors import UserError

NAMES = {"items": ("items", "basket", "history", "visits", "clicks"),
         "user": ("user", "user_id", "userid", "session", "session_id", "visitor", "customer"),
         "item": ("item", "item_id", "itemid", "product", "product_id", "article", "page"),
         "time": ("time", "timestamp", "date", "datetime")}


def read(path, paths, columns, record):
    """click_log:distribution from tables: what each user has, one item of which is held out; see `visits.held_out`.

    A table with a column of items has a row for each user; its cells are items with spaces between, or in .jsonl a list
    of texts. A table with columns of users and items has a row for each item, in any order. A column of times makes the
    items of a user a sequence; rows of the same time keep the order of the file. Without times they are a set, in which
    an item counts once.

    Args:
        path: the data, for its name.
        paths: split → file, "train" among them.
        columns: {"x": items} or {"x": user, "y": item}, where they are not called by one of NAMES.
        record: what is to be recorded besides the splits.

    Raises:
        UserError: anything wrong with the files, with file and line.
    """
    users, notes, kinds = {}, [], {}
    for split, file in paths.items():
        table = tables.read(file)
        kinds[split] = chosen = _chosen(table, columns)
        rows = _by_user(table, chosen["x"]) if "y" not in chosen else _by_item(table, chosen, notes)
        users[split] = sorted(_once(file, rows, notes) if "time" not in chosen else rows,
                              key=lambda row: hash_of(row[0].encode()))
    if len({"time" in chosen for chosen in kinds.values()}) > 1:
        raise UserError(f"{path}: {' and '.join(s for s in kinds if 'time' not in kinds[s])} without times, the other "
                        f"files with times: give the same columns in each.")
    return held_out(str(path), users, "time" in kinds["train"],
                    {"source": "files", "path": str(path), **record, **kinds["train"], "notes": notes})


def fits(file, columns):
    """Tell whether a click log holds what users have, by the columns that are named or else by their names; one with a
    column of clicks does not."""
    if columns:
        return "x" in columns
    if files.extension(file) == ".jsonl":
        return True
    with (lzma.open if file.suffix == ".xz" else open)(file, "rb") as opened:
        head = opened.readline().decode("utf-8-sig", "replace").lower()
    names = {name.strip(' "\r\n') for name in re.split(r"[,;\t]", head)}
    whole = names & set(NAMES["items"]) or names & set(NAMES["user"]) and names & set(NAMES["item"])
    return bool(whole) and not names & set(CLICKS)


def _chosen(table, columns):
    """Return {"x": column of items}, or {"x": of users, "y": of items} and {"time": …} where there is one."""
    if columns:
        tables.chosen(table, {"y": table.columns[0], **columns})  # says which columns there are not
    lowered = {name.lower(): name for name in table.columns}
    guess = {key: next((lowered[name] for name in names if name in lowered), None) for key, names in NAMES.items()}
    given = dict(columns or {})
    if not given:
        given = {"x": guess["user"], "y": guess["item"]} if guess["user"] and guess["item"] else {"x": guess["items"]}
    if not given.get("x"):
        raise UserError(f"{table.path} has the columns {', '.join(table.columns)}: cannot tell which holds items. Name "
                        f"them: --columns x=ITEMS for a row with all items of a user, --columns x=USER,y=ITEM for a "
                        f"row for each.")
    timed = {"time": guess["time"]} if "y" in given and guess["time"] not in (None, *given.values()) else {}
    return {**given, **timed}


def _by_user(table, name):
    """Return (user, items) of each row; a user is called by what stands there."""
    rows = []
    for number, cell in table.column(name):
        items = cell.split() if isinstance(cell, str) else cell
        if not isinstance(items, list) or not all(isinstance(item, str) and item.strip() for item in items):
            raise UserError(f"{table.where(number, name)}: {cell!r:.40}, expected items with spaces between, or a list "
                            f"of texts.")
        if not items:
            raise UserError(f"{table.where(number, name)}: a user with no items, expected one or more. Drop the row.")
        rows.append((" ".join(items), items))
    return rows


def _by_item(table, chosen, notes):
    """Return (user, items) of each user, in order of time where there are times."""
    users, items = tables.strings(table, chosen["x"], "a user"), tables.strings(table, chosen["y"], "an item")
    times = tables.times(table, chosen["time"]).tolist() if "time" in chosen else [0] * len(users)
    found, seen, together = {}, {}, 0
    for (number, _), user, item, time in zip(table.rows, users, items, times):
        if "time" in chosen and (user, item, time) in seen:
            raise UserError(f"{table.path} line {number}: user {user!r}, item {item!r} and time are those of line "
                            f"{seen[user, item, time]}, expected each row once. Drop one of them.")
        together += (user, time) in seen
        seen[user, item, time] = seen[user, time] = number
        found.setdefault(user, []).append((time, item))
    if together and "time" in chosen:
        notes.append((f"{together} rows of {table.path} with the user and the time of another", "one item at a time",
                      "they keep the order of the file"))
    return [(user, [item for _, item in sorted(rows, key=lambda row: row[0])]) for user, rows in found.items()]


def _once(file, rows, notes):
    """Return the rows with each item of a user once, and note how many were left out."""
    made = [(user, list(dict.fromkeys(items))) for user, items in rows]
    fewer = sum(len(items) for _, items in rows) - sum(len(items) for _, items in made)
    if fewer:
        notes.append((f"{fewer} items of {file} that their user has already", "each item of a set once",
                      "they count once; a column of times makes them a sequence"))
    return made

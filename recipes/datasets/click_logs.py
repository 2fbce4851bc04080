"""A user's click log as `Data`: a table that is read row by row and never held in memory, whatever its size.

The file is gone through once to find what is wrong with it and which columns hold numbers, and then read by TensorFlow
as it is needed. What stays in memory is a hash of eight bytes for each row, where splits have to be cut.
"""
from recipes.datasets.assemble import SHARE
from recipes.datasets.click_scan import click_place, scanned
from recipes.datasets.cutting import cut
from recipes.datasets.folds import hashes_of, only
from recipes.datasets.source import READ_AT_ONCE, SPLITS, Data, steady
from registry.errors import UserError, nearest
from registry.framing import Framing
from registry.tfds_rows import IDS

KEYS = ("y", "propensity", "numeric", "categorical")  # of columns; the last two may be several


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
    found = {split: scanned(file, columns) for split, file in paths.items()}
    chosen = _chosen(paths["train"], found["train"], columns)
    for split, file in paths.items():
        _check_numbers(file, found[split], chosen)
    whole = {split: _agreed(file, found[split], _rows(file, found[split], chosen)) for split, file in paths.items()}
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
    return {key: [name.strip() for name in value.split(",")] if key in ("numeric", "categorical") else value
            for key, value in (columns or {}).items()}


def _chosen(file, found, columns):
    """Return the columns y, propensity, numeric and categorical: as given, the others as the training file has them."""
    y = found.columns[click_place(file, found, columns)]
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
    return not IDS.search(name) and filled > 0 and found.numbers[place] >= 0.8 * filled


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

    return cells.batch(READ_AT_ONCE).map(many, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).unbatch()


def _agreed(file, found, examples):
    """Return the examples with their number, which TensorFlow must count as Python's csv module does."""
    import tensorflow as tf

    try:
        count = sum(len(clicks) for _, clicks in steady(examples.batch(4096)).as_numpy_iterator())
    except tf.errors.OpError as error:
        line = str(error).splitlines()[0].split("} ")[-1]
        raise UserError(f"{file}: {line[:200]}. Put cells with quotes into quotes, the inner ones doubled.") from error
    if count != found.rows:
        raise UserError(f"{file} has {found.rows} rows, of which {count} can be read: remove blank lines and line ends "
                        f"inside of cells.")
    return examples.apply(tf.data.experimental.assert_cardinality(count))

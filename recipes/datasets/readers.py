"""A user's own files as `Data`: pictures and sounds in folders, tables, CoNLL, texts, NumPy archives."""
from functools import partial

from recipes.datasets import (
    arrays,
    click_logs,
    files,
    histories,
    images,
    lines,
    series_files,
    sounds,
    tables,
    texts,
    timed,
)
from recipes.datasets.assemble import Part, assemble, label_names
from recipes.datasets.cutting import hashes_of
from registry import quiet
from registry.errors import UserError, nearest
from registry.framing import Framing

TABLES = (".csv", ".tsv", ".jsonl")
COLUMNS = (".conll", ".conllu", ".iob", ".iob2", ".bio", ".txt")
READS = {"image:label": (".npz",), "audio:label": sounds.EXTENSIONS, "audio:tags": sounds.EXTENSIONS,
         "audio:text": TABLES, "vector:label": (*TABLES, ".npz"), "word_seq:label": TABLES,
         "word_seq:tags": (*COLUMNS, ".jsonl"), "word_seq:tree": (".conllu",), "word_seq:text": TABLES,
         "word_seq:distribution": (".txt", ".jsonl"), "word:distribution": (".txt",),
         "series:vector": TABLES, "series:label": TABLES, "vector:vector": TABLES,
         "click_log:distribution": TABLES}
KEYS = {"": ("x", "y"), "series": ("x", "y", "time", "past", "future"),
        "click_log": ("x", *click_logs.KEYS)}  # of columns, by the input domain; "" are all others


def from_files(path, pair="image:label", *, columns=None, skipped=None):
    """Return the `Data` of a user's files.

    Args:
        path: a folder of pictures or sounds per label; a .csv, .tsv, .jsonl, .conll, .conllu, .txt or .npz file; or a
            folder with such files named train, validation (valid, dev) and test. Missing splits are cut by hash.
        pair: one of READS, such as "word_seq:label".
        columns: {"x": name, "y": name}, where guessing fails or is wrong; for vectors x may be several names, for
            texts in two parallel files (train.en, train.zh) the names are what the files end in, and click logs have
            names of their own (`click_logs.KEYS`).
        skipped: a list that takes what is wrong with bad pictures and sounds, which are then left out.

    Raises:
        MissingData: no such path.
        UserError: anything wrong with the files, with file and line.
    """
    pair = pair if isinstance(pair, str) else ":".join(pair)
    if pair not in READS:
        raise UserError(f"unknown pair {pair!r} for files: choose one of {', '.join(READS)}.{nearest(pair, READS)}")
    keys = KEYS.get(pair.partition(":")[0], KEYS[""])
    unknown = set(columns or {}) - set(keys)
    if unknown:
        raise UserError(f"received columns for {', '.join(sorted(unknown))}: expected {' and '.join(keys)}.")
    path = files.existing(path)
    quiet.start()
    if pair == "image:label" and path.is_dir() and not list(path.glob("*.npz")):
        return images.read(path, skipped)
    if pair == "audio:label":
        return sounds.read(files.folder(path, "a folder of sounds for each label"), skipped)
    if pair == "audio:tags":
        return timed.read(files.folder(path, "sounds, the times of each beside it"), skipped=skipped)
    if pair == "word_seq:text" and texts.are_parallel(path, columns):
        return texts.parallel(path, columns)
    parts = files.split_files(path, READS[pair])
    for file in parts.values():
        _check_extension(file, pair)
    if files.extension(parts["train"]) == ".npz":
        return arrays.read(parts["train"], pair)
    record = {"pair": pair, "files": {k: str(v) for k, v in parts.items()}}
    reader = {"vector:label": _vectors, "vector:vector": _numbers, "series:vector": series_files.read,
              "series:label": series_files.read, "word_seq:label": texts.labelled, "word_seq:tags": texts.tagged,
              "word_seq:tree": texts.parsed, "word_seq:text": texts.written,
              "audio:text": partial(sounds.transcribed, skipped=skipped),
              "word_seq:distribution": texts.named_or_running, "word:distribution": _words,
              "click_log:distribution": _clicks}[pair]
    return reader(path, parts, columns, record)


def _check_extension(file, pair):
    found = files.extension(file)
    if found in READS[pair]:
        return
    fitting = [p for p, extensions in READS.items() if found in extensions]
    if found in images.EXTENSIONS:
        raise UserError(f"{file} is one picture: image:label reads a folder with a folder of pictures for each label.")
    folder = "a folder of pictures for each label, " if pair == "image:label" else ""
    raise UserError(f"{pair} does not read {found or 'files without extension'} ({file}): it reads {folder}"
                    f"{', '.join(READS[pair])}." + (f" {found} fits {' or '.join(fitting)}." if fitting else ""))


def _vectors(path, paths, columns, record):
    """vector:label from tables: x the columns of numbers, y the label."""
    import tensorflow as tf

    from registry.inputs import Vector
    from registry.outputs import Label

    parts = {}
    for split, file in paths.items():
        table = tables.read(file)
        x, y = tables.chosen(table, columns, numeric=True)
        columns = {"x": x or tables.numeric_columns(table, y), "y": y}
        rows, labels = tables.numbers(table, columns["x"]), tables.strings(table, y, "a label")
        parts[split] = Part(rows, labels, hashes_of(row.tobytes() for row in rows))
        ignored = [name for name in table.columns if name not in (*columns["x"], y)]
    names = label_names([label for part in parts.values() for label in part.y], path)
    inputs = Vector(num_features=len(columns["x"]), names=tuple(columns["x"]))
    return assemble(path, Framing(inputs, Label(names=names)), parts,
                    lambda x, y: tf.data.Dataset.from_tensor_slices((x, y)), {**record, **columns, "ignored": ignored})


def _numbers(path, paths, columns, record):
    """vector:vector from tables: y the columns of numbers that are named, x the others."""
    import tensorflow as tf

    from registry.inputs import Vector
    from registry.outputs import Numbers

    parts = {}
    for split, file in paths.items():
        table = tables.read(file)
        x, y = tables.chosen(table, columns, numeric=True)
        y = tables.listed(y)
        x = x or tables.numeric_columns(table, y)
        columns, rows = {"x": x, "y": y}, tables.numbers(table, x)
        parts[split] = Part(rows, tables.numbers(table, y), hashes_of(row.tobytes() for row in rows))
    framing = Framing(Vector(num_features=len(x), names=tuple(x)),
                      Numbers(names=tuple(y), figures="raw" if len(y) == 1 else "standard"))
    return assemble(path, framing, parts, lambda x, y: tf.data.Dataset.from_tensor_slices((x, y)),
                    {**record, **columns})


def _clicks(path, paths, columns, record):
    """click_log:distribution: what users have, or rows with a click or not, by the columns."""
    return (histories if histories.fits(paths["train"], columns) else click_logs).read(path, paths, columns, record)


def _words(path, paths, columns, record):
    """word:distribution from plain text: each word and what stands near it."""
    if columns:
        raise UserError("received columns for word:distribution, which reads plain text: leave them out.")
    return lines.read(path, paths, record)

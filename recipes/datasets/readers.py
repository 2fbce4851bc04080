"""A user's own files as `Data`: pictures in folders, tables, CoNLL, NumPy archives, plain text."""
from recipes.datasets import arrays, conll, files, images, lines, tables
from recipes.datasets.assemble import Part, assemble, label_names
from recipes.datasets.cutting import hash_of
from registry import quiet
from registry.errors import UserError, nearest
from registry.framing import Framing
from registry.tfds_features import tags

TABLES = (".csv", ".tsv", ".jsonl")
COLUMNS = (".conll", ".conllu", ".iob", ".iob2", ".bio", ".txt")
READS = {"image:label": (".npz",), "vector:label": (*TABLES, ".npz"), "word_seq:label": TABLES,
         "word_seq:tags": (*COLUMNS, ".jsonl"), "word_seq:tree": (".conllu",), "word_seq:text": TABLES,
         "word:distribution": (".txt",)}


def from_files(path, pair="image:label", *, columns=None):
    """Return the `Data` of a user's files.

    Args:
        path: a folder of pictures per label; a .csv, .tsv, .jsonl, .conll, .conllu or .npz file; or a folder with
            such files named train, validation (valid, dev) and test. Splits that are missing are cut by hash.
        pair: one of READS, such as "word_seq:label".
        columns: {"x": name, "y": name}, where guessing fails or is wrong; for vectors x may be several names.

    Raises:
        MissingData: no such path.
        UserError: anything wrong with the files, with file and line.
    """
    pair = pair if isinstance(pair, str) else ":".join(pair)
    if pair not in READS:
        raise UserError(f"unknown pair {pair!r} for files: choose one of {', '.join(READS)}.{nearest(pair, READS)}")
    unknown = set(columns or {}) - {"x", "y"}
    if unknown:
        raise UserError(f"received columns for {', '.join(sorted(unknown))}: expected x and y.")
    path = files.existing(path)
    quiet.start()
    if pair == "image:label" and path.is_dir() and not list(path.glob("*.npz")):
        return images.read(path)
    parts = files.split_files(path, READS[pair])
    for file in parts.values():
        _check_extension(file, pair)
    if files.extension(parts["train"]) == ".npz":
        return arrays.read(parts["train"], pair)
    reader = {"vector:label": _vectors, "word_seq:label": _texts, "word_seq:tags": _sentences,
              "word_seq:tree": _trees, "word_seq:text": _pairs, "word:distribution": _words}[pair]
    return reader(path, parts, columns, {"pair": pair, "files": {k: str(v) for k, v in parts.items()}})


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


def _hashes(values):
    import numpy as np

    return np.array([hash_of(value) for value in values], "int64")


def _texts(path, paths, columns, record):
    """word_seq:label from tables: x one string, y its label."""
    from registry.inputs import WordSeq
    from registry.outputs import Label

    parts, columns = _two_columns(paths, columns, "a label")
    names = label_names([label for part in parts.values() for label in part.y], path)
    return assemble(path, Framing(WordSeq(), Label(names=names)), parts, _slices, {**record, **columns})


def _pairs(path, paths, columns, record):
    """word_seq:text from tables: x one string, y the text that it becomes."""
    from registry.inputs import WordSeq
    from registry.outputs import Text

    parts, columns = _two_columns(paths, columns, "a text")
    return assemble(path, Framing(WordSeq(), Text(unit="character")), parts, _slices, {**record, **columns})


def _two_columns(paths, columns, what):
    """Return split → `Part` of strings, and the columns that were chosen."""
    parts = {}
    for split, file in paths.items():
        table = tables.read(file)
        x, y = tables.chosen(table, columns)
        columns = {"x": x, "y": y}
        texts, answers = tables.strings(table, x, "a text"), tables.strings(table, y, what)
        parts[split] = Part(texts, answers, _hashes(text.encode() for text in texts))
    return parts, columns


def _slices(x, y):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((x, y))


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
        parts[split] = Part(rows, labels, _hashes(row.tobytes() for row in rows))
        ignored = [name for name in table.columns if name not in (*columns["x"], y)]
    names = label_names([label for part in parts.values() for label in part.y], path)
    inputs = Vector(num_features=len(columns["x"]), names=tuple(columns["x"]))
    return assemble(path, Framing(inputs, Label(names=names)), parts,
                    lambda x, y: tf.data.Dataset.from_tensor_slices((x, y)), {**record, **columns, "ignored": ignored})


def _sentences(path, paths, columns, record):
    """word_seq:tags from CoNLL, or from .jsonl with lists."""
    parts = {}
    for split, file in paths.items():
        found = _listed(file, columns) if files.extension(file) == ".jsonl" else conll.read(file, columns)
        parts[split] = Part([s.words for s in found], [s.tags for s in found],
                            _hashes("\n".join(s.words).encode() for s in found))
    from registry.inputs import WordSeq

    names = label_names([tag for part in parts.values() for row in part.y for tag in row], path)
    names = sorted(names, key=_by_kind) if all(n == "O" or n[1:2] == "-" for n in names) else names
    return assemble(path, Framing(WordSeq(), tags(names)), parts, _ragged, record)


def _trees(path, paths, columns, record):
    """word_seq:tree from CoNLL-U."""
    from registry.inputs import WordSeq
    from registry.outputs import Tree

    if columns:
        raise UserError("received columns for word_seq:tree, which reads FORM, HEAD and DEPREL of CoNLL-U: leave them "
                        "out.")
    parts = {}
    for split, file in paths.items():
        found = conll.trees(file)
        parts[split] = Part([s.words for s in found], [s.tags for s in found],
                            _hashes("\n".join(s.words).encode() for s in found))
    return assemble(path, Framing(WordSeq(), Tree()), parts, _ragged, record)


def _words(path, paths, columns, record):
    """word:distribution from plain text: each word and what stands near it."""
    if columns:
        raise UserError("received columns for word:distribution, which reads plain text: leave them out.")
    return lines.read(path, paths, record)


def _by_kind(name):
    """O first, then B- before I- of each kind."""
    return (name != "O", name[2:], name)


def _listed(file, columns):
    table = tables.read(file)
    x, y = tables.chosen(table, columns)
    rows = zip(table.rows, tables.lists(table, x, "words"), tables.lists(table, y, "tags"))
    found = [conll.Sentence(words, names, number) for (number, _), words, names in rows]
    for sentence in found:
        if len(sentence.words) != len(sentence.tags):
            raise UserError(f"{file} line {sentence.line}: {len(sentence.words)} words and {len(sentence.tags)} tags: "
                            f"expected a tag for each word.")
    return found


def _ragged(words, tags_of_words):
    import tensorflow as tf

    lengths = [len(row) for row in words]
    x, y = (tf.RaggedTensor.from_row_lengths(tf.constant([v for row in rows for v in row], tf.string), lengths)
            for rows in (words, tags_of_words))
    return tf.data.Dataset.from_tensor_slices((x, y)).map(lambda a, b: (_dense(a), _dense(b)))


def _dense(row):
    import tensorflow as tf

    return tf.ensure_shape(tf.convert_to_tensor(row), (None,))

"""A user's texts as `Data`: with a label, a text or names each, in two parallel files, with tags or trees, or running.

Each reader takes the path that was given, the file of each split, the columns that were asked for and what is recorded
of the source, and raises UserError with file and line where something is wrong.
"""
from recipes.datasets import conll, files, tables, windows
from recipes.datasets.assemble import Part, assemble, label_names
from recipes.datasets.cutting import hashes_of
from registry.errors import UserError
from registry.framing import Framing
from registry.tfds_features import tags


def labelled(path, paths, columns, record):
    """word_seq:label from tables: x one string, y its label."""
    from registry.inputs import WordSeq
    from registry.outputs import Label

    parts, columns = _two_columns(paths, columns, "a label")
    names = label_names([label for part in parts.values() for label in part.y], path)
    return assemble(path, Framing(WordSeq(), Label(names=names)), parts, _slices, {**record, **columns})


def written(path, paths, columns, record):
    """word_seq:text from tables: x one string, y the text that it becomes."""
    parts, columns = _two_columns(paths, columns, "a text")
    return _written(path, parts, {**record, **columns})


def _written(path, parts, record):
    from registry.inputs import WordSeq
    from registry.outputs import Text

    return assemble(path, Framing(WordSeq(), Text(unit="character")), parts, _slices, record)


def _two_columns(paths, columns, what):
    """Return split → `Part` of strings, and the columns that were chosen."""
    parts = {}
    for split, file in paths.items():
        table = tables.read(file)
        x, y = tables.chosen(table, columns)
        columns = {"x": x, "y": y}
        texts, answers = tables.strings(table, x, "a text"), tables.strings(table, y, what)
        parts[split] = Part(texts, answers, hashes_of(text.encode() for text in texts))
    return parts, columns


def are_parallel(path, columns):
    """Return whether the columns name what files of a folder end in, such as x=en, y=zh for train.en and train.zh."""
    endings = {f".{columns[key]}".lower() for key in columns or {}}
    return path.is_dir() and len(endings) == 2 and endings <= {files.extension(file) for file in path.iterdir()}


def parallel(path, columns):
    """word_seq:text from two files for each split with a text on each line, such as train.en and train.zh."""
    x, y = (files.split_files(path, (f".{columns[key]}".lower(),)) for key in "xy")
    if x.keys() != y.keys():
        raise UserError(f"{path} has {', '.join(x)} in {columns['x']!r} and {', '.join(y)} in {columns['y']!r}: "
                        f"expected two files for each split.")
    parts = {}
    for split in x:
        both = [_lines(file) for file in (x[split], y[split])]
        if len(both[0]) != len(both[1]):
            raise UserError(f"{x[split]} has {len(both[0])} lines and {y[split]} has {len(both[1])}: expected a line "
                            f"of one for each line of the other.")
        parts[split] = Part(*both, hashes_of(text.encode() for text in both[0]))
    return _written(path, parts, {"pair": "word_seq:text", **columns,
                                  "files": {split: [str(x[split]), str(y[split])] for split in x}})


def _lines(file):
    found = [(number, line.strip()) for number, line in files.lines(file)]
    found = found[:-1] if not found[-1][1] else found
    for number, line in found:
        if not line:
            raise UserError(f"{file} line {number}: empty, expected a text. Fill it in, or drop the line here and in "
                            f"the other file.")
    return [line for _, line in found]


def named_or_running(path, paths, columns, record):
    """word_seq:distribution: names that hold from .jsonl, the next character from .txt."""
    if files.extension(paths["train"]) == ".txt":
        if columns:
            raise UserError("received columns for running text, where the next character is learned: leave them out.")
        return windows.of_texts(str(path), {split: [files.text(file)] for split, file in paths.items()}, record)
    from registry.inputs import WordSeq
    from registry.outputs import Distribution

    parts = {}
    for split, file in paths.items():
        table = tables.read(file)
        x, y = tables.chosen(table, columns)
        texts, names = tables.strings(table, x, "a text"), tables.lists(table, y, "names", empty=True)
        parts[split] = Part(texts, names, hashes_of(text.encode() for text in texts))
    names = label_names([name for part in parts.values() for row in part.y for name in row], path)
    return assemble(path, Framing(WordSeq(), Distribution(names=names)), parts, _several, {**record, "x": x, "y": y})


def tagged(path, paths, columns, record):
    """word_seq:tags from CoNLL, or from .jsonl with lists."""
    from registry.inputs import WordSeq

    read = _listed if files.extension(paths["train"]) == ".jsonl" else conll.read
    parts = _sentences(paths, lambda file: read(file, columns))
    names = label_names([tag for part in parts.values() for row in part.y for tag in row], path)
    names = sorted(names, key=_by_kind) if all(n == "O" or n[1:2] == "-" for n in names) else names
    return assemble(path, Framing(WordSeq(), tags(names)), parts, _ragged, record)


def parsed(path, paths, columns, record):
    """word_seq:tree from CoNLL-U."""
    from registry.inputs import WordSeq
    from registry.outputs import Tree
    from registry.outputs.tags import UNIVERSAL

    if columns:
        raise UserError("received columns for word_seq:tree, which reads FORM, HEAD and DEPREL of CoNLL-U: leave them "
                        "out.")
    parts = _sentences(paths, conll.trees)
    found = {arc.partition("|")[2] for part in parts.values() for row in part.y for arc in row}
    tags = () if "" in found else UNIVERSAL if found <= set(UNIVERSAL) else tuple(sorted(found))
    return assemble(path, Framing(WordSeq(), Tree(tags=tags)), parts, _ragged, record)


def _sentences(paths, read):
    """Return split → `Part` of the sentences that `read` gives for a file."""
    parts = {}
    for split, file in paths.items():
        found = read(file)
        parts[split] = Part([s.words for s in found], [s.tags for s in found],
                            hashes_of("\n".join(s.words).encode() for s in found))
    return parts


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


def _slices(x, y):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((x, y))


def _several(x, y):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((x, _rows(y))).map(lambda text, names: (text, _dense(names)))


def _ragged(words, tags_of_words):
    import tensorflow as tf

    both = _rows(words), _rows(tags_of_words)
    return tf.data.Dataset.from_tensor_slices(both).map(lambda a, b: (_dense(a), _dense(b)))


def _rows(rows):
    import tensorflow as tf

    flat = tf.constant([value for row in rows for value in row], tf.string)
    return tf.RaggedTensor.from_row_lengths(flat, [len(row) for row in rows])


def _dense(row):
    import tensorflow as tf

    return tf.ensure_shape(tf.convert_to_tensor(row), (None,))

"""One long text as windows of a fixed length, each with what follows every place."""
from recipes.datasets.prepare import prepared
from recipes.datasets.source import SPLITS, Data


def windows(name, folders, *, length=256, feature="text"):
    """Return `Data` whose raw x are the characters (T,) of a window and whose y are those one place on.

    In training windows follow one another; in validation and test each begins half a window later than the one before
    and only what is new in it counts, so that nearly every character has at least half a window before it.

    Args:
        name: a TFDS name whose splits hold a text, or several.
        folders: `Folders`.
        length: characters of a window, T.
        feature: the name of the text.
    """
    from registry import quiet

    builder = prepared(name, folders)
    quiet.start()
    import tensorflow as tf

    from registry import Following, Framing, WordSeq

    splits, counts = {}, {}
    for split in SPLITS:
        texts = [x[feature].decode() for x in builder.as_dataset(split=split).as_numpy_iterator()]
        rows = [row for text in texts for row in cut(text, length, length if split == "train" else length // 2)]
        counts[split] = len(rows)
        splits[split] = _dataset(rows).apply(tf.data.experimental.assert_cardinality(len(rows)))
    framing = Framing(WordSeq(unit="character", exact=True, max_chars=1), Following(names=()))
    record = {"source": "tfds", "name": builder.info.full_name, "folder": str(builder.data_dir), "window": length,
              "splits": {split: {"by": "the publisher", "examples": counts[split]} for split in SPLITS}}
    return Data(builder.info.full_name, framing, splits, counts, record)


def cut(text, length, stride):
    """Yield (characters, what follows each) for windows of a text; "" follows where an earlier window counted it."""
    for start in range(0, max(len(text) - 1, 1), stride):
        x, y = list(text[start : start + length]), list(text[start + 1 : start + length + 1])
        seen = length - stride if start else 0
        if len(y) > seen:
            yield x[: len(y)], [""] * seen + y[seen:]


def _dataset(rows):
    import tensorflow as tf

    lengths = [len(x) for x, _ in rows]
    x, y = (tf.RaggedTensor.from_row_lengths([c for row in rows for c in row[i]], lengths) for i in (0, 1))
    return tf.data.Dataset.from_tensor_slices((x, y)).map(
        lambda a, b: tuple(tf.ensure_shape(tf.convert_to_tensor(row), (None,)) for row in (a, b)))

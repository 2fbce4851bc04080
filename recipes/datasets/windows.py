"""One long text as windows of a fixed length, each with what follows every place."""
from recipes.datasets.prepare import prepared
from recipes.datasets.source import SPLITS, Data
from registry.errors import UserError


def windows(name, folders):
    """Return the `Data` of a TFDS data set whose splits hold a text, or several; see `of_texts`.

    Args:
        name: its name.
        folders: `Folders`.
    """
    from registry import quiet

    builder = prepared(name, folders)
    quiet.start()
    texts = {split: [x["text"].decode() for x in builder.as_dataset(split=split).as_numpy_iterator()]
             for split in SPLITS}
    return of_texts(builder.info.full_name, texts, {"source": "tfds", "folder": str(builder.data_dir)})


def of_texts(name, texts, record, *, length=128):
    """Return `Data` whose raw x are the characters (T,) of a window and whose y are those one place on.

    In training windows follow one another; in validation and test each begins a quarter of a window later than the one
    before and only what is new in it counts, so that nearly every character has three quarters of a window before it.

    Args:
        name: the name of the data.
        texts: split → list of texts; a split that is missing is cut off the end of the training text, 5 % each.
        record: what is to be recorded besides the splits.
        length: characters of a window, T.

    Raises:
        UserError: a text that is too short for a window of each split.
    """
    import tensorflow as tf

    from registry import Following, Framing, WordSeq

    how = {split: "the publisher" if record.get("source") == "tfds" else "its own file" for split in texts}
    texts, splits, counts = _cut_off(texts), {}, {}
    for split in SPLITS:
        if max(map(len, texts[split])) <= length:
            raise UserError(f"{name}: {split} has a text of {max(map(len, texts[split]))} characters, expected more "
                            f"than {length}: add text, or give files for each split.")
        rows = [row for text in texts[split]
                for row in cut(text, length, length if split == "train" else length // 4)]
        counts[split] = len(rows)
        splits[split] = _dataset(rows).apply(tf.data.experimental.assert_cardinality(len(rows)))
    framing = Framing(WordSeq(unit="character", exact=True, max_chars=1, min_count=1, word_dropout=0.0),
                      Following(names=()))
    record = {"source": "files", **record, "window": length,
              "splits": {split: {"by": how.get(split, "the end of the training text"), "examples": counts[split]}
                         for split in SPLITS}}
    return Data(name, framing, splits, counts, record)


def _cut_off(texts):
    """Return the texts with every split: those that are missing are cut off the end of the last training text."""
    missing = [split for split in SPLITS if split not in texts]
    *others, last = texts["train"]
    size = len(last) // 20
    made = {split: [last[len(last) - size * (i + 1) : len(last) - size * i]] for i, split in enumerate(missing[::-1])}
    return {**texts, **made, "train": [*others, last[: len(last) - size * len(missing)]]}


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

"""Any TFDS data set that can be framed, as raw examples in three splits."""
from recipes.datasets.cutting import cut, share_of
from recipes.datasets.folds import hashes_of
from recipes.datasets.prepare import prepared
from recipes.datasets.source import ALIASES, SPLITS, Data, one_line, steady
from registry import quiet, tfds_features, tfds_rows
from registry.errors import UserError, nearest


def from_tfds(name, folders, *, x=None, y=None, splits=None, text=False, ready=None):
    """Return the `Data` of a TFDS data set.

    A split for validation or test that the data set lacks, or publishes without labels, is cut from train by the
    hash of x, 10 % of it or 5 % from 20,000 examples on. Tokens that treebanks list but do not count as words
    (contractions beside their parts, empty nodes) are left out.

    Args:
        name: a TFDS name[/config][:version], or one of `our_builders()`.
        folders: `Folders`.
        x, y: names of the features, where several would do.
        splits: "train", "validation", "test" → TFDS split expressions, to replace the data set's own.
        text: `y` is Text that is to be written, not a label.
        ready: function that is told the pair as soon as it is known, or None.

    Raises:
        UserError, MissingData: see `prepared` and `registry.frame`; also unknown splits.
    """
    builder = prepared(name, folders)
    quiet.start()
    x, y = tfds_features.choose(builder.info.features, x=x, y=y, supervised=builder.info.supervised_keys)
    parts = _own_splits(builder, splits or {}, y)
    features = builder.info.features
    text = text or tfds_features.is_translation(features) or tfds_features.is_spoken(features, x, y)
    named = tfds_features.kinds_of(builder.info.features)[y] == "text" and not text
    names = _text_labels(builder, parts, y) if named else None
    framing = tfds_features.frame(builder.info, x=x, y=y, names=names, text=text)
    if ready:
        ready(framing.pair)
    datasets, counts, how = {}, {}, {}
    for part, expression in parts.items():
        counts[part] = builder.info.splits[expression].num_examples
        datasets[part] = _pairs(builder, expression, x, y)
        how[part] = {"from": expression, "by": "chosen" if splits and part in splits else "the publisher"}
    missing = [part for part in SPLITS if part not in parts]
    if missing:
        _cut_from_train(builder, parts["train"], x, y, missing, datasets, counts, how)
    full = full_name(builder)
    record = {"source": "tfds", "name": full, "folder": str(builder.data_dir), "x": x, "y": y,
              "splits": {part: {**how[part], "examples": counts[part]} for part in SPLITS}}
    exact = {part: datasets[part].apply(_cardinality(counts[part])) for part in SPLITS}
    return Data(full, framing, exact, {part: counts[part] for part in SPLITS}, record)


def divided(name, folders, *, x, y, key, part_of, how):
    """Return the `Data` of a TFDS data set of one split, whose examples say in a feature where they belong.

    Args:
        name, folders, x, y: as in `from_tfds`.
        key: the Text feature that says it.
        part_of: function from its value to "train", "validation", "test", or None for no part.
        how: the rule in words, for the record.
    """
    import numpy as np
    import tensorflow_datasets as tfds

    builder = prepared(name, folders)
    quiet.start()
    read = builder.as_dataset(split="train", decoders=tfds.decode.PartialDecoding({key: True}))
    parts = np.array([part_of(example[key].decode("utf-8")) or "" for example in steady(read).as_numpy_iterator()])
    masks = {part: parts == part for part in SPLITS}
    counts = {part: int(mask.sum()) for part, mask in masks.items()}
    datasets = {part: _pairs(builder, "train", x, y, mask).apply(_cardinality(counts[part]))
                for part, mask in masks.items()}
    full = full_name(builder)
    record = {"source": "tfds", "name": full, "folder": str(builder.data_dir), "x": x, "y": y,
              "splits": {part: {"from": "train", "by": how, "examples": n} for part, n in counts.items()}}
    return Data(full, tfds_features.frame(builder.info.features, x=x, y=y), datasets, counts, record)


def full_name(builder):
    """Return a builder's name in full, such as "universal_dependencies/en_ewt:1.0.1"."""
    config = builder.info.config_name
    return f"{builder.name}{'/' + config if config else ''}:{builder.info.version}"


def _cardinality(count):
    import tensorflow as tf

    return tf.data.experimental.assert_cardinality(count)


def _own_splits(builder, splits, y):
    """Return part → TFDS split expression, the user's before the data set's; "train" is among them."""
    available = list(builder.info.splits)
    for part in splits:
        if part not in SPLITS:
            raise UserError(f"unknown split {part!r}: choose among {', '.join(SPLITS)}.{nearest(part, SPLITS)}")
    parts = {}
    for part in SPLITS:
        own = next((alias for alias in ALIASES[part] if alias in available), None)
        expression = splits.get(part, own)
        if expression is not None and (part == "train" or _labelled(builder, expression, y)):
            parts[part] = expression
    if "train" not in parts:
        raise UserError(f"data set {full_name(builder)} has no split for training: it has {', '.join(available)}. "
                        f"Choose one with splits={{'train': ...}}.")
    return parts


def _only(features, wanted, decoders=None):
    """Return the decoders that read but the wanted features; a `Translation`, which TFDS reads whole, has none."""
    import tensorflow_datasets as tfds

    return None if tfds_features.is_translation(features) else tfds.decode.PartialDecoding(wanted, decoders=decoders)


def _labelled(builder, expression, y):
    """Tell whether a split has labels: contests publish their test split with -1 in place of them."""
    decoders = _only(builder.info.features, dict.fromkeys(_read_for(builder.info.features, y), True))
    try:
        first = next(iter(builder.as_dataset(split=expression, decoders=decoders).take(1).as_numpy_iterator()))
    except StopIteration:
        return False
    except (ValueError, AssertionError) as error:
        raise UserError(f"unknown split {expression!r} of {full_name(builder)} ({one_line(error)}): it has "
                        f"{', '.join(builder.info.splits)}.") from error
    return tfds_features.kinds_of(builder.info.features)[y] != "label" or first[y] >= 0


def _read_for(features, y):
    """Return the names of the features that are read for y."""
    return tfds_features.flags(features) if tfds_features.kinds_of(features)[y] == tfds_features.FLAGS else [y]


def _text_labels(builder, parts, y):
    """Return the sorted labels of a Text feature, found by reading every split."""
    import tensorflow_datasets as tfds

    names = set()
    for expression in parts.values():
        read = builder.as_dataset(split=expression, batch_size=4096, decoders=tfds.decode.PartialDecoding({y: True}))
        for batch in steady(read).as_numpy_iterator():
            names.update(name.decode("utf-8") for name in batch[y])
    return sorted(names)


def _pairs(builder, expression, x, y, mask=None):
    """Return the raw (x, y) of a split; with a mask (N,) only those examples, the others not even decoded."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    features = builder.info.features
    if x == tfds_rows.ROW:
        return _of_fields(builder, expression, y, mask)
    beside = {"head"} | ({"upos"} if tfds_features.kinds_of(features)[y] == "tree" else set())
    wanted = dict.fromkeys({x, *_read_for(features, y)} | (beside & set(features)), True)
    encoded = {x: tfds.decode.SkipDecoding()} if tfds_features.kind(features[x]) == "image" else {}
    dataset = steady(builder.as_dataset(
        split=expression, decoders=_only(features, wanted, encoded),
        read_config=tfds.ReadConfig(try_autocache=False)))
    return _kept(dataset, mask).map(_raw(features, x, y), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _kept(dataset, mask):
    """Return the examples where a mask (N,) is true; all where there is none."""
    import tensorflow as tf

    if mask is None:
        return dataset
    kept = tf.constant(mask)
    return dataset.enumerate().filter(lambda i, _: kept[i]).map(lambda _, example: example)


def _of_fields(builder, expression, y, mask):
    """Return the raw (x, y) of rows: the texts of the fields (F,), numbers first, and an event (3,)."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    numeric, categorical = tfds_rows.fields_of(builder.info, y)
    names = [*numeric, *categorical]
    dataset = steady(builder.as_dataset(
        split=expression, decoders=tfds.decode.PartialDecoding(dict.fromkeys([*names, y], True)),
        read_config=tfds.ReadConfig(try_autocache=False)))

    def raw(example):
        values = [example[name] for name in names]
        texts = [value if value.dtype == tf.string else tf.strings.as_string(value) for value in values]
        return tf.stack(texts), tf.stack([tf.cast(example[y], tf.float32), 1.0, float("nan")])

    return _kept(dataset, mask).map(raw, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _raw(features, x, y):
    """Return the function from a TFDS example to raw (x, y)."""
    import tensorflow as tf

    if tfds_features.kinds_of(features)[y] == "tree":
        return _tree(features, x)
    if tfds_features.kinds_of(features)[y] == tfds_features.FLAGS:
        flags = tfds_features.flags(features)
        names = tf.constant(flags)
        return lambda example: (example[x], tf.boolean_mask(names, tf.stack([example[f] for f in flags])))
    tagged = tfds_features.kind(features[y]) == "tags"
    label = features[y].feature if tagged else features[y]
    names = None if tfds_features.kind(features[y]) == "text" else tf.constant(label.names)
    no_tag = tagged and tfds_features.NO_TAG in label.names

    def raw(example):
        value, target = example[x], example[y]
        if tfds_features.kind(features[x]) == "image":
            value = features[x].decode_example(value)
        elif tfds_features.kind(features[x]) == "audio":
            value = as_sound(value)
        target = target if names is None else tf.gather(names, target)
        if not no_tag:
            return value, target
        words = target != tfds_features.NO_TAG
        if "head" in features and tfds_features.kind(features["head"]) == "words":
            words &= (example["head"] != "None") & (example["head"] != tfds_features.NO_TAG)
        return tf.boolean_mask(value, words), tf.boolean_mask(target, words)

    return raw


def as_sound(samples):
    """Return samples as float32 between -1 and 1; whole numbers are of 16 bits, as TFDS reads them."""
    import tensorflow as tf

    return samples if samples.dtype.is_floating else tf.cast(samples, tf.float32) / 32768


def _tree(features, x):
    """Return the function from a treebank's example to words and a tree, "head:relation|TAG" for each word."""
    import tensorflow as tf

    tags = tf.constant(features["upos"].feature.names) if tfds_features.upos_of(features) else None

    def raw(example):
        words = (example["head"] != "None") & (example["head"] != tfds_features.NO_TAG)
        tree = tf.strings.join([example["head"], example["deprel"]], ":")
        if tags is not None:
            tree = tf.strings.join([tree, tf.gather(tags, example["upos"])], "|")
        return tf.boolean_mask(example[x], words), tf.boolean_mask(tree, words)

    return raw


def _cut_from_train(builder, expression, x, y, missing, datasets, counts, how):
    """Cut the missing parts from train, in place."""
    hashes = hashes_of(_pairs(builder, expression, x, y))
    share = share_of(len(hashes))
    masks = cut(hashes, {part: share for part in missing}, full_name(builder))
    for part, mask in masks.items():
        datasets[part], counts[part] = _pairs(builder, expression, x, y, mask), int(mask.sum())
        taken = 1 - share * len(missing) if part == "train" else share
        how[part] = {"from": expression, "by": f"hash of x, {taken:.0%}"}

"""What every source of data gives: raw examples in three splits, and how these came about."""
import re
from dataclasses import dataclass, replace

from registry.errors import UserError

SPLITS = ("train", "validation", "test")
ALIASES = {"train": ("train", "training"), "validation": ("validation", "valid", "val", "dev"),
           "test": ("test", "testing", "eval")}
READ_AT_ONCE = 256  # elements of one shape


@dataclass(frozen=True)
class Data:
    """A data set in raw form.

    Args:
        name: such as "mnist:3.0.1", or a path.
        framing: what the features or columns imply, the names filled in.
        splits: "train", "validation", "test" → `tf.data.Dataset` of raw (x, y), y as strings, in a fixed order.
        counts: examples of each split.
        record: where the data is from and how each split came about, fit for JSON.
        game: a `recipes.playing.Game`, where a model learns by playing; the splits are then screens of random play.
    """

    name: str
    framing: object
    splits: dict
    counts: dict
    record: dict
    game: object = None

    def __post_init__(self):
        object.__setattr__(self, "splits", {name: steady(split) for name, split in self.splits.items()})


def steady(dataset):
    """Return the data set without TensorFlow's autotuning, for itself and all that is made from it.

    Where an iterator ends, TensorFlow 2.21 waits for its autotuner, which may sleep until its next round: an epoch
    then lasts longer than its work. `python benchmarks/autotuner.py` shows it.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def of_one_shape(dataset):
    """Tell whether all elements of a data set have the same shape, so that many can be read at a time."""
    import tensorflow as tf

    return all(spec.shape.is_fully_defined() for spec in tf.nest.flatten(dataset.element_spec))


def rows(dataset):
    """Yield the elements of a data set as arrays, as `as_numpy_iterator` does, but many times faster where they are
    small and have one shape, or are texts and rows of texts."""
    import tensorflow as tf

    specs = tf.nest.flatten(dataset.element_spec)
    if of_one_shape(dataset):
        batches = map(tf.nest.flatten, dataset.batch(READ_AT_ONCE).as_numpy_iterator())
    elif all(spec.dtype == tf.string and spec.shape.rank in (0, 1) for spec in specs):
        batches = (map(_parted, tf.nest.flatten(batch)) for batch in dataset.ragged_batch(READ_AT_ONCE))
    else:
        yield from dataset.as_numpy_iterator()
        return
    for batch in batches:
        for row in zip(*batch):
            yield tf.nest.pack_sequence_as(dataset.element_spec, row)


def _parted(batch):
    """Return the rows of a batch, ragged or not, as arrays."""
    import itertools

    if not hasattr(batch, "row_splits"):
        return batch.numpy()
    values, ends = batch.values.numpy(), batch.row_splits.numpy()
    return [values[start:end] for start, end in itertools.pairwise(ends)]


def take(data, limit):
    """Return the data with at most `limit` examples in each split; None takes everything."""
    if limit is None:
        return data
    if limit < 1:
        raise UserError(f"received a limit of {limit} examples: expected 1 or more.")
    if data.game:
        raise UserError(f"received a limit of {limit} examples for {data.game.name}, which is played: choose fewer "
                        "epochs (--set epochs=1), or fewer screens in each (--set frames=10000).")
    return replace(data, splits={name: split.take(limit) for name, split in data.splits.items()},
                   counts={name: min(count, limit) for name, count in data.counts.items()},
                   record={**data.record, "limit": limit})


def labelled(data, count):
    """Return the data with the first `count` training examples in "train" and the others in a part "unlabelled", whose
    inputs are looked at before training (an architecture's `prepare`) and whose answers never are."""
    train, rest = data.splits["train"], data.counts["train"] - count
    return replace(data, splits={**data.splits, "train": train.take(count), "unlabelled": train.skip(count)},
                   counts={**data.counts, "train": count, "unlabelled": rest},
                   record={**data.record, "labelled": count})


def user_error(error):
    """Return the `UserError` inside an error that TensorFlow raised while reading data, or None.

    A corrupt image is found only when it is read, deep in `tf.data`, where errors lose their type.
    """
    match = re.search(r"UserError: (.+)", str(error))
    return UserError(match.group(1).strip()) if match else None


def one_line(error):
    """Return the first line of an error's message, with its type."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__

"""From raw examples to batches of numbers: encoded in `tf.data`, cached, bucketed by length, shuffled.

The order of epoch e depends on the seed and e alone, so a resumed run sees what an uninterrupted one would.
"""
from dataclasses import dataclass, replace
from pathlib import Path

from recipes import lengths, ordering
from recipes.datasets.source import READ_AT_ONCE, of_one_shape, steady

CACHE_BYTES = 4 * 2**30  # encoded data larger than this is cached on disk
SHUFFLE_BYTES = 2**30  # of examples that are shuffled, or sorted by length, at a time
HELD_BYTES = 2**28  # encoded examples of one shape up to this size are rows of arrays
RAGGED_BYTES = 2**26  # and sequences, which the cache keeps too
BESIDE = 150  # bytes that tf.data keeps beside the content of each tensor


@dataclass(frozen=True)
class Encoded:
    """One split as numbers: its data set (unbatched, cached), its size, and the lengths of its sequences; and where a
    model learns by playing, the `recipes.playing.play.Play` that stands in the place of these examples."""

    examples: object
    count: int
    lengths: object  # (N,) int, or None where examples have no time axis
    bytes: int
    play: object = None
    mean_lengths: tuple = (1, 0)  # of what is read, in steps, and of texts that are written, in pieces
    held: object = None  # (numbers, targets) of all examples in a row, where they are few: see `recipes.ordering`

    @property
    def told(self):
        return self.play.told if self.play else f"{self.count:,} training examples"

    @property
    def sequences(self):
        return self.lengths is not None


def part(recipe, data, split, cache_file=None):
    """Return `Encoded` for a split of `Data`, examples or a game.

    Args:
        recipe: adapted.
        data, split: raw, and the name of the split.
        cache_file: as in `encode`.
    """
    encoded = encode(recipe.framing, data.splits[split], cache_file)
    if data.game is None:
        return encoded
    from recipes.playing.play import Play

    play = Play(data.game, recipe, split, cache_file and Path(cache_file).parent)
    return replace(encoded, play=play, count=play.frames * play.settings["passes"])


def encode(framing, raw, cache_file=None):
    """Return `Encoded` for a split: every example is encoded once and kept.

    Args:
        framing: an adapted framing.
        raw: data set of raw (x, y).
        cache_file: path used where the numbers are too many for memory.
    """
    import tensorflow as tf

    total = int(raw.cardinality())
    to_numbers, to_targets = framing.inputs.encoder(), framing.outputs.targets_encoder()
    further = getattr(framing.outputs, "numbers", lambda targets: {})

    def one(x, y):
        numbers = {key: value[0] for key, value in to_numbers(x[None]).items()}
        targets = to_targets(y[None])[0]
        return {**numbers, **further(targets)}, targets

    def many(x, y):
        return to_numbers(x), to_targets(y)

    apart = hasattr(framing.inputs, "length") or hasattr(framing.outputs, "numbers")  # else there would be padding
    even = of_one_shape(raw) and not apart
    if even:
        together = raw.batch(READ_AT_ONCE).map(many, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        examples = together.unbatch()
    else:
        examples = raw.map(one, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    count, _, size, _ = _measure(framing, examples.take(200))
    whole = size / max(count, 1) * (total if total >= 0 else count)
    few = count and 0 <= total and whole <= min(HELD_BYTES if even else RAGGED_BYTES, CACHE_BYTES)
    if even and few:
        return _held(together)
    examples = examples.cache(cache_file or "") if whole > CACHE_BYTES else examples.cache()
    count, ends, size, means = _measure(framing, examples)
    examples = examples.apply(tf.data.experimental.assert_cardinality(count))
    held = ordering.held(examples.ragged_batch(READ_AT_ONCE)) if few and ends is not None else None
    return Encoded(examples, count, ends, size, mean_lengths=means, held=held)


def _held(batches):
    """Return `Encoded` of batches of encoded examples of one shape."""
    import tensorflow as tf

    held = ordering.held(batches)
    columns = tf.nest.flatten(held)
    count = len(columns[0])
    size = sum(column.dtype.size * int(tf.size(column)) + BESIDE * count for column in columns)
    return Encoded(steady(tf.data.Dataset.from_tensor_slices(held)), count, None, size, held=held)


def _measure(framing, examples):
    """Read the examples once (which fills the cache) and return how many, their lengths, their bytes, and the means
    of `Encoded.mean_lengths`."""
    import numpy as np
    import tensorflow as tf

    sequences = hasattr(framing.inputs, "length")

    def size(numbers, targets):
        ends = _lengths(numbers) if sequences else (1, 0)
        return *ends, tf.add_n([tf.size(v) * v.dtype.size + BESIDE for v in tf.nest.flatten((numbers, targets))])

    rows = [r for r in examples.map(size).batch(4096).as_numpy_iterator()]
    read, written, sizes = (np.concatenate(column) for column in zip(*rows)) if rows else np.zeros((3, 0), int)
    means = tuple(int(column.mean()) if len(column) else 0 for column in (read, written))
    return len(read), np.maximum(read, written) if sequences else None, int(sizes.sum()), (max(1, means[0]), means[1])


def _lengths(numbers):
    """Return the lengths of an example's longest sequence that is read, and of the text that is written."""
    import tensorflow as tf

    steps = {key: tf.shape(value)[0] for key, value in numbers.items()}
    written = steps.pop("previous", 0)
    return tf.reduce_max(list(steps.values())), written


def steps_per_epoch(encoded, batch_size):
    """Return how many batches `epoch` gives."""
    import numpy as np

    if encoded.play:
        return encoded.play.steps(batch_size)
    if not encoded.sequences:
        return max(1, encoded.count // batch_size)
    ranges, sizes = lengths.shuffled(encoded.lengths, batch_size)
    return int(sum(-(-n // size) for n, size in zip(np.bincount(ranges, minlength=len(sizes)), sizes)))


def epoch(encoded, batch_size, seed, number, model=None):
    """Return the shuffled training batches of one epoch, (numbers, targets).

    Args:
        encoded: the training part.
        batch_size: examples in a batch.
        seed, number: of the run and of the epoch; both together decide the order.
        model: who plays, where there are no stored examples.
    """
    if encoded.play:
        return encoded.play.epoch(model, batch_size, seed, number)
    order = {"buffer_size": _at_a_time(encoded, batch_size), "seed": seed * 10_007 + number,
             "reshuffle_each_iteration": False}
    if encoded.sequences:
        batches = _of_like_length(encoded, *lengths.shuffled(encoded.lengths, batch_size), order)
        return batches.map(lambda numbers, targets, places: (numbers, targets)).prefetch(4)
    whole = encoded.count >= batch_size
    if encoded.held and whole:
        return ordering.slices(encoded.held, ordering.shuffled(encoded.count, order), batch_size)  # nothing to prefetch
    return encoded.examples.shuffle(**order).batch(batch_size, whole).prefetch(4)


def taken(model, batches):
    """Return batches of (numbers, targets) with the targets among the numbers too, where a model has an input
    "targets"."""
    if all(x.name != "targets" for x in model.inputs):
        return batches
    return batches.map(lambda numbers, targets: ({**numbers, "targets": targets}, targets))


def _of_like_length(encoded, ranges, sizes, order=None):
    """Return padded batches of each range of lengths, with the places of their examples: (numbers, targets, places).

    Args:
        encoded: sequences.
        ranges, sizes: as `recipes.lengths` gives them.
        order: arguments of `Dataset.shuffle`; None for the examples' own order.
    """
    import numpy as np
    import tensorflow as tf

    padding = _padding(encoded.examples.element_spec)
    if encoded.held:
        places = ordering.shuffled(encoded.count, order) if order else np.arange(encoded.count)
        return ordering.gathered(encoded.held, padding, places, ranges, sizes)
    rows = tf.data.Dataset.zip(encoded.examples, tf.data.Dataset.range(encoded.count),
                               tf.data.Dataset.from_tensor_slices(ranges))
    rows = rows.shuffle(**order) if order else rows
    sizes, zero = tf.constant(sizes, "int64"), tf.zeros((), tf.int64)
    batches = rows.group_by_window(
        lambda example, place, number: number, window_size_func=lambda number: sizes[number],
        reduce_func=lambda number, rows: rows.padded_batch(sizes[number], padding_values=(padding, zero, zero)))
    return batches.map(lambda example, places, number: (*example, places))


def _padding(spec):
    """Return what fills short sequences: 0 in the numbers, -1 in targets."""
    import tensorflow as tf

    numbers, targets = spec
    return {key: tf.zeros((), one.dtype) for key, one in numbers.items()}, -1 if targets.shape.rank else 0


def looked_at(parts):
    """Return the batches that an architecture prepares itself from: of the training part, and of one without labels
    where there is one, whose targets are all -1.

    Args:
        parts: {split: `Encoded`}.
    """
    import tensorflow as tf

    train = batches(parts["train"])
    if "unlabelled" not in parts:
        return train
    rest = batches(parts["unlabelled"])
    return train.concatenate(rest.map(lambda numbers, targets: (numbers, -tf.ones_like(targets))))


def alike(encoded, batch_size=256):
    """Return the batches that `evaluate.answer` reads: (numbers, targets), and of sequences, those of like length
    together, which spares padding, their places among the examples (B,) int64 too; or what is played."""
    if encoded.play or not encoded.sequences:
        return batches(encoded)
    together = lengths.even(encoded.lengths, batch_size, _at_a_time(encoded, batch_size))
    return _of_like_length(encoded, *together).prefetch(2)


def _at_a_time(encoded, batch_size):
    """Return how many examples may wait in memory for their turn, at least a batch."""
    return max(batch_size, min(encoded.count, SHUFFLE_BYTES * encoded.count // max(encoded.bytes, 1)))


def batches(encoded, batch_size=256):
    """Return the examples in their order, in padded batches; or what is played."""
    if encoded.play:
        return encoded.play
    if not encoded.sequences:
        return encoded.examples.batch(batch_size).prefetch(2)
    return encoded.examples.padded_batch(min(batch_size, 64), padding_values=_padding(encoded.examples.element_spec)
                                         ).prefetch(2)

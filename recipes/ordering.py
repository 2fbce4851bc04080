"""Batches of encoded examples that are held as arrays: their order is found when an epoch begins, and a batch is a
slice or one gather. What the pipeline does for each example by itself is what small models wait for.

Held examples are (numbers, targets) of all in a row: tensors (N, …), ragged ones of what differs in length.
"""
from recipes.datasets.source import steady


def held(batches):
    """Return the held examples of a data set of batches, ragged where their lengths differ."""
    import tensorflow as tf

    parts = zip(*map(tf.nest.flatten, batches), strict=True)
    return tf.nest.pack_sequence_as(batches.element_spec, [tf.concat(part, 0) for part in parts])


def shuffled(count, order):
    """Return the places (N,) of examples in the order in which `Dataset.shuffle(**order)` gives them."""
    import tensorflow as tf

    return next(steady(tf.data.Dataset.range(count)).shuffle(**order).batch(count).as_numpy_iterator())


def slices(examples, places, batch_size):
    """Return batches of examples of one shape, batch_size in each; what is left at the end is left out."""
    import tensorflow as tf

    steps = len(places) // batch_size
    places = places[: steps * batch_size].reshape(steps, batch_size)
    rows = tf.nest.map_structure(lambda column: tf.gather(column, places), examples)
    return steady(tf.data.Dataset.from_tensor_slices(rows))


def gathered(examples, padding, places, ranges, sizes):
    """Return padded batches of like length with the places of their examples, (numbers, targets, places (B,)), as
    `Dataset.group_by_window` gives them: a batch comes when it is full, and the rest of each range at the end.

    Args:
        examples: held.
        padding: what fills short sequences, in the structure of an example.
        places: in the order in which they are read (N,).
        ranges: the number of the range of lengths of each example (N,).
        sizes: the examples of a batch for each range.
    """
    import numpy as np
    import tensorflow as tf

    found, number = [], ranges[places]
    for i in np.unique(number):
        those = np.flatnonzero(number == i)
        for first in range(0, len(those), sizes[i]):
            one = those[first : first + sizes[i]]
            found.append((one[-1] if len(one) == sizes[i] else len(places) + i, places[one]))
    found = [one for _, one in sorted(found, key=lambda pair: pair[0])]
    rows = tf.RaggedTensor.from_row_lengths(np.concatenate(found), [len(one) for one in found])

    def batch(places):
        return *tf.nest.map_structure(lambda column, pad: _rows(column, places, pad), examples, padding), places

    return steady(tf.data.Dataset.from_tensor_slices(rows)).map(batch)


def _rows(column, places, pad):
    import tensorflow as tf

    rows = tf.gather(column, places)
    return rows.to_tensor(pad) if isinstance(rows, tf.RaggedTensor) else rows

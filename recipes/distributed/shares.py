"""Losses as sums over the units of a share of the batch, so that shares add up to what the whole batch gives."""


def total_loss(model, numbers, targets):
    """Return the sum of a model's losses over the units of a batch, and how many units these are.

    What layers add to the loss counts for each unit.
    """
    import tensorflow as tf

    value = tf.cast(model.loss(targets, model(numbers, training=True)), tf.float32)
    if value.shape.rank:
        total, units = tf.reduce_sum(value), tf.cast(tf.size(value), tf.float32)
    else:
        units = units_of(model.loss, targets)
        total = value * units
    extra = [tf.cast(one, tf.float32) for one in model.losses]
    return total + units * tf.add_n(extra) if extra else total, units


def units_of(loss, targets):
    """Return over how many units of targets (B, …) a loss that gives one number is a mean, float32."""
    import tensorflow as tf

    units = loss.units(targets) if hasattr(loss, "units") else tf.math.count_nonzero(targets >= 0)
    return tf.cast(units, tf.float32)


def summed(values):
    """Return tensors of this replica summed over all replicas."""
    import tensorflow as tf

    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values)


def share(data, first, step):
    """Return every so many rows of tensors (B, …) from a first, and 1.0; or, where there are none, a row of another and
    0.0, because many layers cannot compute with nothing."""
    import tensorflow as tf

    rows = tf.range(tf.shape(data[1])[0])[tf.cast(first, tf.int32) :: step]
    real = tf.size(rows) > 0
    rows = tf.cond(real, lambda: rows, lambda: tf.zeros(1, tf.int32))
    return tf.nest.map_structure(lambda value: tf.gather(value, rows), data), tf.cast(real, tf.float32)


def added(a, b):
    """Return the sum of two gradients, dense, of rows, or None."""
    import tensorflow as tf

    if a is None:
        return b
    if isinstance(a, tf.IndexedSlices):
        return tf.IndexedSlices(tf.concat([a.values, b.values], 0), tf.concat([a.indices, b.indices], 0), a.dense_shape)
    return a + b

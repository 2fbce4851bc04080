"""Optimizers for recipes: Keras's, with Adam's update in one pass over memory on one device, and one for large tables
of which a batch reads a few rows."""
import functools

TABLES = ("table", "vectors", "embeddings")  # names of weights whose rows are looked up
TABLE_RATE = 10.0  # Adagrad's steps shrink with the root of their number: it begins with larger ones


def adam(learning_rate, **options):
    """Return `keras.optimizers.Adam` whose update is TensorFlow's fused kernel, equal to Keras's own.

    Keras's own walks over each weight, its averages and its gradient once for each operation of the formula, which
    weighs where large tables are learned. With several replicas, Keras's own update is used.

    Args:
        learning_rate: a float or a schedule.
        **options: of `keras.optimizers.Adam`; `weight_decay` is decoupled, as in AdamW (Loshchilov & Hutter 2019,
            https://arxiv.org/abs/1711.05101).
    """
    return _adam()(learning_rate, **options)


def rows(learning_rate, **options):
    """Return `adam` that, of tables whose rows are looked up, touches but the rows of a batch.

    A step then takes as long with a million rows as with a thousand. Tables learn by Adagrad with one sum of squares
    for each row (Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html; by rows as in Mudigere et al. 2021,
    https://arxiv.org/abs/2104.05158), ten times the learning rate and no weight decay, which suits values that are seen
    now and then: Adam would go on moving them by what it remembers. What is no table learns by `adam`.

    Args:
        learning_rate, **options: as in `adam`.
    """
    return _rows()(learning_rate, **options)


@functools.cache
def _adam():
    """Return the class of `adam`, which needs Keras."""
    import keras
    import tensorflow as tf

    class Adam(keras.optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            gradient = tf.convert_to_tensor(gradient)  # Keras's own would square rows that stand there twice apart
            if tf.distribute.get_strategy().num_replicas_in_sync > 1 or variable.dtype != tf.float32:
                return super().update_step(gradient, variable, learning_rate)
            index = self._get_variable_index(variable)
            step = tf.cast(self.iterations.value + 1, tf.float32)
            return tf.raw_ops.ResourceApplyAdam(
                var=variable.handle, m=self._momentums[index].value.handle, v=self._velocities[index].value.handle,
                beta1_power=self.beta_1**step, beta2_power=self.beta_2**step, lr=tf.cast(learning_rate, tf.float32),
                beta1=self.beta_1, beta2=self.beta_2, epsilon=self.epsilon, grad=gradient)

    return Adam


@functools.cache
def _rows():
    """Return the class of `rows`."""
    import keras
    import tensorflow as tf

    class Rows(_adam()):
        def build(self, variables):
            """Keep one number for each row of a table in the place of Adam's two averages."""
            if self.built:
                return
            keras.optimizers.Optimizer.build(self, variables)
            plain = [v for v in variables if not _is_table(v)]
            kept = zip(plain, *self.add_optimizer_variables(plain, ["momentum", "velocity"]))
            slots = {self._var_key(v): pair for v, *pair in kept}
            for v in variables:
                if _is_table(v):
                    slots[self._var_key(v)] = None, self.add_variable((v.shape[0],), name=f"{v.name}_squares")
            self._momentums, self._velocities = zip(*(slots[self._var_key(v)] for v in variables))

        def update_step(self, gradient, variable, learning_rate):
            index = self._get_variable_index(variable)
            if self._momentums[index] is not None:
                return super().update_step(gradient, variable, learning_rate)
            squares, rate = self._velocities[index].value, TABLE_RATE * tf.cast(learning_rate, variable.dtype)
            places, gradient = _summed(gradient)
            total = tf.gather(squares, places) + tf.reduce_mean(gradient**2, -1)
            step = (rate / (tf.sqrt(total) + self.epsilon))[:, None] * gradient
            squares.scatter_update(tf.IndexedSlices(total, places))  # far faster than to add or to subtract
            variable.scatter_update(tf.IndexedSlices(tf.gather(variable, places) - step, places))

        def _use_weight_decay(self, variable):
            return self._momentums[self._get_variable_index(variable)] is not None and super()._use_weight_decay(
                variable)

    return Rows


def _is_table(variable):
    return variable.name in TABLES and len(variable.shape) == 2


def _summed(gradient):
    """Return the numbers of the rows that a gradient concerns, each once, and the gradient of each."""
    import tensorflow as tf

    if not isinstance(gradient, tf.IndexedSlices):
        return tf.range(tf.shape(gradient)[0]), gradient
    places, which = tf.unique(gradient.indices)
    return places, tf.math.unsorted_segment_sum(gradient.values, which, tf.size(places))

"""LSTM (Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735) with a gradient written by hand.

On CPUs Keras multiplies the input and the state at each step of time, and its gradient adds up the weights' gradients
step by step. Here all that does not wait for the step before is one product over the whole sequence, and a step keeps
one product forward and one backward.

Shapes: T time, B batch, D features, U units; gates in Keras's order: input, forget, candidate, output.
"""
import keras
from keras import layers

from zoo.layers import lstm_walk

NEVER = 1e4  # sigmoid(10000) is exactly 1 in float32, sigmoid(-10000) exactly 0


@keras.saving.register_keras_serializable("zoo")
class LSTM(layers.LSTM):
    """`keras.layers.LSTM`, the same in value and gradient; training on CPUs in float32 is faster.

    Products are in bfloat16 where the oneDNN rewrite is on (see `recipes.device`), as Keras's own would be. Predicting
    and GPUs go the way of Keras; on JAX, all goes that of `lstm_walk`.
    """

    def inner_loop(self, sequences, initial_state, mask, training=False):
        if lstm_walk.usable(self):
            return lstm_walk.inner_loop(self, sequences, initial_state, mask)
        if not (training and self._plain()):
            return super().inner_loop(sequences, initial_state, mask, training=training)
        import tensorflow as tf

        x, real = tf.transpose(sequences, (1, 0, 2)), None
        if mask is not None:
            real = tf.transpose(mask[0] if isinstance(mask, (list, tuple)) else mask)[..., None]
        if self.go_backwards:
            x, real = x[::-1], None if real is None else real[::-1]
        kernel, recurrent, bias = (tf.convert_to_tensor(w) for w in
                                   (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias))
        gates = tf.matmul(tf.reshape(x, (-1, x.shape[-1])), kernel) + bias
        gates = tf.reshape(gates, (*tf.unstack(tf.shape(x)[:2]), 4 * self.units))
        outputs, state = walk(gates, recurrent, *initial_state, real)
        last = [outputs[-1], state]
        if real is not None:  # what Keras puts out at padding, or before the first real step
            shown = real if self.zero_output_for_mask else tf.cumsum(tf.cast(real, tf.int32)) > 0
            outputs = tf.where(shown, outputs, 0.0)
        return outputs[-1], tf.transpose(outputs, (1, 0, 2)), last

    def _plain(self):
        """Tell whether this is the LSTM that `walk` computes, on a device where it is faster."""
        if keras.backend.backend() != "tensorflow" or self.compute_dtype != "float32":
            return False
        import tensorflow as tf

        named = [getattr(f, "__name__", None) for f in (self.cell.activation, self.cell.recurrent_activation)]
        return (named == ["tanh", "sigmoid"] and self.use_bias and not self.unroll and not self.stateful
                and not self.dropout and not self.recurrent_dropout
                and not tf.config.list_logical_devices("GPU"))


def walk(x, recurrent, h, c, real=None):
    """Return the outputs (T, B, U) and the last cell state (B, U).

    Args:
        x: what the input gives to the gates (T, B, 4U) float32.
        recurrent: weights (U, 4U).
        h, c: first states (B, U).
        real: False where a step is padding, which leaves the state as it is (T, B, 1); None where nothing is.
    """
    import tensorflow as tf

    low = tf.config.optimizer.get_experimental_options().get("auto_mixed_precision_onednn_bfloat16", False)
    kind = tf.bfloat16 if low else tf.float32
    if real is not None:  # padding lets nothing in and forgets nothing
        closed = tf.constant([-NEVER, NEVER, 0, 0])[:, None] * tf.ones(x.shape[-1] // 4)
        x = tf.where(real, x, tf.reshape(closed, [-1]))

    @tf.custom_gradient
    def run(x, recurrent, h, c):
        weights = tf.cast(recurrent, kind)
        outputs, cells, gates, candidates = _forward(x, weights, h, c, real)

        def gradient(d_outputs, d_cell):
            before = tf.concat([h[None], outputs[:-1]], 0), tf.concat([c[None], cells[:-1]], 0)
            d_gates, d_h, d_c = _backward(d_outputs, d_cell, weights, before[1], cells, gates, candidates, real)
            flat = [tf.cast(tf.reshape(v, (-1, v.shape[-1])), kind) for v in (before[0], d_gates)]
            return d_gates, tf.cast(tf.matmul(*flat, transpose_a=True), tf.float32), d_h, d_c

        return (outputs, cells[-1]), gradient

    return run(x, recurrent, h, c)


def _forward(x, weights, h, c, real):
    """Return outputs, cell states, opened gates (T, B, 4U; the candidate's part is unused) and candidates, each over
    time."""
    import tensorflow as tf

    units, steps = h.shape[-1], tf.shape(x)[0]
    arrays = [tf.TensorArray(tf.float32, steps, element_shape=(None, n)) for n in (units, units, 4 * units, units)]
    inputs = tf.TensorArray(tf.float32, steps).unstack(x)
    mask = real if real is None else tf.TensorArray(tf.bool, steps).unstack(real)

    def step(t, h, c, *written):
        z = inputs.read(t) + tf.cast(tf.matmul(tf.cast(h, weights.dtype), weights), tf.float32)
        opened, candidate = tf.sigmoid(z), tf.tanh(z[:, 2 * units : 3 * units])
        let_in, keep, _, let_out = tf.split(opened, 4, -1)
        c = keep * c + let_in * candidate
        new = let_out * tf.tanh(c)
        h = new if mask is None else tf.where(mask.read(t), new, h)
        return t + 1, h, c, *(array.write(t, v) for array, v in zip(written, (h, c, opened, candidate), strict=True))

    written = _loop(lambda t, *_: t < steps, step, (0, h, c, *arrays), steps)[3:]
    return tuple(array.stack() for array in written)


def _backward(d_outputs, d_cell, weights, cells_before, cells, gates, candidates, real):
    """Return the gradients of the gates before they are opened (T, B, 4U) and of the first states."""
    import tensorflow as tf

    let_in, keep, _, let_out = tf.split(gates, 4, -1)
    bent = tf.tanh(cells)
    slope, out_slope = let_out * (1 - bent * bent), bent * let_out * (1 - let_out)
    if real is not None:
        seen = tf.cast(real, tf.float32)
        slope, out_slope = slope * seen, out_slope * seen
    slopes = tf.concat([candidates * let_in * (1 - let_in), cells_before * keep * (1 - keep),
                        let_in * (1 - candidates * candidates), out_slope], -1)
    steps, size = tf.shape(gates)[0], gates.shape[-1]
    d_out, to_c, to_gates, kept = (tf.TensorArray(tf.float32, steps).unstack(v)
                                   for v in (d_outputs, slope, slopes, keep))
    mask = real if real is None else tf.TensorArray(tf.bool, steps).unstack(real)

    def step(t, d_h, d_c, out):
        d_h = d_h + d_out.read(t)
        d_c = d_c + d_h * to_c.read(t)
        d_gates = tf.concat([d_c, d_c, d_c, d_h], -1) * to_gates.read(t)
        past = tf.cast(tf.matmul(tf.cast(d_gates, weights.dtype), weights, transpose_b=True), tf.float32)
        d_h = past if mask is None else past + tf.where(mask.read(t), 0.0, d_h)
        return t - 1, d_h, d_c * kept.read(t), out.write(t, d_gates)

    array = tf.TensorArray(tf.float32, steps, element_shape=(None, size))
    first = steps - 1, tf.zeros_like(d_cell), d_cell, array
    _, d_h, d_c, out = _loop(lambda t, *_: t >= 0, step, first, steps)
    return out.stack(), d_h, d_c


def _loop(more, step, first, steps):
    import tensorflow as tf

    return tf.while_loop(more, step, first, maximum_iterations=steps, parallel_iterations=1)

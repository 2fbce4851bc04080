"""LSTM (Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735) with a gradient written by hand.

On CPUs Keras multiplies the input and the state at each step of time, and its gradient adds up the weights' gradients
step by step. Here all that does not wait for the step before is one product over the whole sequence, and a step keeps
one product forward and one backward. Since sigmoid(2z) = (1 + tanh(z)) / 2, one tanh opens all gates, and a sequence is
read from its end by counting down, not by turning it round.

Shapes: T time, B batch, D features, U units; gates in Keras's order: input, forget, candidate, output.
"""
import keras
from keras import layers

from zoo.layers import lstm_walk
from zoo.layers.on_cpu import plain, product_dtype, unless_real

CLOSED = -1e4  # added to what reaches a gate, it shuts it


@keras.saving.register_keras_serializable("zoo")
class LSTM(layers.LSTM):
    """`keras.layers.LSTM`, the same in value and gradient; on CPUs in float32 it is faster.

    Products are in bfloat16 where the oneDNN rewrite is on (see `recipes.device`), as Keras's own would be. On JAX all
    goes the way of `lstm_walk`, everything else that of Keras.

    Args:
        units: size of the state, U.
        padded_end: a promise that masks have padding at the end alone and that nobody gives first states, which spares
            holding the states at padding at each step. Only counts where all outputs are asked for, 0 at padding, and
            no last states, as in `Bidirectional`.
        options: of `keras.layers.LSTM`.
    """

    def __init__(self, units, padded_end=False, **options):
        super().__init__(units, **options)
        self.padded_end = bool(padded_end)

    def get_config(self):
        return {**super().get_config(), "padded_end": self.padded_end}

    def inner_loop(self, sequences, initial_state, mask, training=False):
        if lstm_walk.usable(self):
            return lstm_walk.inner_loop(self, sequences, initial_state, mask)
        if not self.by_hand():
            return super().inner_loop(sequences, initial_state, mask, training=training)
        import tensorflow as tf

        x, real = tf.transpose(sequences, (1, 0, 2)), None
        if mask is not None:
            real = tf.transpose(mask[0] if isinstance(mask, (list, tuple)) else mask)[..., None]
        half = tf.repeat(tf.constant([0.5, 0.5, 1, 0.5]), self.units)
        kernel, recurrent, bias = (half * tf.convert_to_tensor(w) for w in
                                   (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias))
        gates = tf.matmul(tf.reshape(x, (-1, x.shape[-1])), kernel) + bias
        gates = tf.reshape(gates, (*tf.unstack(tf.shape(x)[:2]), 4 * self.units))
        if real is not None and self._forgets():  # shut gates let nothing in, keep nothing, and put out 0
            shut = tf.where(real, 0.0, CLOSED)
            gates, real = unless_real(real, lambda gates: gates + shut, gates), None
        outputs, *last = walk(gates, recurrent, *initial_state, real, self.go_backwards)
        if self.go_backwards:
            outputs, real = tf.reverse(outputs, [0]), None if real is None else tf.reverse(real, [0])
        if real is not None:  # what Keras puts out at padding, or before the first real step
            shown = real if self.zero_output_for_mask else tf.cumsum(tf.cast(real, tf.int32)) > 0
            outputs = tf.where(shown, outputs, 0.0)
        return outputs[-1], tf.transpose(outputs, (1, 0, 2)), last

    def _forgets(self):
        """Tell whether the states may be lost at padding."""
        return self.padded_end and self.return_sequences and self.zero_output_for_mask and not self.return_state

    def by_hand(self):
        """Tell whether this is the LSTM that `walk` computes, on a device where it is faster."""
        return plain(self.compute_dtype) and lstm_walk.usual(self)


def walk(x, recurrent, h, c, real=None, backwards=False):
    """Return the outputs (T, B, U), and the states when all is read, h and c (B, U).

    Args:
        x: what the input gives to the gates, half of it but for the candidate (T, B, 4U) float32.
        recurrent: weights (U, 4U), halved likewise.
        h, c: first states (B, U).
        real: False where a step is padding, which leaves the state as it is (T, B, 1); None where nothing is.
        backwards: read from the last time to the first.
    """
    import tensorflow as tf

    kind, last = product_dtype("float32"), 0 if backwards else -1
    if real is not None:
        real = tf.broadcast_to(real, (*tf.unstack(tf.shape(x)[:2]), h.shape[-1]))

    def before(states, state):
        """Return what the state was before each step."""
        return tf.concat([states[1:], state[None]] if backwards else [state[None], states[:-1]], 0)

    @tf.custom_gradient
    def run(x, recurrent, h, c):
        weights = tf.cast(recurrent, kind)
        outputs, cells, bent = _forward(x, weights, h, c, real, backwards)

        def gradient(d_outputs, d_h, d_c):
            d_gates, d_h, d_c = _backward(d_outputs, d_h, d_c, weights, before(cells, c), cells, bent, real, backwards)
            flat = [tf.cast(tf.reshape(v, (-1, v.shape[-1])), kind) for v in (before(outputs, h), d_gates)]
            return d_gates, tf.cast(tf.matmul(*flat, transpose_a=True), tf.float32), d_h, d_c

        return (outputs, outputs[last], cells[last]), gradient

    return run(x, recurrent, h, c)


def _forward(x, weights, h, c, real, backwards):
    """Return outputs, cell states, and the tanh of what reaches the gates (T, B, 4U)."""
    import tensorflow as tf

    units, steps = h.shape[-1], tf.shape(x)[0]
    arrays = [tf.TensorArray(tf.float32, steps, element_shape=(h.shape[0], n)) for n in (units, units, 4 * units)]

    def step(t, h, c, *written):
        bent = tf.tanh(x[t] + tf.cast(tf.matmul(tf.cast(h, weights.dtype), weights), tf.float32))
        let_in, keep, candidate, let_out = _opened(bent)
        new_c = keep * c + let_in * candidate
        new_h = let_out * tf.tanh(new_c)
        if real is not None:
            here = real[t]
            new_h, new_c = tf.where(here, new_h, h), tf.where(here, new_c, c)
        return new_h, new_c, *(array.write(t, v) for array, v in zip(written, (new_h, new_c, bent), strict=True))

    return tuple(array.stack() for array in loop(step, steps, backwards, h, c, *arrays)[2:])


def _opened(bent):
    """Return the input, forget, candidate and output gates of the tanh of what reaches them."""
    import tensorflow as tf

    let_in, keep, candidate, let_out = tf.split(bent, 4, -1)
    return 0.5 * let_in + 0.5, 0.5 * keep + 0.5, candidate, 0.5 * let_out + 0.5


def _backward(d_outputs, d_h, d_c, weights, cells_before, cells, bent, real, backwards):
    """Return the gradients of what reaches the gates (T, B, 4U) and of the first states."""
    import tensorflow as tf

    steps, weights = tf.shape(bent)[0], tf.transpose(weights)  # once: oneDNN would at each step
    let_in, keep, candidate, let_out = _opened(bent)
    shown = tf.tanh(cells)
    slopes = tf.concat([0.5 * candidate, 0.5 * cells_before, let_in, 0.5 * shown], -1)
    slopes, to_c = tf.raw_ops.TanhGrad(y=bent, dy=slopes), tf.raw_ops.TanhGrad(y=shown, dy=let_out)

    def step(t, d_h, d_c, out):
        through = d_h = d_h + d_outputs[t]
        cell, held = d_c + d_h * to_c[t], None if real is None else real[t]
        if held is not None:
            cell, through = tf.where(held, cell, 0.0), tf.where(held, through, 0.0)
        d_gates = tf.concat([cell, cell, cell, through], -1) * slopes[t]
        past, cell = tf.cast(tf.matmul(tf.cast(d_gates, weights.dtype), weights), tf.float32), cell * keep[t]
        if held is not None:
            past, cell = tf.where(held, past, d_h), tf.where(held, cell, d_c)
        return past, cell, out.write(t, d_gates)

    array = tf.TensorArray(tf.float32, steps, element_shape=(d_h.shape[0], bent.shape[-1]))
    d_h, d_c, out = loop(step, steps, not backwards, d_h, d_c, array)
    return out.stack(), d_h, d_c


def loop(step, steps, backwards, *first):
    """Return what is left of `first` after `step(t, *state)` at each time t, from the first or from the last on."""
    import tensorflow as tf

    def body(count, *state):
        return count + 1, *step(steps - 1 - count if backwards else count, *state)

    return tf.while_loop(lambda count, *_: count < steps, body, (0, *first), maximum_iterations=steps,
                         parallel_iterations=1)[1:]

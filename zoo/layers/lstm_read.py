"""Both directions of an LSTM that reads many sequences at a time on CPUs and learns nothing: what follows a step's
product is one kernel, which XLA compiles once for each size of a batch.

Where operation follows operation, each passes over the states of all sequences by itself, which takes as long as the
products do. Shapes: B batch, T time, D features, U units; gates in Keras's order.
"""
import functools

from zoo.layers.lstm import loop
from zoo.layers.on_cpu import answering, product_dtype

EVEN = 128  # sequences: batches of a multiple are read so, since each size is compiled, and smaller ones gain little


def usable(lstm, training):
    """Tell whether an LSTM, of those of `Bidirectional`, may be read so."""
    return not training and answering() and lstm.padded_end and lstm.by_hand()


def both(lstms, x, mask, otherwise):
    """Return the outputs (B, T, 2U) of an LSTM that reads forward and one that reads backward, 0 at padding.

    Args:
        lstms: the two.
        x: features (B, T, D).
        mask: which steps are real (B, T), with padding at the end alone; None where all are.
        otherwise: gives the same for batches of other sizes.
    """
    import tensorflow as tf

    return tf.cond(tf.shape(x)[0] % EVEN == 0, lambda: _both(lstms, x, mask), otherwise)


def _both(lstms, x, mask):
    import tensorflow as tf

    kind, shape = tf.as_dtype(product_dtype("float32")), tf.shape(x)
    x = tf.transpose(tf.cast(x, kind), (1, 0, 2))
    real = tf.ones((shape[1], shape[0], 1), "bool") if mask is None else tf.transpose(mask)[..., None]
    outputs = tf.concat([_read(lstm, x, real) for lstm in lstms], -1)
    return tf.transpose(tf.cast(outputs, tf.float32), (1, 0, 2))


def _read(lstm, x, real):
    """Return the outputs (T, B, U) of one direction in the order of time, in the dtype of x (T, B, D)."""
    import tensorflow as tf

    kernel, weights, bias = (tf.cast(tf.convert_to_tensor(w), x.dtype) for w in
                             (lstm.cell.kernel, lstm.cell.recurrent_kernel, lstm.cell.bias))
    steps, size = tf.unstack(tf.shape(x)[:2])
    gates = tf.reshape(tf.matmul(tf.reshape(x, (-1, x.shape[-1])), kernel) + bias, (steps, size, 4 * lstm.units))
    h, c = (tf.zeros((size, lstm.units), kind) for kind in (x.dtype, tf.float32))
    kept = tf.TensorArray(x.dtype, steps, element_shape=(None, lstm.units))

    def step(t, h, c, kept):
        h, c = _gated()(gates[t], tf.matmul(h, weights), c, real[t])
        h = tf.cast(h, x.dtype)  # not by XLA, which is slow at it
        return h, c, kept.write(t, h)

    return loop(step, steps, lstm.go_backwards, h, c, kept)[-1].stack()


@functools.cache
def _gated():
    import tensorflow as tf

    @tf.function(jit_compile=True, reduce_retracing=True)
    def gated(seen, recalled, c, real):
        """Return the next output and cell state (B, U), both 0 at padding."""
        let_in, keep, new, let_out = tf.split(tf.cast(seen, tf.float32) + tf.cast(recalled, tf.float32), 4, -1)
        let_in, keep, let_out = (0.5 * tf.tanh(0.5 * gate) + 0.5 for gate in (let_in, keep, let_out))  # sigmoid
        c = tf.where(real, keep * c + let_in * tf.tanh(new), 0.0)
        return let_out * tf.tanh(c), c

    return gated

"""LSTM as one walk over time for both directions on JAX, with the gradient written by hand as in `zoo.layers.lstm`.

What does not wait for the step before is one product over all times; a step keeps one product of the state, and XLA
makes one kernel of the rest. Several steps are unrolled, since a GPU is done with one before the next is launched.

Shapes: N directions, T time, B batch, D features, U units; gates in Keras's order: input, forget, candidate, output.
"""
import keras
from keras import ops

from zoo.layers import lstm_cudnn

UNROLL = 8  # steps of time


def usual(layer):
    """Tell whether an LSTM is the one of the paper, which is what is written by hand."""
    named = [getattr(f, "__name__", None) for f in (layer.cell.activation, layer.cell.recurrent_activation)]
    return (named == ["tanh", "sigmoid"] and layer.use_bias and not layer.unroll and not layer.stateful
            and not layer.dropout and not layer.recurrent_dropout)


def usable(layer):
    """Tell whether this is the LSTM that `walk` computes, on JAX."""
    return keras.backend.backend() == "jax" and usual(layer)


def inner_loop(lstm, x, states, mask):
    """Return what `keras.layers.LSTM.inner_loop` does: the last output (B, U), all (B, T, U), and the last states."""
    mask = mask[0] if isinstance(mask, (list, tuple)) else mask
    y, h, c = run([lstm], x, *(state[None] for state in states), mask, lstm.zero_output_for_mask)
    y = ops.flip(y, 1) if lstm.go_backwards else y
    return y[:, -1], y, [h[0], ops.cast(c[0], lstm.compute_dtype)]


def both(lstms, x, mask):
    """Return the outputs (B, T, 2U) of an LSTM that reads forward and one that reads backward, 0 at padding; a mask of
    those that cuDNN is wanted for must have its padding at the end."""
    none = ops.zeros((2, ops.shape(x)[0], lstms[0].units))
    way = lstm_cudnn.run if all(map(lstm_cudnn.wanted, lstms)) else run
    return way(lstms, x, none, none, mask)[0]


def run(lstms, x, h, c, mask=None, zeros=True):
    """Return the outputs (B, T, N · U) in the order of time, and the last states (N, B, U).

    Args:
        lstms: LSTMs that read forward, backward, or both.
        x: features (B, T, D), whose dtype products have.
        h, c: first states (N, B, U).
        mask: which steps are real (B, T); None where all are.
        zeros: give 0 at padding, otherwise the last output before it.
    """
    def turned(values):
        return ops.stack([ops.flip(values, 0) if lstm.go_backwards else values for lstm in lstms], 1)

    x = ops.swapaxes(x, 0, 1)
    kernels, weights, biases = (ops.stack([ops.convert_to_tensor(getattr(lstm.cell, name)) for lstm in lstms])
                                for name in ("kernel", "recurrent_kernel", "bias"))
    gates = ops.einsum("tnbd,ndk->tnbk", turned(x), ops.cast(kernels, x.dtype)) + ops.cast(biases, x.dtype)[:, None]
    real = None if mask is None else turned(ops.swapaxes(mask, 0, 1)[..., None])  # (T, N, B, 1)
    outputs, cells = walk(gates, ops.cast(weights, x.dtype), ops.cast(h, x.dtype), ops.cast(c, "float32"), real)
    shown = ops.where(real, outputs, 0) if zeros and real is not None else outputs
    back = [ops.flip(shown[:, i], 0) if lstm.go_backwards else shown[:, i] for i, lstm in enumerate(lstms)]
    return ops.swapaxes(ops.concatenate(back, -1), 0, 1), outputs[-1], cells


def walk(gates, weights, h, c, real=None):
    """Return the outputs (T, N, B, U) and the last cell states (N, B, U) float32.

    Args:
        gates: what the input gives to the gates (T, N, B, 4U).
        weights: recurrent ones (N, U, 4U).
        h, c: first states (N, B, U).
        real: False where a step is padding, which leaves the state as it is (T, N, B, 1); None where nothing is.
    """

    @ops.custom_gradient
    def run(gates, weights, h, c):
        outputs, cells, opened = _forward(gates, weights, h, c, real)

        def gradient(given):
            h_before, c_before = (ops.concatenate([first[None], kept[:-1]], 0)
                                  for first, kept in ((h, outputs), (c, cells)))
            d_gates, d_h, d_c = _backward(*given, weights, c_before, cells, opened, real)
            d_weights = ops.einsum("tnbu,tnbk->nuk", h_before, d_gates)
            return d_gates, d_weights, ops.cast(d_h, h.dtype), d_c

        return (outputs, cells[-1]), gradient

    return run(gates, weights, h, c)


def _forward(gates, weights, h, c, real):
    """Return outputs, cell states, and opened gates with the candidate among them, each over time."""

    def step(state, now):
        (h, c), (gate, seen) = state, now
        let_in, keep, new, let_out = ops.split(ops.cast(gate + ops.matmul(h, weights), "float32"), 4, -1)
        let_in, keep, let_out = (ops.sigmoid(value) for value in (let_in, keep, let_out))
        new = ops.tanh(new)
        cell = keep * c + let_in * new
        out = ops.cast(let_out * ops.tanh(cell), h.dtype)
        if seen is not None:
            cell, out = ops.where(seen, cell, c), ops.where(seen, out, h)
        return (out, cell), (out, cell, ops.cast(ops.concatenate([let_in, keep, new, let_out], -1), h.dtype))

    return ops.scan(step, (h, c), (gates, real), unroll=UNROLL)[1]


def _backward(d_outputs, d_cell, weights, cells_before, cells, opened, real):
    """Return the gradients of the gates before they are opened (T, N, B, 4U) and of the first states."""
    back = ops.swapaxes(weights, 1, 2)

    def step(state, now):
        (d_h, d_c), (d_out, before, cell, gate, seen) = state, now
        let_in, keep, new, let_out = ops.split(ops.cast(gate, "float32"), 4, -1)
        d_h, bent = d_h + ops.cast(d_out, "float32"), ops.tanh(cell)
        d_cell = d_c + d_h * let_out * (1 - bent * bent)
        d_gate = ops.concatenate([d_cell * new * let_in * (1 - let_in), d_cell * before * keep * (1 - keep),
                                  d_cell * let_in * (1 - new * new), d_h * bent * let_out * (1 - let_out)], -1)
        if seen is not None:
            d_gate = ops.where(seen, d_gate, 0.0)
        d_gate = ops.cast(d_gate, weights.dtype)
        d_past, d_before = ops.cast(ops.matmul(d_gate, back), "float32"), d_cell * keep
        if seen is not None:
            d_past, d_before = ops.where(seen, d_past, d_h), ops.where(seen, d_before, d_c)
        return (d_past, d_before), d_gate

    first = ops.zeros(d_cell.shape), d_cell
    (d_h, d_c), d_gates = ops.scan(step, first, (d_outputs, cells_before, cells, opened, real), reverse=True,
                                   unroll=UNROLL)
    return d_gates, d_h, d_c

"""LSTM on cuDNN for JAX, with padding. Keras's own way to cuDNN there takes sequences without a mask alone.

The kernel reads and writes float32; its products are in TF32 where JAX's are. Shapes: N directions, B batch, T time, D
features, U units; gates in Keras's order, which is cuDNN's.
"""


def wanted(layer):
    """Tell whether an LSTM is to be computed by cuDNN: `use_cudnn=True`, where there is a GPU."""
    import jax

    return layer.use_cudnn is True and jax.default_backend() == "gpu"


def run(lstms, x, h, c, mask=None):
    """Return the outputs (B, T, N · U), 0 at padding, and the last states (N, B, U), float32.

    Args:
        lstms: an LSTM that reads forward, and behind it one that reads backward where there are two.
        x: features (B, T, D).
        h, c: first states (N, B, U).
        mask: which steps are real (B, T), none behind one that is not; None where all are.
    """
    import jax.numpy as jnp
    from jax.experimental import rnn

    cells = [lstm.cell for lstm in lstms]
    matrices = [jnp.asarray(w).T.ravel() for cell in cells for w in (cell.kernel, cell.recurrent_kernel)]
    biases = [b for cell in cells for b in (jnp.asarray(cell.bias), jnp.zeros(4 * cell.units))]  # cuDNN has two
    lengths = jnp.full(x.shape[:1], x.shape[1]) if mask is None else jnp.sum(mask, 1)
    x, h, c = (jnp.asarray(value, "float32") for value in (x, h, c))
    y, *last = rnn.lstm(x, h, c, jnp.concatenate(matrices + biases).astype("float32"),
                        jnp.maximum(lengths, 1).astype("int32"), input_size=x.shape[-1], hidden_size=lstms[0].units,
                        num_layers=1, dropout=0.0, bidirectional=len(lstms) == 2)
    if mask is None:
        return y, *last
    some = (lengths > 0)[:, None]  # cuDNN takes no empty sequences
    return jnp.where(mask[..., None], y, 0.0), *(jnp.where(some, new, old) for new, old in zip(last, (h, c)))

"""Layer normalisation on JAX, with a gradient whose sums occupy a whole GPU.

What the rows of a batch give to scale and shift is added up by XLA in as many blocks as there are columns for, a few,
where there are no more than MOST rows; more of them it parts by itself. Here they are parted beforehand.
"""
import math

import keras

MOST = 2**12  # rows
PARTS = 64  # at most


def usable(x):
    """Tell whether x (…, D) is to be normalised so, on JAX."""
    return keras.backend.backend() == "jax" and math.prod(x.shape[:-1]) <= MOST


def normalised(x, scale, shift, epsilon):
    """Return x (…, D) with mean 0 and variance 1 over the last axis, times scale (D,) plus shift (D,), in x's dtype;
    computed in float32, as Keras does."""
    import jax
    from jax import numpy as jnp

    def mean(values):
        return jnp.mean(values, -1, keepdims=True)

    @jax.custom_vjp
    def run(x, scale, shift):
        return forward(x, scale, shift)[0]

    def forward(x, scale, shift):
        exact = x.astype("float32")
        centred = exact - (middle := mean(exact))
        steep = jax.lax.rsqrt(mean(jnp.square(centred)) + epsilon)
        return (centred * steep * scale + shift).astype(x.dtype), (x, middle, steep, scale)

    def gradient(kept, d):
        x, middle, steep, scale = kept
        normal, d = (x.astype("float32") - middle) * steep, d.astype("float32")
        through = d * scale
        d_x = steep * (through - mean(through) - normal * mean(through * normal))
        return d_x.astype(x.dtype), _summed(d * normal), _summed(d)

    run.defvjp(forward, gradient)
    return run(x, scale.astype("float32"), shift.astype("float32"))


def _summed(values):
    """Return the sum (D,) of all rows (…, D)."""
    import jax

    rows = values.reshape(-1, values.shape[-1])
    some = rows.reshape(math.gcd(len(rows), PARTS), -1, rows.shape[-1]).sum(1)
    return jax.lax.optimization_barrier(some).sum(0)  # else XLA makes one sum of both

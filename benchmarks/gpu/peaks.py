"""The device's measured peaks: products of 8192 x 8192 matrices of random numbers, and a copy of 1 GiB.

    python -m benchmarks.gpu.peaks ours|theirs

prints JSON: floating-point operations a second of products in bfloat16, in float32 as TF32 ("float32") and in float32
itself ("exact"), and bytes a second, read and written, of a copy ("bandwidth").
"""
import json
import sys
import time

SIDE, BYTES = 8192, 2**30
TIMES, CALLS = 5, 10  # rounds, of which the best counts, and calls in a round
PRODUCTS = ("bfloat16", "float32", "exact")


def seconds(work, wait):
    """Return the seconds of a call, those of the fastest round."""
    def round_of(calls):
        start = time.perf_counter()
        for _ in range(calls):
            value = work()
        wait(value)
        return (time.perf_counter() - start) / calls

    round_of(CALLS)
    return min(round_of(CALLS) for _ in range(TIMES))


def found(product, copy, wait):
    """Return the peaks for functions that return the call for a kind of product, and the copy."""
    peaks = {kind: 2 * SIDE**3 / seconds(product(kind), wait) for kind in PRODUCTS}
    return {**peaks, "bandwidth": 2 * BYTES / seconds(copy, wait)}


def ours():
    import jax
    from jax import numpy as jnp

    def product(kind):
        dtype = "bfloat16" if kind == "bfloat16" else "float32"
        a = jax.random.normal(jax.random.key(0), (SIDE, SIDE), dtype)
        precision = "highest" if kind == "exact" else None
        multiply = jax.jit(lambda a: jnp.matmul(a, a, precision=precision))
        return lambda: multiply(a)

    source = jnp.ones(BYTES // 4)
    copy = jax.jit(lambda x: x + 1)
    return {**found(product, lambda: copy(source), jax.block_until_ready),
            "device": jax.devices()[0].device_kind}


def theirs():
    import torch

    def product(kind):
        a = torch.randn(SIDE, SIDE, device="cuda", dtype=torch.bfloat16 if kind == "bfloat16" else torch.float32)

        def multiply():
            torch.backends.cuda.matmul.allow_tf32 = kind == "float32"
            return a @ a

        return multiply

    source = torch.ones(BYTES // 4, device="cuda")
    target = source.clone()
    return {**found(product, lambda: target.copy_(source), lambda _: torch.cuda.synchronize()),
            "device": torch.cuda.get_device_name()}


if __name__ == "__main__":
    print("\n" + json.dumps(globals()[sys.argv[1]]()))

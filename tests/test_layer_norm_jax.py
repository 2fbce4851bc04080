"""Our layer norm on JAX is Keras's in value and gradient, in float32 and in bfloat16."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMPARED = """
import jax
import keras
import numpy as np
from jax import numpy as jnp
from keras import layers
from zoo.layers import layer_norm_jax
from zoo.layers.layer_norm import LayerNorm

calls, run = [], layer_norm_jax.normalised
layer_norm_jax.normalised = lambda *given: calls.append(1) or run(*given)
rng = np.random.default_rng(0)

def traced(layer, x, weights):
    def total(variables, x):
        y, _ = layer.stateless_call(variables, [], x, **({"training": True} if isinstance(layer, LayerNorm) else {}))
        return jnp.sum(y.astype("float32") * weights), y
    variables = [v.value for v in layer.trainable_variables]
    (_, y), gradients = jax.jit(jax.value_and_grad(total, (0, 1), has_aux=True))(variables, x)
    return [y, *jax.tree.leaves(gradients)]

for shape, ours_is_called in (((6, 7, 5), True), ((7, 8), True), ((4100, 8), False)):
    for policy, bound in (("float32", 2e-6), ("mixed_bfloat16", 8e-3)):
        theirs, ours = (kind(epsilon=1e-6, dtype=policy) for kind in (layers.LayerNormalization, LayerNorm))
        x = jnp.asarray(rng.normal(3.0, 2.0, size=shape), theirs.compute_dtype)
        weights = jnp.asarray(rng.normal(size=shape), "float32")
        for layer in (theirs, ours):
            layer.build(shape)
            layer.set_weights([np.linspace(0.5, 2.0, shape[-1]), np.linspace(-1.0, 1.0, shape[-1])])
        calls.clear()
        pairs = list(zip(traced(theirs, x, weights), traced(ours, x, weights), strict=True))
        assert bool(calls) == ours_is_called, (shape, calls)
        for a, b in pairs:
            assert a.dtype == b.dtype, (shape, policy, a.dtype, b.dtype)
            a, b = (np.asarray(v, "float32") for v in (a, b))
            assert np.abs(a - b).max() <= bound * max(1.0, np.abs(a).max()), (shape, policy, np.abs(a - b).max())
print("equal")
"""


def test_it_is_keras_layer_norm():
    pytest.importorskip("jax", reason="needs jax, as the extra gpu-bench has it")
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": os.environ.get("JAX_PLATFORMS", "cpu")}
    ran = subprocess.run([sys.executable, "-c", COMPARED], cwd=Path(__file__).parents[1], env=environment, text=True,
                         capture_output=True)
    assert ran.returncode == 0 and "equal" in ran.stdout, ran.stderr[-2000:]

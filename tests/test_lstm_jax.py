"""Our LSTM on JAX is Keras's in value and gradient, with padding and both directions; on a GPU, by cuDNN too."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMPARED = """
import itertools
import jax
jax.config.update("jax_default_matmul_precision", "highest")
import keras
import numpy as np
from jax import numpy as jnp
from keras import layers
from zoo.layers import lstm_cudnn, lstm_walk
from zoo.layers.bidirectional import Bidirectional
from zoo.layers.lstm import LSTM

def noted(name, run):
    return lambda *given: calls.append(name) or run(*given)

calls = []
lstm_cudnn.run, lstm_walk.walk = noted("cudnn", lstm_cudnn.run), noted("walk", lstm_walk.walk)
rng = np.random.default_rng(0)
x = jnp.asarray(rng.normal(size=(4, 7, 5)), "float32")
mask = jnp.arange(7) < jnp.array([[7], [3], [1], [0]])
weights = jnp.asarray(rng.normal(size=(4, 7, 12)), "float32")

def traced(layer, mask):
    others = [v.value for v in layer.non_trainable_variables]
    def total(variables, x):
        y, _ = layer.stateless_call(variables, others, x, mask=mask, training=True)
        return jnp.sum(y * weights[..., : y.shape[-1]]), y
    variables = [v.value for v in layer.trainable_variables]
    (_, y), gradients = jax.jit(jax.value_and_grad(total, (0, 1), has_aux=True))(variables, x)
    return [y, *jax.tree.leaves(gradients)]

kinds = ["auto", True] if jax.default_backend() == "gpu" else ["auto"]
for cudnn, masked, (both, zeros, backwards) in itertools.product(kinds, (True, False), (
        (True, True, False), (False, True, False), (False, False, True), (False, False, False))):
    if cudnn is True and not both:
        continue
    options = {"return_sequences": True, "zero_output_for_mask": zeros, "go_backwards": backwards}
    theirs, ours = layers.LSTM(6, use_cudnn=False, **options), LSTM(6, use_cudnn=cudnn, **options)
    if both:
        theirs, ours = layers.Bidirectional(theirs), Bidirectional(ours)
    for layer in (theirs, ours):
        layer.build((4, 7, 5))
    theirs.set_weights([rng.normal(size=w.shape) for w in theirs.get_weights()])
    ours.set_weights(theirs.get_weights())
    results = [traced(layer, mask if masked else None) for layer in (theirs, ours)]
    assert calls == ["cudnn" if cudnn is True else "walk"], calls
    calls.clear()
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(b, a, atol=2e-4, rtol=1e-3, err_msg=str((cudnn, masked, both, zeros, backwards)))
"""


def test_it_computes_what_keras_does_on_jax():
    pytest.importorskip("jax")
    backend = {**os.environ, "KERAS_BACKEND": "jax", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    subprocess.run([sys.executable, "-c", COMPARED], cwd=Path(__file__).parent.parent, env=backend, check=True)

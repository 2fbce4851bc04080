"""What XLA compiles in training steps on CPUs is what TensorFlow's and Keras's operations give, on replicas too."""
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from test_hand_written import alike, given, same, traced

from zoo.layers import ctc, ctc_compiled, gelu, layer_norm, on_cpu
from zoo.layers.frames import MaskedConv2D

ROOT = Path(__file__).parent.parent
FRAMES, KINDS = 23, 6
TEXTS = np.array([[1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2], [1] * 12, [3, 3, 2, 2, -1, -1, -1, -1, -1, -1, -1, -1],
                  [5] + [-1] * 11, [4, 1, 4, 1, -1, -1, -1, -1, -1, -1, -1, -1]])  # the second takes all frames


def rows():
    """Log-probabilities of frames: as they come, certain of other texts, and padded."""
    scores = np.array(tf.nn.log_softmax(2 * given(0, (len(TEXTS), FRAMES, KINDS))))
    scores[2, 9:] = np.where(np.arange(KINDS) == 0, 0, ctc.FORBIDDEN)
    scores[3] = tf.nn.log_softmax(np.where(np.arange(KINDS) == 2, 20, given(1, (FRAMES, KINDS))))
    scores[4] = tf.nn.log_softmax(np.where(np.arange(KINDS) == 0, 12, given(2, (FRAMES, KINDS))))
    return scores


def nats_and_gradient(way, graph="for one size"):
    """What a way gives without a graph, or in one for these sizes, or for any."""

    def run(targets, scores):
        with tf.GradientTape() as tape:
            tape.watch(scores)
            found = way(targets, scores)
            total = tf.reduce_sum(found * given(3, len(TEXTS)))
        return found, tape.gradient(total, scores)

    any_size = [tf.TensorSpec([None] * 2, tf.int64), tf.TensorSpec([None] * 3)]
    run = {"none": run, "for one size": tf.function(run), "for any": tf.function(run, any_size)}[graph]
    return [x.numpy() for x in run(tf.constant(TEXTS), tf.constant(rows()))]


def nothing(targets, scores):
    """Stands for the way that is not to be gone."""
    return tf.reduce_sum(0 * scores, (1, 2))


@pytest.mark.parametrize("graph", ("none", "for one size", "for any"))
def test_nats_and_their_gradient_are_those_of_the_kernel(graph, monkeypatch):
    nats, gradient = nats_and_gradient(ctc.sparse)
    monkeypatch.setattr(ctc_compiled, "PAYS", 0)
    monkeypatch.setattr(ctc, "sparse", nothing)
    found, slope = nats_and_gradient(ctc.nats, graph)
    np.testing.assert_allclose(found, nats, rtol=1e-5)
    np.testing.assert_allclose(slope, gradient, atol=1e-4)
    assert np.isfinite(slope).all() and nats[3] > 50
    monkeypatch.setattr(ctc_compiled, "MOST", 1)
    assert not nats_and_gradient(ctc.nats, graph)[0].any()  # by `nothing`


def test_few_sizes_are_compiled():
    sizes = {int(ctc_compiled._even(n)) for n in range(1, 1000)}
    assert len(sizes) < 30 and all(n <= int(ctc_compiled._even(n)) < 1.26 * max(n, 8) for n in (1, 8, 9, 200))


@pytest.mark.parametrize("shape", [(16, 3, 5, 8), (3, 7, 8), (5, 8)])
def test_rectified_layer_norm(shape, monkeypatch):
    theirs, ours = layers.LayerNormalization(epsilon=1e-6), layer_norm.LayerNorm(rectified=True, epsilon=1e-6)
    alike(theirs, ours, (None, *shape[1:]))
    x = tf.constant(3 + 2 * given(0, shape))

    def traced(call, layer):
        @tf.function
        def run(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                out = call(x)
                total = tf.reduce_sum(out * given(9, shape))
            return [out, *tape.gradient(total, [x, *(w.value for w in layer.trainable_weights)])]

        return run(x)

    expected = traced(lambda x: tf.nn.relu(theirs(x, training=True)), theirs)
    monkeypatch.setattr(layers.LayerNormalization, "call", None)
    same(traced(lambda x: ours(x, training=True), ours), expected, 1e-4)
    monkeypatch.setattr(on_cpu, "MANY", 0)
    monkeypatch.setattr(layer_norm, "normalised", None)
    same(traced(lambda x: ours(x, training=True), ours), expected, 1e-4)


def test_gelu(monkeypatch):
    x = 3 * given(0, (3, 7, 8))
    expected = traced(lambda x: keras.activations.gelu(x, approximate=False), x)
    monkeypatch.setattr(on_cpu, "MANY", 0)
    calls, passes = [], gelu._compiled
    monkeypatch.setattr(gelu, "_compiled", lambda: calls.append(1) or passes())
    same(traced(gelu.gelu, x), expected)
    assert calls


def test_without_xla_nothing_is_compiled(monkeypatch):
    monkeypatch.setattr(tf.test, "is_built_with_xla", lambda: False)
    monkeypatch.setattr(on_cpu, "MANY", 0)
    monkeypatch.setattr(ctc_compiled, "PAYS", 0)
    monkeypatch.setattr(ctc_compiled, "_walked", None)
    monkeypatch.setattr(layer_norm, "rectified", None)
    monkeypatch.setattr(gelu, "_compiled", None)
    assert np.isfinite(nats_and_gradient(ctc.nats)[0]).all()
    norm = tf.function(layer_norm.LayerNorm(rectified=True))
    assert norm(tf.constant(given(0, (2, 3, 8))), training=True).numpy().min() == 0
    np.testing.assert_allclose(tf.function(gelu.gelu)(tf.constant([0.0, 30.0])), [0, 30])


def test_what_is_not_padded_is_left_as_it_is():
    layer, x = MaskedConv2D(4, 3), given(0, (3, 7, 5, 2))
    every = np.ones((3, 7), bool)
    run = tf.function(lambda x, mask: layer(x, mask=mask))
    np.testing.assert_array_equal(run(x, tf.constant(every)), run(x, None))
    every[1, 4:] = False
    hidden = np.where(every[..., None, None], x, 0)
    np.testing.assert_allclose(run(x, tf.constant(every)), layer(hidden), atol=1e-6)
    changed = on_cpu.unless_real(tf.constant(every), lambda x: x + 1, tf.constant(x))
    np.testing.assert_array_equal(changed, x + 1)


ON_TWO = """
import numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from test_compiled import KINDS, TEXTS, nothing, rows
from zoo.layers import ctc, ctc_compiled, layer_norm, on_cpu
strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
with strategy.scope():
    norm = layer_norm.LayerNorm(rectified=True)
    norm.build((None, KINDS))

given = np.maximum(rows(), -50)

def step():
    number = tf.distribute.get_replica_context().replica_id_in_sync_group
    x = given + tf.cast(number, tf.float32) * tf.sin(given)
    with tf.GradientTape() as tape:
        tape.watch(x)
        found = ctc.nats(tf.constant(TEXTS), tf.nn.log_softmax(norm(x, training=True)))
    return found, *tape.gradient(found, [x, norm.gamma.value, norm.beta.value])

def replicas(least):
    ctc_compiled.PAYS = on_cpu.MANY = least
    found = tf.function(lambda: strategy.run(step))()
    return [[x.numpy() for x in strategy.experimental_local_results(part)] for part in found]

compiled = replicas(0)
layer_norm.rectified, ctc_compiled._nats = None, nothing
for mine, other in zip(compiled, replicas(10**6), strict=True):
    assert len(mine) == 2 and np.abs(mine[0] - mine[1]).max() > 1e-3
    np.testing.assert_allclose(mine, other, atol=1e-3, rtol=1e-4)
"""


def test_on_replicas():
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run([sys.executable, "-c", ON_TWO], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]

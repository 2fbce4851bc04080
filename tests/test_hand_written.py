"""Layers with gradients written by hand are Keras's in value and gradient, and are used where they are to be."""
import keras
import numpy as np
import pytest
from keras import layers

from zoo.layers.attention import MultiHeadAttention
from zoo.layers.dropout import Dropout, switches
from zoo.layers.gelu import gelu
from zoo.layers.layer_norm import LayerNorm

REAL = np.arange(7)[None] < np.array([[7], [4], [1]])


def given(seed, shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def traced(call, x, weights=()):
    """Return what a function gives for x, and the gradients of a weighed sum of it at real steps."""
    import tensorflow as tf

    @tf.function
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            out = call(x) * REAL[..., None].astype("float32")
            total = tf.reduce_sum(out * given(9, out.shape))
        return [out, *tape.gradient(total, [x, *(w.value for w in weights)])]

    return run(tf.constant(x))


def same(ours, theirs, atol=2e-5):
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=atol)


def alike(theirs, ours, *shapes):
    """Give two layers the same random weights."""
    for layer in (theirs, ours):
        layer.build(*shapes)
    theirs.set_weights([0.3 * given(i, w.shape) for i, w in enumerate(theirs.get_weights())])
    ours.set_weights(theirs.get_weights())


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_attention(causal, masked, monkeypatch):
    theirs, ours = layers.MultiHeadAttention(2, 4), MultiHeadAttention(2, 4)
    alike(theirs, ours, (3, 7, 8), (3, 7, 8))
    x, looked_at = given(0, (3, 7, 8)), np.repeat(REAL[:, None] | (not masked), 7, 1)
    expected = traced(lambda x: theirs(x, x, attention_mask=looked_at, use_causal_mask=causal, training=True), x,
                      theirs.trainable_weights)
    monkeypatch.setattr(layers.MultiHeadAttention, "call", None)  # Keras's way is not gone
    mask = REAL if masked else None
    same(traced(lambda x: ours(x, x, query_mask=mask, use_causal_mask=causal, training=True), x,
                ours.trainable_weights), expected)


def test_attention_over_the_last_axis_but_one(monkeypatch):
    theirs, ours = (kind(2, 4, attention_axes=2) for kind in (layers.MultiHeadAttention, MultiHeadAttention))
    alike(theirs, ours, (3, 7, 5, 8), (3, 7, 5, 8))
    other = MultiHeadAttention(2, 4, attention_axes=1)
    other.build((3, 7, 5, 8), (3, 7, 5, 8))
    x = given(0, (3, 7, 5, 8))

    def flat(layer):
        def call(x):
            found = layer(x, x, training=True)
            assert found.shape == (3, 7, 5, 8)
            return keras.ops.reshape(found, (3, 7, 40))

        return traced(call, x, layer.trainable_weights)

    expected = flat(theirs)
    monkeypatch.setattr(layers.MultiHeadAttention, "call", None)
    same(flat(ours), expected)
    with pytest.raises(TypeError, match="NoneType"):  # over another axis it goes Keras's way
        flat(other)


def test_attention_drops_weights_and_its_gradient_is_that_of_what_was_kept():
    import tensorflow as tf

    from zoo.layers.attention import attend

    query, key, value = (tf.constant(given(i, (1, 2, 5, 4))) for i in range(3))
    kept = switches([1, 2, 5, 5], 0.4, [1, 2])

    def plainly(query):
        return tf.matmul(tf.nn.softmax(tf.matmul(query, key, transpose_b=True) / 2) * kept, value)

    results = []
    for call in (lambda query: attend(query, key, value, None, 0.4, [1, 2]), plainly):
        with tf.GradientTape() as tape:
            tape.watch([query, key, value])
            out = call(query)
        results.append([out, *tape.gradient(out, [query, key, value])])
    same(*results)


def test_layer_norm(monkeypatch):
    theirs, ours = layers.LayerNormalization(epsilon=1e-6), LayerNorm(epsilon=1e-6)
    alike(theirs, ours, (None, None, 8))
    x = 3 + 2 * given(0, (3, 7, 8))
    expected = traced(lambda x: theirs(x, training=True), x, theirs.trainable_weights)
    monkeypatch.setattr(layers.LayerNormalization, "call", None)
    same(traced(lambda x: ours(x, training=True), x, ours.trainable_weights), expected, 1e-4)


def test_gelu():
    x = 3 * given(0, (3, 7, 8))
    same(traced(gelu, x), traced(lambda x: keras.activations.gelu(x, approximate=False), x))
    x = np.array([-30, -5, 0, 5, 30], "float32")
    np.testing.assert_allclose(gelu(x), keras.activations.gelu(x, approximate=False), atol=1e-6)


def test_dropout_drops_at_its_rate_keeps_the_mean_and_draws_anew():
    x = np.ones((101, 103), "float32")  # an odd count
    layer = Dropout(0.3, seed=1)
    first, second = (np.array(layer(x, training=True)) for _ in range(2))
    assert abs((first == 0).mean() - 0.3) < 0.02 and abs(first.mean() - 1) < 0.03
    assert set(np.unique(first)) == {0, np.float32(1 / 0.7)} and (first != second).mean() > 0.3
    np.testing.assert_array_equal(Dropout(0.3, seed=1)(x, training=True), first)
    np.testing.assert_array_equal(layer(x), x)


def test_saved_layers_are_loaded(tmp_path):
    from zoo import transformer

    inputs = keras.Input((7, 8))
    model = keras.Model(inputs, transformer.body(inputs, **transformer.SIZES["tiny"]))
    model.save(tmp_path / "model.keras")
    x = given(0, (3, 7, 8))
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "model.keras")(x), model(x), atol=1e-6)

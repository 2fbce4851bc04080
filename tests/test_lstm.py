"""Our LSTM is Keras's in value and gradient, with padding, first states and both directions."""
import itertools

import numpy as np
import pytest

TIMES, FEATURES, UNITS = 7, 5, 6
LENGTHS = (7, 3, 1, 0)


def given(seed, shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def both(wrap=lambda layer: layer, **options):
    """Return Keras's layer and ours with the same weights."""
    from keras import layers

    from zoo.layers.lstm import LSTM

    made = [wrap(kind(UNITS, return_sequences=True, **options)) for kind in (layers.LSTM, LSTM)]
    for layer in made:
        layer.build((None, None, FEATURES))
    made[0].set_weights([given(i, w.shape) for i, w in enumerate(made[0].get_weights())])
    made[1].set_weights(made[0].get_weights())
    return made


def weighed(out):
    import tensorflow as tf

    return tf.reduce_sum(out * tf.reshape(tf.sin(tf.range(tf.cast(tf.size(out), tf.float32))), tf.shape(out)))


def traced(layer, x, mask, states):
    """Return what a layer gives in training, and the gradients of a weighed sum of it."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        given_out = tf.nest.flatten(layer(x, mask=mask, initial_state=states or None, training=True))
        total = tf.add_n([weighed(out) for out in given_out])
    return given_out + tape.gradient(total, [x, *states, *(w.value for w in layer.trainable_weights)])


@pytest.mark.parametrize("backwards, masked, started, zeros", itertools.product((False, True), repeat=4))
def test_it_gives_and_learns_what_keras_does(backwards, masked, started, zeros):
    import tensorflow as tf

    x = tf.constant(given(0, (len(LENGTHS), TIMES, FEATURES)))
    mask = tf.sequence_mask(LENGTHS, TIMES) if masked else None
    states = [tf.constant(given(i, (len(LENGTHS), UNITS))) for i in (1, 2)] if started else []
    layers = both(return_state=True, go_backwards=backwards, zero_output_for_mask=zeros)
    for theirs, ours in zip(*(traced(layer, x, mask, states) for layer in layers), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_both_directions_in_a_graph_with_sequences_of_any_length():
    import tensorflow as tf
    from keras import layers

    made = both(layers.Bidirectional)
    graphs = [tf.function(lambda x, mask, layer=layer: traced(layer, x, mask, []),
                          input_signature=[tf.TensorSpec((None, None, FEATURES)), tf.TensorSpec((None, None), "bool")])
              for layer in made]
    for times in (7, 9):
        x = tf.constant(given(times, (len(LENGTHS), times, FEATURES)))
        results = [graph(x, tf.sequence_mask(LENGTHS, times)) for graph in graphs]
        for theirs, ours in zip(*results, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("lengths", [LENGTHS, (7, 7, 7, 7)])
def test_a_promise_of_padding_at_the_end_spares_holding_states_and_changes_nothing(lengths, monkeypatch):
    import tensorflow as tf
    from keras import layers

    from zoo.layers import lstm

    held, walk = [], lstm.walk
    monkeypatch.setattr(lstm, "walk", lambda *args: held.append(args[4]) or walk(*args))
    theirs, ours = both(layers.Bidirectional)
    promised = layers.Bidirectional(lstm.LSTM(UNITS, padded_end=True, return_sequences=True))
    promised.build((None, None, FEATURES))
    promised.set_weights(theirs.get_weights())
    x, mask = tf.constant(given(0, (len(lengths), TIMES, FEATURES))), tf.sequence_mask(lengths, TIMES)
    for expected, found in zip(traced(theirs, x, mask, []), traced(promised, x, mask, []), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)
    assert [real is None for real in held] == [True, True]
    assert not np.any(traced(promised, x, mask, [])[0][~mask.numpy()])
    again = layers.Bidirectional.from_config(promised.get_config())
    assert again.forward_layer.padded_end and again.backward_layer.padded_end


@pytest.mark.parametrize("options", [
    {"return_state": True}, {"return_sequences": False}, {"zero_output_for_mask": False}])
def test_where_states_are_asked_for_the_promise_does_not_count(options):
    import tensorflow as tf
    from keras import layers

    from zoo.layers.lstm import LSTM

    usual = {"return_sequences": True, "zero_output_for_mask": True, **options}
    theirs, ours = layers.LSTM(UNITS, **usual), LSTM(UNITS, padded_end=True, **usual)
    x, mask = tf.constant(given(0, (len(LENGTHS), TIMES, FEATURES))), tf.sequence_mask(LENGTHS, TIMES)
    theirs.build(x.shape), ours.build(x.shape)
    ours.set_weights(theirs.get_weights())
    for expected, found in zip(*(tf.nest.flatten(layer(x, mask=mask)) for layer in (theirs, ours)), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("low", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_many_sequences_are_read_by_compiled_gates_with_the_same_answers(masked, low, monkeypatch):
    import tensorflow as tf

    from recipes import device
    from zoo.layers import lstm_read
    from zoo.layers.bidirectional import Bidirectional
    from zoo.layers.lstm import LSTM
    from zoo.layers.on_cpu import many_answers

    layer, taken = Bidirectional(LSTM(UNITS, padded_end=True, return_sequences=True)), []
    compiled = lstm_read._both
    monkeypatch.setattr(lstm_read, "_both", lambda *args: taken.append(1) or compiled(*args))
    layer.build((None, None, FEATURES))
    layer.set_weights([given(i, w.shape) for i, w in enumerate(layer.get_weights())])

    def answer(x, mask):
        with many_answers():
            return layer(x, mask=mask if masked else None, training=False)

    spec = [tf.TensorSpec((None, None, FEATURES)), tf.TensorSpec((None, None), "bool")]
    try:
        device.bfloat16_kernels(low)
        graph = tf.function(answer, input_signature=spec)
        for count in (lstm_read.EVEN, 3, 2 * lstm_read.EVEN):
            x = tf.constant(given(count, (count, TIMES, FEATURES)))
            mask = tf.sequence_mask(np.arange(count) % (TIMES + 1), TIMES)
            usual = tf.function(lambda x=x, mask=mask: layer(x, mask=mask if masked else None, training=False))()
            found = graph(x, mask)
            np.testing.assert_allclose(found, usual, atol=0.03 if low else 1e-5)
            assert not masked or not np.any(found[~mask.numpy()])
    finally:
        device.bfloat16_kernels(False)
    assert len(taken) == 1, "one graph for all sizes"


def test_what_is_compiled_is_for_answers_alone(monkeypatch):
    from zoo.layers import lstm_read
    from zoo.layers.bidirectional import Bidirectional
    from zoo.layers.lstm import LSTM
    from zoo.layers.on_cpu import many_answers

    monkeypatch.setattr(lstm_read, "both", None)
    x = given(0, (lstm_read.EVEN, 3, FEATURES))
    layer = Bidirectional(LSTM(UNITS, padded_end=True, return_sequences=True))
    layer(x, training=False)  # as in a model that is exported
    with many_answers():
        layer(x, training=True)
        Bidirectional(LSTM(UNITS, return_sequences=True))(x, training=False)  # padding may be anywhere
        with pytest.raises(TypeError):
            layer(x, training=False)


def test_its_own_walk_is_used(monkeypatch):
    from zoo.layers import lstm

    calls, walk = [], lstm.walk
    monkeypatch.setattr(lstm, "walk", lambda *args: calls.append(1) or walk(*args))
    layer, x = both()[1], given(0, (2, 3, FEATURES))
    layer(x)
    layer(x, training=True)
    assert len(calls) == 2

"""Milliseconds of a training step of our layers beside those they replace, alternately in one process.

    python benchmarks/layers.py [lstm|ctc|attention|norm|rectified|gelu|dropout] [ROUNDS]

`lstm`: two bidirectional LSTMs of 256 units, batch 32, 40 steps of time, beside Keras's. `ctc`: the nats of 16 texts of
30 pieces out of 28 over 400 frames by XLA, beside TensorFlow's kernel. `rectified`: layer normalisation and rectifier
of what a convolution gives (16, 20, 200, 32), beside Keras's. `attention` (4 heads of 64, dropout 0.1), `norm`, `gelu`
and `dropout`: of features (32, 128, 256), beside Keras's.
"""
import statistics
import sys
import time

from registry import quiet

quiet.start()

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

STEPS = 3


def lstm():
    """Return name → function that takes a training step of stacked bidirectional LSTMs."""
    from zoo.layers.lstm import LSTM

    x = tf.random.normal((32, 40, 300))
    real = tf.sequence_mask(tf.random.uniform((32,), 20, 41, tf.int32), 40)
    return {"ours": _recurrent(LSTM, x, real), "Keras": _recurrent(keras.layers.LSTM, x, real)}


def _recurrent(kind, x, real):
    inputs, mask = keras.Input(x.shape[1:]), keras.Input((None,), dtype="bool")
    y = inputs
    for _ in range(2):
        y = keras.layers.Bidirectional(kind(256, return_sequences=True))(y, mask=mask)
    model = keras.Model([inputs, mask], y)
    return _step(lambda: tf.reduce_sum(model([x, real], training=True) ** 2),
                 [v.value for v in model.trainable_variables])


def ctc():
    """Return name → function that takes the nats of texts and their gradient."""
    from zoo.layers.ctc import compiled, sparse

    logits = tf.Variable(tf.random.normal((16, 400, 29)))
    targets = tf.random.uniform((16, 30), 1, 29, tf.int32)
    return {name: _step(lambda way=way: tf.reduce_sum(way(targets, tf.nn.log_softmax(logits))), [logits])
            for name, way in (("XLA", compiled), ("kernel", sparse))}


def attention():
    """Return name → function that takes a step of attention of sequences to themselves."""
    from zoo.layers.attention import MultiHeadAttention

    return _of_features(MultiHeadAttention(4, 64, dropout=0.1), keras.layers.MultiHeadAttention(4, 64, dropout=0.1),
                        lambda layer, x: layer(x, x, training=True))


def norm():
    """Return name → function that takes a step of layer normalisation."""
    from zoo.layers.layer_norm import LayerNorm

    return _of_features(LayerNorm(), keras.layers.LayerNormalization())


def rectified():
    """Return name → function that takes a step of layer normalisation with a rectifier."""
    from zoo.layers.layer_norm import LayerNorm

    theirs = keras.Sequential([keras.layers.LayerNormalization(), keras.layers.ReLU()])
    return _of_features(LayerNorm(rectified=True), theirs, shape=(16, 20, 200, 32))


def gelu():
    """Return name → function that takes a step of GELU."""
    from zoo.layers.gelu import gelu

    return _of_features(keras.layers.Activation(gelu), keras.layers.Activation("gelu"))


def dropout():
    """Return name → function that takes a step of dropout."""
    from zoo.layers.dropout import Dropout

    return _of_features(Dropout(0.1), keras.layers.Dropout(0.1))


def _of_features(ours, theirs, call=lambda layer, x: layer(x, training=True), shape=(32, 128, 256)):
    x = tf.Variable(tf.random.normal(shape))
    for layer in (ours, theirs):
        call(layer, x.value())
    return {name: _step(lambda layer=layer: tf.reduce_sum(tf.square(call(layer, x.value()))),
                        [x, *(w.value for w in layer.trainable_weights)])
            for name, layer in (("ours", ours), ("Keras", theirs))}


def _step(loss, variables):
    @tf.function
    def step():
        with tf.GradientTape() as tape:
            found = loss()
        return tf.add_n([tf.reduce_sum(g) for g in tape.gradient(found, variables)])

    step()
    return step


def main(what="lstm", rounds=15):
    """Print the median milliseconds of a step of each, and their ratio."""
    steps = globals()[what]()
    found = {name: [] for name in steps}
    for _ in range(int(rounds)):
        for name, step in steps.items():
            start = time.perf_counter()
            for _ in range(STEPS):
                step()
            found[name].append(1000 * (time.perf_counter() - start) / STEPS)
    (ours, fast), (theirs, slow) = ((name, statistics.median(times)) for name, times in found.items())
    print(f"{what}: {ours} {fast:.1f} ms, {theirs} {slow:.1f} ms, ratio {slow / fast:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])

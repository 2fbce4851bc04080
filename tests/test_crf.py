"""The conditional random field against enumeration of every path."""
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from zoo.layers import crf


def brute(emissions, transitions, start):
    """Scores of all paths in double precision."""
    t, k = emissions.shape
    scores = {}
    for path in itertools.product(range(k), repeat=t):
        steps = sum(transitions[a, b] for a, b in itertools.pairwise(path))
        scores[path] = start[path[0]] + steps + sum(emissions[i, tag] for i, tag in enumerate(path))
    return scores


@pytest.mark.parametrize("length", [1, 2, 5])
def test_crf_equals_enumeration(length):
    rng = np.random.default_rng(length)
    emissions, transitions, start = rng.normal(0, 2, (4, 5, 3)), rng.normal(0, 2, (3, 3)), rng.normal(0, 2, 3)
    mask = np.repeat([np.arange(5) < length], 4, axis=0)
    targets = np.where(mask, rng.integers(0, 3, (4, 5)), -1)
    scores = crf.potentials(emissions.astype("float32"), mask, transitions=transitions, start=start)
    likelihood, best, total = crf.log_likelihood(targets, scores), crf.viterbi(scores), crf.log_partition(scores)
    for b in range(4):
        paths = brute(emissions[b, :length], transitions, start)
        log_z = np.log(np.sum(np.exp(list(paths.values()))))
        assert float(total[b]) == pytest.approx(log_z, abs=1e-4)
        assert float(likelihood[b]) == pytest.approx(paths[tuple(targets[b, :length])] - log_z, abs=1e-4)
        assert tuple(best[b, :length].numpy()) == max(paths, key=paths.get)


def test_crf_needs_no_mask_for_its_loss_and_takes_one_word_and_none():
    rng = np.random.default_rng(0)
    emissions, targets = rng.normal(size=(2, 4, 3)).astype("float32"), np.array([[2, 1, -1, -1], [-1, -1, -1, -1]])
    masked = crf.log_likelihood(targets, crf.potentials(emissions, targets >= 0))
    unmasked = crf.log_likelihood(targets, crf.potentials(emissions))
    np.testing.assert_allclose(masked, unmasked, atol=1e-5)
    assert float(masked[1]) == 0 and float(masked[0]) < 0
    one = tf.function(lambda e: (crf.viterbi(crf.potentials(e)), crf.log_partition(crf.potentials(e))))
    np.testing.assert_array_equal(one(emissions[:, :1])[0][:, 0], emissions[:, 0].argmax(-1))
    np.testing.assert_allclose(one(emissions[:, :1])[1], np.log(np.exp(emissions[:, 0]).sum(-1)), rtol=1e-5)


ALLOWED = ((1, 1, 0), (1, 1, 1), (1, 1, 1))  # O, B, I: no I after O


def test_crf_decodes_legal_paths_and_survives_illegal_targets():
    layer = crf.Potentials(allowed=ALLOWED, allowed_start=(1, 1, 0))
    emissions = tf.constant(np.random.default_rng(1).normal(0, 3, (50, 8, 3)), "float32")
    paths = crf.viterbi(layer(emissions)).numpy()
    assert not (paths[:, 0] == 2).any() and not ((paths[:, :-1] == 0) & (paths[:, 1:] == 2)).any()
    free = crf.viterbi(layer(emissions, training=True)).numpy()
    assert ((free[:, :-1] == 0) & (free[:, 1:] == 2)).any()
    illegal = np.tile([2, 0, 2, 0], (50, 2))
    for training in (True, False):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(crf.log_likelihood(illegal, layer(emissions, training=training)))
        gradients = tape.gradient(loss, layer.trainable_variables)
        assert np.isfinite(loss) and all(np.isfinite(g).all() for g in gradients)
        assert (loss < 1e3) == training


def test_crf_learns_in_a_model_and_drops_the_mask():
    inputs = keras.Input((None,), dtype="int32")
    x = layers.Dense(3)(layers.Embedding(5, 4, mask_zero=True)(inputs))
    model = keras.Model(inputs, crf.Potentials(allowed=ALLOWED)(x))
    assert getattr(model.output, "_keras_mask", None) is None
    assert model.output.shape == (None, None, 3, 3)
    model.compile(keras.optimizers.Adam(0.1), lambda y, p: -crf.log_likelihood(y, p))
    words = np.tile([1, 2, 3, 4, 0], (8, 1))
    tags = np.where(words > 0, [[0, 1, 2, 2, 0]], -1)
    losses = model.fit(words, tags, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < 0.1 * losses[0]
    np.testing.assert_array_equal(crf.viterbi(model(words))[0, :4], [0, 1, 2, 2])

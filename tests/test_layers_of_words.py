"""Layers for words: characters, hashed features, positions, dropout, convolution under a mask."""
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers.char_cnn import CharCNN
from zoo.layers.embedding_sum import EmbeddingSum
from zoo.layers.grams import Grams
from zoo.layers.masked_conv import MaskedConv1D
from zoo.layers.positions import Positions
from zoo.layers.subwords import Subwords
from zoo.layers.word_dropout import WordDropout
from zoo.layers.word_features import PRIMES, WordFeatures


def spell(words, places=8, length=None):
    """Code points (1, T, C) and ids (1, T) of words."""
    chars = np.zeros((1, length or len(words), places), "int32")
    for i, word in enumerate(words):
        chars[0, i, : len(word)] = [ord(c) for c in word]
    return (chars[..., 0] > 0).astype("int32"), chars


def test_char_cnn_ignores_padding():
    layer = CharCNN(buckets=50, embedding=4, filters=3, widths=(2, 3))
    layer.build((None, None, 2))
    for weight in layer.weights:  # a bias of 3 would win the maximum if padding took part
        weight.assign(np.random.default_rng(1).normal(3 if len(weight.shape) == 1 else 0, 1, weight.shape))
    words = ["ab", "zx", "ïé"]
    y = layer(spell(words, 2)[1])
    assert y.shape == (1, 3, 6)
    np.testing.assert_allclose(layer(spell(words, 20, 7)[1])[:, :3], y, atol=1e-6)
    np.testing.assert_array_equal(layer.compute_mask(spell(words, 20, 4)[1]), [[True, True, True, False]])
    assert not np.allclose(y[0, 0], layer(spell(["ba"], 2)[1])[0, 0], atol=1e-3)


def of_each_word(layer):
    """The layer with every word computed by itself, at full length."""
    layer.once = False
    return layer


@pytest.mark.parametrize("each, once, weights", [
    (lambda: CharCNN(filters=5, distinct=False), lambda: CharCNN(filters=5), 7),
    (lambda: of_each_word(Subwords(affix=3, gram=4)), lambda: Subwords(affix=3, gram=4), 3)], ids=["chars", "subwords"])
@pytest.mark.parametrize("longest", ["dog", "incomprehensible"])
def test_distinct_words_and_short_ones_apart_give_the_same(each, once, weights, longest):
    each, once = each(), once()
    chars = spell(["the", "cat", "the", "", "eht", "longlong", "cat", longest], places=18)[1]
    chars = np.concatenate([chars, chars[:, ::-1]])
    outcomes = []
    for layer in (each, once):
        layer.build(chars.shape)
        for weight, source in zip(layer.weights, each.weights):
            weight.assign(source)
        with tf.GradientTape() as tape:
            y = layer(chars)
            loss = tf.reduce_sum(y**2 * np.arange(1, 9)[None, :, None])
        outcomes.append([y, *map(tf.convert_to_tensor, tape.gradient(loss, layer.trainable_variables))])
    assert len(outcomes[0]) == 1 + weights
    for a, b in zip(*outcomes):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    if not tf.config.list_physical_devices("GPU"):
        assert once.once and not each.once


def test_word_dropout():
    ids = np.tile([5, 6, 0, 7], (500, 1)).astype("int32")
    layer = WordDropout(0.3, seed=1)
    np.testing.assert_array_equal(layer(ids), ids)
    dropped = layer(ids, training=True).numpy()
    assert (dropped[:, 2] == 0).all() and dropped.dtype == np.int32
    assert np.isin(dropped, [0, 1, 5, 6, 7]).all()
    assert (dropped[:, [0, 1, 3]] == 1).mean() == pytest.approx(0.3, abs=0.05)
    assert (layer(ids, training=True).numpy() != dropped).any()


def polynomial(text):
    points = [ord(c) for c in text]
    return [sum(c % p * pow(base, i, p) for i, c in enumerate(points)) % p for base, p in zip((263, 1009), PRIMES)]


def bucket(text, template, num_buckets):
    """A feature's id in integers without bounds, which cannot overflow."""
    mixed = []
    for value, base, prime in zip(polynomial(text), (263, 1009), PRIMES):
        factor = pow(base, template + 2, prime)
        mixed.append((value * factor + factor // 2) % prime)
    return 1 + (mixed[0] * PRIMES[1] + mixed[1]) % (num_buckets - 1)


def test_word_features_are_exact():
    layer = WordFeatures(num_buckets=2**20)
    words = ["Größe", "𠜎😀\U0010ffff", "ӏ-9", "ab"]
    ids = layer(list(spell(words))).numpy()[0]
    for i, word in enumerate(words):
        assert ids[i, 0] == bucket(word, 0, 2**20)
        assert ids[i, 1] == bucket(word.lower(), 1, 2**20)
        for n in range(1, 5):
            prefix, suffix = word.lower()[:n], word.lower()[-n:]
            fits = len(word) >= n
            assert ids[i, 2 * n] == fits * bucket(prefix, 2 * n, 2**20)
            assert ids[i, 2 * n + 1] == fits * bucket(suffix, 2 * n + 1, 2**20)
    assert ids.min() >= 0 and ids.max() < 2**20
    assert PRIMES[0] * PRIMES[1] < 2**31 and all(p % d for p in PRIMES for d in range(2, 216))


def test_word_features_know_shape_and_neighbours():
    layer = WordFeatures()
    words = ["The", "WHO", "said", "pre-1990", "Oslo"]
    ids = layer(list(spell(words))).numpy()[0]
    initial, starts, capitals, digit, hyphen = (ids[:, i] > 0 for i in range(10, 15))
    np.testing.assert_array_equal(initial, [1, 1, 0, 0, 1])
    np.testing.assert_array_equal(starts, [1, 0, 0, 0, 0])
    np.testing.assert_array_equal(capitals, [0, 1, 0, 0, 0])
    np.testing.assert_array_equal(digit & hyphen, [0, 0, 0, 1, 0])
    other = layer(list(spell(["The", "WHO", "says", "pre-1990", "Oslo"]))).numpy()[0]
    changed = (other != ids).sum(axis=1)
    assert (changed > 0).all() and changed[2] > changed[1] > changed[0]
    alone = WordFeatures(neighbours=False)
    assert not (alone(list(spell(words))).numpy() != alone(list(spell(["x", *words[1:]]))).numpy())[0, 1:].any()


def test_word_features_ignore_padding():
    words, layer = ["a", "bc", "def"], WordFeatures(num_buckets=1000)
    short, long = (layer(list(spell(words, 8, length))).numpy() for length in (3, 6))
    np.testing.assert_array_equal(long[:, :3], short)
    assert not long[:, 3:].any()
    np.testing.assert_array_equal(layer(list(spell(words, 12))).numpy(), short)


def test_embedding_sum():
    layer = EmbeddingSum(10, 3)
    ids = np.array([[[1, 5, 0], [9, 19, 18], [0, 0, 0]]])
    assert not layer(ids).numpy().any()
    layer.vectors.assign(np.random.default_rng(0).normal(size=(10, 3)))
    v = layer.vectors.numpy()
    np.testing.assert_allclose(layer(ids)[0], [v[1] + v[5], v[9] + v[1] + v[9], 0 * v[0]], atol=1e-6)
    np.testing.assert_array_equal(layer.compute_mask(ids), [[True, True, False]])


def test_positions_are_those_of_the_paper():
    x = Positions()(np.zeros((1, 30, 8), "float32"))[0]
    angle = 7 / 10000 ** (2 * 3 / 8)
    np.testing.assert_allclose([x[7, 3], x[7, 4 + 3]], [np.sin(angle), np.cos(angle)], atol=1e-5)


def test_masked_conv_refuses_what_moves_the_mask():
    with pytest.raises(ValueError, match="stride 1"):
        MaskedConv1D(2, 3, padding="valid")


def test_grams_are_those_that_end_at_each_place():
    layer = Grams(4, longest=3, buckets=997)
    one, two = (np.asarray(layer(np.array([ids], "int32")))[0] for ids in ([5, 6, 7, 6, 7, 9], [8, 6, 7, 3, 0, 0]))
    assert one.shape == (6, 8) and (one[0] == 0).all() and (one[1, 4:] == 0).all()  # nothing before the first
    np.testing.assert_array_equal(one[2, :4], one[4, :4])  # 6 7 both times
    np.testing.assert_array_equal(one[2, :4], two[2, :4])
    assert (one[2, 4:] != one[4, 4:]).any()  # 5 6 7 and 7 6 7
    assert (two[4:] == 0).all()  # padding
    assert list(np.asarray(layer.compute_mask(np.array([[3, 0]])))[0]) == [True, False]

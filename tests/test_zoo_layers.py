"""The contract of every zoo file, and the layers against independent computations."""

import ast
import importlib
import inspect
import itertools
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from zoo.layers import crf
from zoo.layers.batch_norm import BatchNorm
from zoo.layers.char_cnn import CharCNN
from zoo.layers.embedding_sum import EmbeddingSum
from zoo.layers.hog import HOG
from zoo.layers.masked_conv import MaskedConv1D
from zoo.layers.positions import Positions
from zoo.layers.word_dropout import WordDropout
from zoo.layers.word_features import PRIMES, WordFeatures

ROOT = Path(__file__).parent.parent
NAMES = sorted(path.stem for path in (ROOT / "zoo").glob("*.py") if path.stem != "__init__")
KINDS = {"vector", "grid", "sequence", "ids", "any"}


def given(kind):
    """A model's input, as a stem would give it, for an architecture that takes `kind`."""
    if kind == "ids":
        inputs = keras.Input((None, 5), dtype="int32")
        return inputs, inputs
    if kind == "sequence":
        inputs = keras.Input((None,), dtype="int32")
        return inputs, layers.Embedding(20, 6, mask_zero=True, name="stem_words")(inputs)
    inputs = keras.Input({"vector": (12,), "grid": (32, 32, 3), "any": (8, 8, 1)}[kind])
    return inputs, inputs


def answer(module, features, arguments):
    y = module.body(features, **arguments)
    pool = {4: layers.GlobalAveragePooling2D, 3: layers.GlobalAveragePooling1D}.get(len(y.shape))
    return layers.Dense(3, name="head_scores")(pool(name="head_pool")(y) if pool else y)


class Seen(layers.Layer):
    """Hand on the mask that arrives."""

    supports_masking = True

    def call(self, x, mask=None):
        assert mask is not None
        return ops.cast(mask, "float32")

    def compute_output_shape(self, shape):
        return shape[:2]


@pytest.mark.parametrize("name", NAMES)
def test_contract(name):
    module = importlib.import_module(f"zoo.{name}")
    assert module.TAKES in KINDS and module.GIVES in KINDS - {"ids"}
    assert module.POOL in ("average", "max", "flatten") and module.HANDMADE in (True, False)
    assert module.FITS.endswith(".") and module.AVOID.endswith(".")
    assert "tiny" in module.SIZES and "base" in module.SIZES
    assert "https://" in module.__doc__
    assert "Args:" in module.body.__doc__ and "Returns:" in module.body.__doc__
    parameters = inspect.signature(module.body).parameters.values()
    assert [p.name for p in parameters if p.kind != p.KEYWORD_ONLY] == ["x"]
    assert len(parameters) <= 1 + 7


@pytest.mark.parametrize("name", NAMES)
def test_tiny_and_space_build(name):
    kt = pytest.importorskip("keras_tuner")
    module = importlib.import_module(f"zoo.{name}")
    inputs, features = given(module.TAKES)
    y = answer(module, features, module.SIZES["tiny"])
    model = keras.Model(inputs, y)
    shape = [3 if n is None else n for n in inputs.shape]
    assert model(np.ones(shape, inputs.dtype)).shape == (3, 3)
    for layer in model.layers:
        assert layer.name in ("head_scores", "head_pool", "stem_words") or not layer.name.startswith(("head_", "stem_"))
    with keras.StatelessScope(initialize_variables=False):
        inputs, features = given(module.TAKES)
        answer(module, features, {**module.SIZES["base"], **module.space(kt.HyperParameters())})


@pytest.mark.parametrize("name", ["perceptron", "mlp", "lenet", "alexnet", "vgg", "resnet"])
@pytest.mark.parametrize("image", [(8, 8, 1), (28, 28, 1), (32, 32, 3)], ids=str)
def test_images_of_all_sizes(name, image):
    module = importlib.import_module(f"zoo.{name}")
    for size in ("tiny", "base"):
        with keras.StatelessScope(initialize_variables=False):
            answer(module, keras.Input(image), module.SIZES[size])


def test_options_are_checked():
    from zoo import keras_applications, mlp, transformer, vgg

    grid = keras.Input((16, 16, 1))
    with pytest.raises(ValueError, match="layout holds 'P'"):
        vgg.body(grid, layout=(8, "P"))
    with pytest.raises(ValueError, match="a fixed size"):
        mlp.body(keras.Input((None, 3)), units=2, depth=1)
    with pytest.raises(ValueError, match="num_heads divides"):
        transformer.body(keras.Input((None, 3)), units=6, num_heads=4, depth=1)
    with pytest.raises(ValueError, match="from 32x32 pixels up, received 16x16"):
        keras_applications.body(grid, name="ResNet50")
    with pytest.raises(ValueError, match="Did you mean 'ResNet50'"):
        keras_applications.body(grid, name="ResNet5")


def test_applications_are_listed_without_keras():
    from zoo import keras_applications

    assert keras_applications.names() == sorted(n for n in dir(keras.applications) if n[0].isupper())
    assert keras_applications.named("MobileNet").body.keywords == {"name": "MobileNet"}
    code = "import sys; from zoo.keras_applications import names; assert names() and 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_no_file_needs_tensorflow():
    for path in (ROOT / "zoo").rglob("*.py"):
        top = [node for node in ast.parse(path.read_text()).body if isinstance(node, (ast.Import, ast.ImportFrom))]
        assert not any("tensorflow" in ast.unparse(node) for node in top), path


# Padding


SEQUENCES = [
    ("bilstm", {}), ("text_cnn", {}), ("text_cnn", {"depth": 2}), ("transformer", {}),
    ("transformer", {"positions": "learned"}), ("window", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "options"), SEQUENCES, ids=str)
def test_padding_changes_nothing(name, options):
    module = importlib.import_module(f"zoo.{name}")
    inputs, features = given(module.TAKES)
    y = module.body(features, **{**module.SIZES["tiny"], **options})
    model = keras.Model(inputs, [y, Seen()(y)])
    for weight in model.weights:  # what begins at 0 would hide a difference
        weight.assign(np.random.default_rng(len(weight.path)).normal(0, 0.5, weight.shape))
    ids = np.random.default_rng(0).integers(1, 20, (2, 6, *inputs.shape[2:]))
    padded = np.concatenate([ids, np.zeros_like(ids)], axis=1)
    short, _ = model(ids)
    long, mask = model(padded)
    np.testing.assert_allclose(long[:, :6], short, atol=1e-5)
    np.testing.assert_array_equal(mask, np.repeat([[1] * 6 + [0] * 6], 2, axis=0))
    other = padded.copy()
    other[:, 5] = 1 + other[:, 5] % 19
    assert not np.allclose(model(other)[0][:, 5], short[:, 5], atol=1e-3)


def test_transformer_takes_any_length():
    from zoo import transformer

    for positions in ("sinusoidal", "learned"):
        inputs = keras.Input((None, 4))
        model = keras.Model(inputs, transformer.body(inputs, **transformer.SIZES["tiny"], positions=positions))
        assert np.isfinite(model(np.ones((1, 600, 4)))).all()


def test_positions_are_those_of_the_paper():
    x = Positions()(np.zeros((1, 30, 8), "float32"))[0]
    angle = 7 / 10000 ** (2 * 3 / 8)
    np.testing.assert_allclose([x[7, 3], x[7, 4 + 3]], [np.sin(angle), np.cos(angle)], atol=1e-5)


def test_masked_conv_refuses_what_moves_the_mask():
    with pytest.raises(ValueError, match="stride 1"):
        MaskedConv1D(2, 3, padding="valid")


# Conditional random field


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


# Words


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


def test_char_cnn_on_distinct_words_is_the_same():
    each, once = CharCNN(filters=5, distinct=False), CharCNN(filters=5)
    chars = spell(["the", "cat", "the", "", "eht", "the", "cat", "dog"])[1]
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
    assert len(outcomes[0]) == 1 + 7
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


# Images


@pytest.mark.parametrize(("shape", "orientations", "cell", "block"), [
    ((32, 32, 3), 9, (8, 8), (3, 3)), ((28, 28, 1), 8, (4, 4), (2, 2)), ((33, 22, 3), 12, (5, 4), (2, 3)),
    ((8, 8, 1), 9, (2, 2), (2, 2)),
])  # fmt: skip
def test_hog_equals_scikit_image(shape, orientations, cell, block):
    feature = pytest.importorskip("skimage.feature")
    images = np.random.default_rng(0).integers(0, 256, (4, *shape)).astype("uint8")
    images[1] //= 64  # many gradients of exactly 0, 45 and 90 degrees
    images[2] = 7
    grey = shape[-1] == 1
    expected = [
        feature.hog(x[..., 0] if grey else x, orientations, cell, block, channel_axis=None if grey else -1)
        for x in images
    ]
    layer = HOG(orientations, cell, block)
    np.testing.assert_allclose(layer(images), expected, atol=1e-4)
    np.testing.assert_allclose(layer(images.astype("float32")), expected, atol=1e-4)
    assert layer.compute_output_shape(images.shape) == np.shape(expected)


def test_hog_says_what_is_too_small():
    with pytest.raises(ValueError, match="from 24x24 pixels up, received 16x30"):
        HOG()(np.zeros((1, 16, 30, 1), "uint8"))


POLICIES = [("float32", 1e-5), ("mixed_bfloat16", 1e-2), ("mixed_float16", 1e-3)]


@pytest.mark.parametrize(("policy", "tolerance"), POLICIES)
@pytest.mark.parametrize("options", [{}, {"scale": False, "center": False, "epsilon": 1e-5}], ids=str)
def test_batch_norm_equals_that_of_keras(policy, tolerance, options):
    x = tf.constant(np.random.default_rng(0).normal(2, 3, (3, 2, 2, 4)), "float32")  # few values: Bessel counts
    outcomes = []
    for kind in (layers.BatchNormalization, BatchNorm):
        layer = kind(dtype=policy, momentum=0.7, **options)
        layer.build(x.shape)
        for i, weight in enumerate(layer.trainable_weights):
            weight.assign(np.arange(1, 5) - i)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            loss = tf.reduce_sum(tf.cast(y, "float32") ** 2 * tf.sin(x))
        gradients = tape.gradient(loss, [x, *layer.trainable_weights])
        outcomes.append([y, *gradients, layer.moving_mean, layer.moving_variance, layer(x)])
    assert outcomes[0][0].dtype == outcomes[1][0].dtype
    for a, b in zip(*outcomes):
        a, b = (np.array(tf.cast(v, "float32")) for v in (a, b))
        np.testing.assert_allclose(b, a, atol=tolerance * abs(a).max())


def test_batch_norm_is_fused_only_where_it_may_be(monkeypatch):
    calls = []
    monkeypatch.setattr(BatchNorm, "_fused", lambda self, x: calls.append(x.shape) or x)
    layer = BatchNorm()
    layer(np.ones((2, 3, 3, 4), "float32"), training=True)
    assert len(calls) == 1
    layer(np.ones((2, 3, 3, 4), "float32"))
    BatchNorm()(np.ones((2, 4), "float32"), training=True)
    layer.trainable = False
    layer(np.ones((2, 3, 3, 4), "float32"), training=True)
    assert len(calls) == 1


# All layers together


def one_model():
    words, chars = keras.Input((None,), dtype="int32"), keras.Input((None, 8), dtype="int32")
    x = layers.Embedding(9, 4, mask_zero=True)(WordDropout(0.2)(words))
    x = layers.Concatenate()([x, CharCNN(buckets=9, embedding=3, filters=2, widths=(2,))(chars)])
    x = MaskedConv1D(4, 2)(Positions("learned", 5)(x))
    x = layers.Concatenate()([x, EmbeddingSum(50, 3)(WordFeatures(50)([words, chars]))])
    tags = crf.Potentials(allowed=ALLOWED)(layers.Dense(3)(x))
    image = keras.Input((16, 16, 1))
    y = layers.Dense(2)(HOG(4, (4, 4), (2, 2))(BatchNorm()(image)))
    return keras.Model([words, chars, image], [tags, y])


def test_layers_save_and_reload(tmp_path):
    model = one_model()
    ids, chars = spell(["the", "cat"])
    data = [ids + 2, chars, np.random.default_rng(0).normal(size=(1, 16, 16, 1))]
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for a, b in zip(model(data), loaded(data)):
        np.testing.assert_allclose(a, b, atol=1e-6)
    for layer in model.layers:
        if type(layer).__module__.startswith("zoo"):
            again = type(layer).from_config(layer.get_config()).get_config()
            assert again == layer.get_config()


PORTABLE = """
import sys, numpy as np, keras
from zoo.layers import crf, hog, char_cnn, word_features
data = dict(np.load(sys.argv[1]))
table = crf.potentials(data["emissions"], data["real"], allowed=((1, 1, 0), (1, 1, 1), (1, 1, 1)))
chars = char_cnn.CharCNN(embedding=2, filters=2)
chars.build(data["chars"].shape)
for i, weight in enumerate(chars.weights):
    weight.assign(data["weight_%d" % i])
results = {
    "likelihood": crf.log_likelihood(data["tags"], table), "best": crf.viterbi(table),
    "hog": hog.HOG(8, (4, 4), (2, 2))(data["image"]), "chars": chars(data["chars"]),
    "ids": word_features.WordFeatures(5000)([data["words"], data["chars"]]),
}
np.savez(sys.argv[2], **{k: keras.ops.convert_to_numpy(v) for k, v in results.items()})
"""


def test_another_backend_computes_the_same(tmp_path):
    pytest.importorskip("jax")
    rng = np.random.default_rng(0)
    real = np.arange(4)[None] < np.array([[4], [2]])
    words, chars = spell(["Größe", "of", "the", "U.S."])
    image = rng.integers(0, 256, (2, 16, 16, 3)).astype("uint8")
    data = {"emissions": rng.normal(size=(2, 4, 3)).astype("float32"), "real": real, "words": words, "chars": chars,
            "image": image, "tags": np.where(real, 1, -1)}  # fmt: skip
    layer = CharCNN(embedding=2, filters=2)
    layer.build(chars.shape)
    data |= {f"weight_{i}": w.numpy() for i, w in enumerate(layer.weights)}
    np.savez(tmp_path / "in.npz", **data)
    backend = {**os.environ, "KERAS_BACKEND": "jax"}
    files = [str(tmp_path / "in.npz"), str(tmp_path / "out.npz")]
    subprocess.run([sys.executable, "-c", PORTABLE, *files], cwd=ROOT, env=backend, check=True)
    other = np.load(files[1])
    table = crf.potentials(data["emissions"], real, allowed=ALLOWED)
    np.testing.assert_allclose(other["likelihood"], crf.log_likelihood(data["tags"], table), atol=1e-4)
    np.testing.assert_array_equal(other["best"], crf.viterbi(table))
    np.testing.assert_allclose(other["hog"], HOG(8, (4, 4), (2, 2))(image), atol=1e-5)
    np.testing.assert_allclose(other["chars"], layer(chars), atol=1e-5)
    np.testing.assert_array_equal(other["ids"], WordFeatures(5000)([words, chars]))


def test_random_affine_moves_images_in_training_only_each_anew():
    from zoo.layers.augment import RandomAffine

    images = np.zeros((6, 9, 9, 1), "float32")
    images[:, 3:6, 3:6] = 1
    layer = RandomAffine(0.0, zoom=0.0, shear=0.0, pixels=2.0, seed=1)
    assert (np.asarray(layer(images)) == images).all()
    moved = np.asarray(layer(images, training=True))
    rows, columns = np.arange(9)[:, None, None], np.arange(9)[:, None]
    places = [(round(float((m * rows).sum()), 3), round(float((m * columns).sum()), 3)) for m in moved]
    assert len(set(places)) == 6
    np.testing.assert_allclose(moved.sum((1, 2, 3)), 9, rtol=1e-3)
    assert (np.asarray(RandomAffine(0.0, zoom=0.0, shear=0.0, pixels=0.0)(images, training=True)) == images).all()

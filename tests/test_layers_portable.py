"""All layers of the zoo saved and reloaded, and on another backend of Keras."""
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from test_crf import ALLOWED
from test_layers_of_words import spell

from zoo.layers import crf, projective, spanning
from zoo.layers.arc_features import ArcFeatures, JointArcs
from zoo.layers.batch_norm import BatchNorm
from zoo.layers.biaffine import Biaffine
from zoo.layers.char_cnn import CharCNN
from zoo.layers.embedding_sum import EmbeddingSum
from zoo.layers.hog import HOG
from zoo.layers.masked_conv import MaskedConv1D
from zoo.layers.positions import Positions
from zoo.layers.word_dropout import WordDropout
from zoo.layers.word_features import WordFeatures

ROOT = Path(__file__).parent.parent


def one_model():
    words, chars = keras.Input((None,), dtype="int32"), keras.Input((None, 8), dtype="int32")
    x = layers.Embedding(9, 4, mask_zero=True)(WordDropout(0.2)(words))
    x = layers.Concatenate()([x, CharCNN(buckets=9, embedding=3, filters=2, widths=(2,))(chars)])
    x = MaskedConv1D(4, 2)(Positions("learned", 5)(x))
    x = layers.Concatenate()([x, EmbeddingSum(50, 3)(WordFeatures(50)([words, chars]))])
    tags = crf.Potentials(allowed=ALLOWED)(layers.Dense(3)(x))
    tree = Biaffine(2, 3, 2)(layers.Dense(10)(x))
    features = WordFeatures(50)([words, chars])
    arcs = ArcFeatures(num_buckets=50)(features)
    linear = JointArcs()([EmbeddingSum(50, 1)(arcs), EmbeddingSum(50, 2)(arcs), EmbeddingSum(50, 4)(features)])
    image = keras.Input((16, 16, 1))
    y = layers.Dense(2)(HOG(4, (4, 4), (2, 2))(BatchNorm()(image)))
    return keras.Model([words, chars, image], [tags, y, tree, linear])


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
from zoo.layers import arc_features, crf, hog, char_cnn, projective, spanning, word_features
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
    "tree": spanning.maximum_spanning_tree(data["arcs"], data["lengths"]),
    "projective": projective.projective_tree(data["arcs"], data["lengths"]),
}
results["arc_ids"] = arc_features.ArcFeatures()(results["ids"])
np.savez(sys.argv[2], **{k: keras.ops.convert_to_numpy(v) for k, v in results.items()})
"""


def test_another_backend_computes_the_same(tmp_path):
    pytest.importorskip("jax")
    rng = np.random.default_rng(0)
    real = np.arange(4)[None] < np.array([[4], [2]])
    words, chars = spell(["Größe", "of", "the", "U.S."])
    image = rng.integers(0, 256, (2, 16, 16, 3)).astype("uint8")
    data = {"emissions": rng.normal(size=(2, 4, 3)).astype("float32"), "real": real, "words": words, "chars": chars,
            "image": image, "tags": np.where(real, 1, -1), "arcs": rng.normal(size=(2, 4, 5)).astype("float32"),
            "lengths": real.sum(1)}  # fmt: skip
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
    np.testing.assert_array_equal(other["arc_ids"], ArcFeatures()(WordFeatures(5000)([words, chars])))
    for key, find in (("tree", spanning.maximum_spanning_tree), ("projective", projective.projective_tree)):
        np.testing.assert_array_equal(other[key], find(data["arcs"], data["lengths"]))

"""Layers for images, against scikit-image and Keras: gradients' histograms, batch norm, random moves."""
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from zoo.layers.batch_norm import BatchNorm
from zoo.layers.hog import HOG


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


def test_random_affine_moves_images_in_training_only_each_anew():
    from zoo.layers.augment import RandomAffine

    images = np.zeros((40, 9, 9, 1), "float32")
    images[:, 3:6, 3:6] = 1
    layer = RandomAffine(0.0, zoom=0.0, shear=0.0, pixels=2, seed=1)
    assert (np.asarray(layer(images)) == images).all()
    moved = np.asarray(layer(images, training=True))
    assert set(np.unique(moved)) == {0.0, 1.0}, "whole pixels: nothing is blurred"
    rows, columns = np.arange(9)[:, None, None], np.arange(9)[:, None]
    places = {(float((m * rows).mean() * 9) - 4, float((m * columns).mean() * 9) - 4) for m in moved}
    assert len(places) > 10 and {-2, 2} <= {round(p[0]) for p in places} <= {-2, -1, 0, 1, 2}
    np.testing.assert_array_equal(moved.sum((1, 2, 3)), 9)
    assert (np.asarray(RandomAffine(0.0, zoom=0.0, shear=0.0, pixels=0)(images, training=True)) == images).all()

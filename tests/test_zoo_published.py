"""The published networks have exactly the parameters that their sources print."""

import importlib
import math

import keras
import pytest

COUNTS = [
    # architecture, size, image, classes, trained parameters, source
    ("vgg", "16", (224, 224, 3), 1000, 138_357_544, "https://pytorch.org/vision/stable/models/vgg.html"),
    ("vgg", "19", (224, 224, 3), 1000, 143_667_240, "https://pytorch.org/vision/stable/models/vgg.html"),
    ("alexnet", "published", (224, 224, 3), 1000, 61_100_840, "https://pytorch.org/vision/stable/models/alexnet.html"),
    ("resnet", "18", (224, 224, 3), 1000, 11_689_512, "https://pytorch.org/vision/stable/models/resnet.html"),
    ("resnet", "34", (224, 224, 3), 1000, 21_797_672, "https://pytorch.org/vision/stable/models/resnet.html"),
    # one weight a connection and one bias a map or unit: 156 + 2416 + 48120 + 10164 + 850
    ("lenet", "base", (32, 32, 1), 10, 61_706, "https://doi.org/10.1109/5.726791, C3 joined to all maps of S2"),
    # a bias less and a scale and an offset more for each of the 4224 and 5504 maps
    ("vgg", "16_bn", (224, 224, 3), 1000, 138_357_544 + 4224, "the above"),
    ("vgg", "19_bn", (224, 224, 3), 1000, 143_667_240 + 5504, "the above"),
]


def build(architecture, size, image, classes):
    """Lay out a model with a linear head; no number is drawn, so that VGG takes a tenth of a second."""
    module = importlib.import_module(f"zoo.{architecture}")
    with keras.StatelessScope(initialize_variables=False):
        inputs = keras.Input(image)
        x = module.body(inputs, **module.SIZES[size])
        x = keras.layers.GlobalAveragePooling2D(name="head_pool")(x) if len(x.shape) == 4 else x
        return keras.Model(inputs, keras.layers.Dense(classes, name="head_scores")(x))


def trained(model):
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


@pytest.mark.parametrize("row", COUNTS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_published_count(row):
    assert trained(build(*row[:4])) == row[4]


def test_layout_alone_counts_as_the_built_model_does():
    from zoo import vgg

    inputs = keras.Input((32, 32, 3))
    x = keras.layers.GlobalAveragePooling2D(name="head_pool")(vgg.body(inputs, **vgg.SIZES["tiny"]))
    model = keras.Model(inputs, keras.layers.Dense(10, name="head_scores")(x))
    assert sum(w.numpy().size for w in model.trainable_weights) == trained(build("vgg", "tiny", (32, 32, 3), 10))


@pytest.mark.parametrize(("size", "millions"), [("20", 0.27), ("56", 0.85), ("110", 1.7)])
def test_small_resnets_are_of_the_papers_size(size, millions):
    assert trained(build("resnet", size, (32, 32, 3), 10)) / 1e6 == pytest.approx(millions, rel=0.03)

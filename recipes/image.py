"""Small colour pictures of ten kinds of things, CIFAR-10: image → label (needs a network, or an offline folder).

Krizhevsky 2009 (https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf).

    python -m recipes run image
"""
from recipes.recipe import Recipe
from registry import Framing, Image, Label

DATASET = "cifar10"
NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def data(folders):
    """Return the raw examples of TFDS's cifar10; a part of train is cut off for validation."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(DATASET, folders)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="image", data="TFDS cifar10", target=0.90,
        framing=Framing(Image(32, 32, 3, flip=True, shift=4, erase=8), Label(NAMES)),
        architecture="vgg", size="base", epochs=25, batch_size=128, learning_rate=3e-3, weight_decay=0.05,
        label_smoothing=0.1, ema=0.998)

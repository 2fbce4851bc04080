"""Handwritten digits of 8x8 pixels, scikit-learn's embedded set: image → label.

The first half trains and the second half tests, unshuffled, as in scikit-learn's own example
(https://scikit-learn.org/stable/auto_examples/classification/plot_digits_classification.html).

    python -m recipes run digits
"""
from recipes.recipe import Recipe
from registry import Framing, Image, Label


DATASET = "digits8x8"


def data(folders):
    """Return the raw examples; they come with scikit-learn, no network is needed."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(DATASET, folders)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="digits", data="scikit-learn digits", target=0.98,
        framing=Framing(Image(8, 8, 1, shift=1, rotate=10, zoom=0.1), Label()),
        architecture="vgg", size="small", epochs=40, batch_size=32, learning_rate=2e-3, weight_decay=0.02,
        label_smoothing=0.05, ema=0.98)

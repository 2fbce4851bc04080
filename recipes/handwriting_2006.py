"""Handwritten digits the way of 2006, MNIST: image → label by a deep belief network, with few labels and with all.

Each layer first learns, without labels, what the images are like; then the labels fine-tune all layers (Hinton,
Osindero & Teh 2006, https://doi.org/10.1162/neco.2006.18.7.1527; Hinton & Salakhutdinov 2006,
https://doi.org/10.1126/science.1127647, and their network 784-500-500-2000-10). They report an error of 1.2 %, and
1.6 % as the best of networks with random weights; no image is varied, here as there. With 1,000 or 100 labels, the
other images of the training part are only looked at. `--set passes=0` leaves the random weights, and
`python -m recipes.studies.handwriting_2006` draws both, side by side.

    python -m recipes run handwriting_2006
    python -m recipes run handwriting_2006/100

Measured: test accuracy 98.73 % (98.50 to 98.95), shallow 97.84 % (97.55 to 98.13),
better than the shallow model (p ≤ 0.001); 2042 s, 24 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Framing, Image, Label

DATASET = "mnist"
VARIANTS = {
    "all": {"epochs": 24, "batch_size": 100, "options": {"passes": 10, "dropout": 0.3}, "target": 0.9875},
    "1000": {"epochs": 50, "batch_size": 20, "options": {"passes": 10}},
    "100": {"epochs": 100, "batch_size": 10, "options": {"passes": 10}}}


def data(folders, variant="all"):
    """Return the raw examples of TFDS's mnist; a part of train is cut off for validation."""
    from recipes.datasets.source import labelled
    from recipes.datasets.tfds_source import from_tfds

    found = from_tfds("mnist", folders)
    return found if variant == "all" else labelled(found, int(variant))


def recipe(variant="all"):
    """Return the experiment with so many labels."""
    return Recipe(
        name="handwriting_2006" if variant == "all" else f"handwriting_2006_{variant}", data="TFDS mnist",
        framing=Framing(Image(28, 28, 1), Label()), architecture="dbn", keep="last", shallow={"epochs": 5},
        **VARIANTS[variant])

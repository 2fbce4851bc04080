"""How likely an advertisement is clicked, with true rates that are known: click_log → distribution.

A simulated log of 1,000,000 rows (recipes/datasets/simulated_clicks.py): who sees which advertisement where, and its
place on the page, which decides whether it is looked at. Training and validation are the log as an old system made
it; the test shows advertisements alone, so that all are looked at. The figures of the true rates stand beside the
model's: but by luck no model has a better AUC, and the target is to come within .002 of it.

How the bias of places is corrected is a variant: by the likelihood of a click given its place, the recipe's own; by
inverse propensity weights; or not at all.

    python -m recipes run click_rate
    python -m recipes run click_rate/weights
    python -m recipes run click_rate/none
    python -m recipes run click_rate --architecture dcn
    python -m recipes run --dataset criteo
    python -m recipes predict click_rate "8.50,3,advertisement-7,advertiser-7,category-7,segment-1,site-4,device-0,\
hour-9,city-3"

Measured: test auc 78.00 % (77.56 to 78.42), shallow 68.74 % (68.24 to 69.23),
better than the shallow model (p ≤ 0.001); 254 s, 3 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import ClickLog, Event, Framing

DATASET = "simulated/likelihood"
VARIANTS = ("likelihood", "weights", "none")
COUNTS = {"train": 1_000_000, "validation": 24_000, "test": 48_000}
TRUTH = 0.7817  # AUC of the true rates on the test part; a test counts it anew


def data(folders, variant="likelihood"):
    """Return the raw examples: the texts of fields (10,), and click, propensity and true rate (3,)."""
    import tensorflow as tf

    from recipes.datasets.simulated_clicks import log
    from recipes.datasets.source import Data

    splits = {split: tf.data.Dataset.from_tensor_slices(log(count, seed, placed=split != "test"))
              for seed, (split, count) in enumerate(COUNTS.items())}
    record = {"source": "simulated", "splits": {split: {"by": f"seed {seed}", "examples": count}
                                                for seed, (split, count) in enumerate(COUNTS.items())}}
    return Data("simulated clicks", recipe().framing, splits, dict(COUNTS), record)


def recipe(variant="likelihood"):
    """Return the experiment with one of the corrections; only the recipe's own has a target."""
    from recipes.datasets.simulated_clicks import CATEGORICAL, NUMERIC

    own = variant == "likelihood"
    return Recipe(
        name="click_rate" if own else f"click_rate_{variant}", data="simulated, true rates known", metric="auc",
        target=round(TRUTH - 0.002, 4) if own else None,
        framing=Framing(ClickLog(NUMERIC, CATEGORICAL, min_count=2, embedding=4), Event(correction=variant)),
        architecture="deepfm", size="small", epochs=3, batch_size=1024, optimizer="rows", learning_rate=1e-2,
        weight_decay=0.0, members=3)

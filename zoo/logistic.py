"""Logistic regression on switches (Richardson et al. 2007, https://doi.org/10.1145/1242572.1242643).

The shallow model of rows: every value of a field has a weight, numbers by the bin they fall into, and the weights of a
row add up to its score.

Shapes: B batch, F fields.
"""
from zoo.layers.weighted_switches import WeightedSwitches

TAKES = "switches"
GIVES = "vector"
POOL = "scores"
HANDMADE = True
FORMS = ("event",)
FITS = "Rows where each field adds its share by itself: fast, convex, and every weight can be read."
AVOID = "Where it is two fields together that tell, such as who sees what: only crosses made by hand can say that."
SIZES = {"tiny": {}, "base": {}}


def body(x, *, num_switches, dropout=0.0):
    """Add up the weights of the switches that are on.

    Args:
        x: numbers of switches (B, F) int32, from 1 on.
        num_switches: how many there are.
        dropout: rate at which switches are left out in training.

    Returns:
        Scores (B, 1).
    """
    return WeightedSwitches(num_switches + 1, 1, dropout=dropout, name="switches")(x)


def space(hp):
    return {"dropout": hp.Float("dropout", 0.0, 0.5, step=0.1)}

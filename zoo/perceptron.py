"""Perceptron (Rosenblatt 1958, https://doi.org/10.1037/h0042519): one linear box straight on the raw numbers.

Rosenblatt's rule is replaced by the gradient of whatever loss the head brings. The head is the linear box; the body
only lays the numbers out in a row.

Shapes: B batch, D features.
"""

from keras import layers

TAKES = "any"
GIVES = "vector"
POOL = "flatten"
HANDMADE = False
FITS = "The plainest learned function: the floor that anything deeper has to beat."
AVOID = "Whenever the answer depends on how inputs combine, or where things move about in the input."
SIZES = {"tiny": {}, "base": {}}


def body(x, *, dropout=0.0):
    """Lay the features out in a row for a linear head.

    Args:
        x: features (B, …) of fixed size.
        dropout: rate at which features are dropped in training.

    Returns:
        Features (B, D), D the product of the sizes.

    Raises:
        ValueError: a size other than the batch is unknown.
    """
    if None in x.shape[1:]:
        raise ValueError(f"perceptron takes a fixed size, received {tuple(x.shape)}: pool the open axis first")
    x = layers.Flatten(name="flatten")(x)  # (B, D)
    return layers.Dropout(dropout, name="dropout")(x) if dropout else x


def space(hp):
    return {"dropout": hp.Float("dropout", 0.0, 0.5, step=0.1)}

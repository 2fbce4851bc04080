"""SASRec, self-attention over a user's history (Kang & McAuley 2018, https://arxiv.org/abs/1808.09781).

It is the causal transformer with learned positions, read where the history ends. The paper ranks against one sampled
item; here it is the softmax over all, which is better (Klenitskiy & Vasilev 2023, https://arxiv.org/abs/2309.07602).

Shapes: B batch, T items, D features, U units.
"""
from zoo import transformer

TAKES = "sequence"
GIVES = "sequence"
POOL = "last"
HANDMADE = False
CAUSAL = True
FORMS = ("items",)
FITS = "Histories: the next item may depend on any that came before, near or long ago."
AVOID = "Few users or very long histories: it has no notion of what is recent but what it learns."
WIDTH = ("units", "head_units")
SIZES = {
    "tiny": {"units": 16, "num_heads": 2, "depth": 1},
    "small": {"units": 64, "num_heads": 1, "depth": 2},
    "base": {"units": 128, "num_heads": 2, "depth": 2},
    "large": {"units": 256, "num_heads": 4, "depth": 4},
}


def body(x, *, units, num_heads, depth, dropout=0.2):
    """Look back over a sequence from each place; see `zoo.transformer.body`.

    Args:
        x: a vector of each item (B, T, D); a Keras mask is obeyed and kept.
        units: width of all blocks, U.
        num_heads: attention heads, which share the width out among them.
        depth: number of blocks.
        dropout: rate applied to the input and to the output of each part.

    Returns:
        Features (B, T, U).

    Raises:
        ValueError: num_heads does not divide units.
    """
    return transformer.body(x, units=units, num_heads=num_heads, depth=depth, dropout=dropout, positions="learned",
                            causal=True)


def space(hp):
    num_heads = hp.Choice("num_heads", [1, 2, 4])
    return {
        "num_heads": num_heads,
        "units": num_heads * hp.Int("head_units", 32, 64, step=16),
        "depth": hp.Int("depth", 1, 4),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

"""Skip-gram (Mikolov et al. 2013, https://arxiv.org/abs/1301.3781).

A word's vector says what stands near it. Two boxes are learned, both tables: the vectors of words, which are the stem,
and the vectors of names to stand near, which are the head; a score is the product of two vectors. So there is nothing
for the body to do, and it hands the word's vector on, with dropout as the only choice. Whether the softmax over all
names or negative samples teach them is a choice of the output domain (`Neighbours(negatives=5)`).

Shapes: B batch, D features.
"""
from zoo.linear import body, space  # noqa: F401  (both hand a vector on to the head)

TAKES = "vector"
GIVES = "vector"
POOL = "average"
HANDMADE = False
FORMS = ("neighbours",)
FITS = "Words by the company they keep: words that are used alike get vectors that are alike."
AVOID = "Where a word's meaning in one sentence counts: every occurrence has the same vector."
SIZES = {"tiny": {}, "base": {}}

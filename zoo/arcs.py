"""Linear model on hashed features of arcs (McDonald, Crammer & Pereira 2005, https://aclanthology.org/P05-1012).

The shallow parser: the hand-made features of each arc (both words, their endings and shapes, direction, distance, what
stands between, see `zoo.layers.arc_features`) are switches whose learned weights are added. Relations have weights of
their own, for features of the arc and of both words.

Shapes: B batch, T words, H heads (the root and T words), F features of a word, P features of an arc, R relations.
"""

from zoo.layers.arc_features import ARCS, RELATIONS, ArcFeatures, JointArcs
from zoo.layers.biaffine import WithTags
from zoo.layers.embedding_sum import EmbeddingSum

TAKES = "ids"
GIVES = "sequence"
POOL = "scores"
HANDMADE = True
FITS = "Trees that the words' forms and their distance decide; it shows what the network adds to them."
AVOID = "Long sentences: features of all pairs of words are made, and each pair is judged by itself."
SIZES = {
    "tiny": {"buckets": 1009, "label_buckets": 1009},
    "small": {"buckets": 2**18, "label_buckets": 2**13},
    "base": {"buckets": 2**20, "label_buckets": 2**15},
    "large": {"buckets": 2**22, "label_buckets": 2**18},
}


def body(x, *, num_answers, buckets, label_buckets, num_tags=0, dropout=0.1):
    """Add the learned weights of all features of each arc.

    Args:
        x: hashed features of words (B, T, F) int32 from `WordFeatures`; a position without any is padding.
        num_answers: relations, R.
        buckets: weights of arcs; greater ids are folded into them.
        label_buckets: rows of R weights of relations, which are fewer, since all of them are updated in each step.
        num_tags: parts of speech, K; 0 where only trees are wanted.
        dropout: rate at which features are left out in training.

    Returns:
        Joint scores of arcs and relations (B, T, R, H), with tags beside them where there are any; see
        `zoo.layers.biaffine`.
    """
    arcs = ArcFeatures(ARCS, buckets, name="arc_features")(x)  # (B, T, H, P)
    arcs = EmbeddingSum(buckets, 1, dropout=dropout, name="arc_weights")(arcs)
    relations = ArcFeatures(RELATIONS, label_buckets, name="relation_features")(x)
    relations = EmbeddingSum(label_buckets, num_answers, dropout=dropout, name="arc_relations")(relations)
    words = EmbeddingSum(label_buckets, 2 * num_answers, dropout=dropout, name="word_relations")(x)  # (B, T, 2 R)
    scores = JointArcs(name="joint")([arcs, relations, words])
    if not num_tags:
        return scores
    tags = EmbeddingSum(label_buckets, num_tags, dropout=dropout, name="word_tags")(x)  # (B, T, K)
    return WithTags(name="joint_tags")([scores, tags])


def space(hp):
    return {
        "buckets": hp.Choice("buckets", [2**18, 2**20, 2**22]),
        "label_buckets": hp.Choice("label_buckets", [2**13, 2**15, 2**17]),
        "dropout": hp.Float("dropout", 0.0, 0.5, step=0.1),
    }

"""From raw trees to numbers and back. Shapes: B batch, T words, R relations, K tags."""
from registry.outputs.label import names_encoder


def encoder(relations, tags):
    """Return the function from raw trees (B, T), padded with "", to heads, numbers of relations and, where there are
    tags, their numbers (B, T, 2 or 3) int32; -1 at padding, -2 for what is no head, relation or tag.

    Args:
        relations: the R names; a raw one that is not among them counts without its subtype.
        tags: the K names, perhaps none.
    """
    import tensorflow as tf

    of_relation, of_tag = names_encoder(relations), names_encoder(tags) if tags else None

    def encode(raw):
        arcs = tf.strings.regex_replace(raw, r"\|.*$", "")
        heads = tf.strings.regex_replace(arcs, r"^(\d{1,6}):.*$", r"\1")
        is_number = tf.strings.regex_full_match(heads, r"\d{1,6}")
        heads = tf.strings.to_number(tf.where(is_number, heads, "-2"), tf.int32)
        names = tf.strings.regex_replace(arcs, "^[^:]*:", "")
        whole, cut = of_relation(names), of_relation(tf.strings.regex_replace(names, ":.*$", ""))
        columns = [heads, tf.where(whole >= 0, whole, cut)]
        if tags:
            columns.append(of_tag(tf.strings.regex_replace(raw, r"^[^|]*\|?", "")))
        return tf.where((raw == "")[..., None], -1, tf.stack(columns, -1))

    encode.table = of_relation.table
    return encode


def counted(num_relations, num_tags, targets):
    """Return how often each relation, and behind them each tag, stands in N arrays (T, 2 or 3), padded or not,
    (R + K,)."""
    import numpy as np

    rows = np.concatenate([rows[rows[:, 0] >= 0] for rows in targets])
    found = [np.bincount(rows[:, 1], minlength=num_relations)]
    return np.concatenate(found + ([np.bincount(rows[:, 2], minlength=num_tags)] if num_tags else []))


def sums(relations, truth, answers):
    """Return what the metrics sum over sentences, (N, 4): words with the right head and relation, with the right head,
    with the right tag, and all. Of a relation its universal part counts, as in the scorer of the CoNLL 2018 shared task
    (https://aclanthology.org/K18-2001).

    Args:
        relations: the R names.
        truth, answers: lists of N arrays (T, 2 or 3), without padding.
    """
    import numpy as np

    names = [name.partition(":")[0] for name in relations]
    universal = np.array([names.index(name) for name in names])
    rows = []
    for t, a in zip(truth, answers):
        heads = t[:, 0] == a[:, 0]
        both = heads & (universal[t[:, 1]] == universal[a[:, 1]])
        rows.append([both.sum(), heads.sum(), (t[:, 2:] == a[:, 2:]).sum(), len(t)])
    return np.array(rows, "float32")

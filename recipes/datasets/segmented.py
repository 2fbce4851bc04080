"""Words with tags as characters with tags: B-x begins a word of kind x, I-x continues it.

Word segmentation and tagging at once (Ng & Low 2004, https://aclanthology.org/W04-3236).
"""
from dataclasses import replace


def segmented(data):
    """Return `Data` whose raw x are the characters (C,) of a sentence and whose y is a tag for each.

    Args:
        data: `Data` of words (T,) and a tag for each; blanks within a word are left out.
    """
    from registry import Framing, Tags, WordSeq

    names = tuple(f"{part}-{kind}" for kind in data.framing.outputs.names for part in "BI")
    framing = Framing(WordSeq(unit="character", max_chars=1), Tags(names, scheme="bio"))
    splits = {split: raw.map(_characters) for split, raw in data.splits.items()}
    return replace(data, framing=framing, splits=splits)


def _characters(words, tags):
    import tensorflow as tf

    letters = tf.strings.unicode_split(tf.strings.regex_replace(words, r"\s", ""), "UTF-8")
    first = tf.ones_like(letters[:, :1], tf.int32).to_tensor()
    later = tf.zeros_like(letters[:, 1:], tf.int32)
    begins = tf.concat([tf.RaggedTensor.from_tensor(first), later], 1).values
    kinds = tf.repeat(tags, letters.row_lengths())
    return letters.values, tf.where(begins > 0, "B-", "I-") + kinds

"""Texts as words, each with what stands near it. Shapes: T words of a sentence, R words on either side."""
from recipes.datasets.source import SPLITS, Data

REACH = 10  # words on either side; the output domain's window looks at the nearest of them


def neighbours(name, sentences, record):
    """Return `Data` whose raw x is a word and whose y is what stands near it (2R,), lower-cased, "" beyond the ends of
    its sentence. A sentence of one word has nothing to tell and is left out.

    Args:
        name: of the data.
        sentences: split → `tf.data.Dataset` of words (T,).
        record: what is to be recorded besides the splits; `by` says how each came about.
    """
    import tensorflow as tf

    from registry import Framing, Neighbours, Word

    splits, counts = {}, {}
    for split in SPLITS:
        longer = sentences[split].filter(lambda words: tf.size(words) > 1)
        counts[split] = int(longer.reduce(tf.constant(0, tf.int64), lambda n, words: n + tf.size(words, tf.int64)))
        splits[split] = longer.map(windows, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).unbatch().apply(
            tf.data.experimental.assert_cardinality(counts[split]))
    by = record.pop("by")
    record["splits"] = {split: {"by": by[split], "examples": counts[split]} for split in SPLITS}
    return Data(name, Framing(Word(min_count=1), Neighbours(names=())), splits, counts, record)


def windows(words):
    """Return the words (T,) and what stands near each (T, 2R): the left in the order of the text, then the right."""
    import tensorflow as tf

    padded = tf.pad(tf.strings.lower(words, encoding="utf-8"), [[REACH, REACH]], constant_values="")
    around = [*range(REACH), *range(REACH + 1, 2 * REACH + 1)]
    return words, tf.gather(padded, tf.range(tf.size(words))[:, None] + tf.constant(around)[None])

"""Vocabularies: words learned from the training part, and their numbers."""


def lowered(words, exact=False):
    """Return words of any shape without their capitals; with `exact`, as they are."""
    import tensorflow as tf

    words = tf.convert_to_tensor(words)
    return words if exact else tf.strings.lower(words, encoding="utf-8")


def learned(values, words_of, min_count, at_most=None):
    """Return the words seen `min_count` times or more, the most frequent first, a tuple of strings.

    Args:
        values: an iterable of raw values, read a thousand at a time.
        words_of: function from a list of raw values to their words, a string tensor.
        min_count: how often a word must be seen.
        at_most: keep so many; None keeps all.
    """
    from collections import Counter
    from itertools import islice

    values, counts = iter(values), Counter()
    while some := list(islice(values, 1000)):
        counts.update(words_of(some).numpy().tolist())
    counts.pop(b"", None)
    texts = Counter()
    for word, n in counts.items():  # bytes that are no text may come to the same text
        texts[word.decode("utf-8", "replace")] += n
    return tuple(word for word, n in texts.most_common(at_most) if n >= min_count)


def numberer(words, num_buckets, first):
    """Return the function from words of any shape to their numbers, int32; `table` is what it has to keep.

    The words of a vocabulary have `first` and up, and all others `first` - 1. Where there is no vocabulary, words are
    hashed to `num_buckets` numbers from `first` on.
    """
    import tensorflow as tf

    if not words:
        def number(raw):
            return tf.cast(tf.strings.to_hash_bucket_fast(raw, num_buckets), tf.int32) + first

        number.table = None
        return number
    keys, numbers = tf.constant(words), tf.range(first, first + len(words), dtype=tf.int32)
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, numbers), default_value=first - 1)

    def number(raw):
        return table.lookup(raw)

    number.table = table
    return number


def undecodable(word, where=""):
    """Yield (found, expected, fix) for bytes that are no text in UTF-8."""
    try:
        word.decode("utf-8")
    except UnicodeDecodeError:
        yield f"{word!r}{where}", "text in UTF-8", "convert the file to UTF-8"

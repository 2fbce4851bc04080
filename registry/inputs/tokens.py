"""Texts into words, and words into characters. Shapes: B texts, T words, N words in a row, C characters of a word."""

# Words, numbers and single marks; English clitics stand alone as in the treebanks (n't, 's, 'll).
NEGATION = r"(?i)(\pL)(n't)\b"
TOKEN = r"(?i)(n't\b|'(?:s|m|d|re|ve|ll)\b|[\pL\pM\pN_]+(?:[-.,@][\pL\pM\pN_]+)*|[^\s\pL\pM\pN_])"


def words(texts):
    """Split texts (B,) into words, numbers and marks, ragged (B, T)."""
    import tensorflow as tf

    apart = tf.strings.regex_replace(texts, NEGATION, r"\1 \2 ")
    return tf.strings.split(tf.strings.regex_replace(apart, TOKEN, r" \1 "))


def characters(texts, exact=False, space=""):
    """Split texts (B,) into characters, ragged (B, T).

    Args:
        texts: strings in UTF-8.
        exact: keep every character, spaces and line ends too.
        space: what else stands for the spaces between words; "" leaves them out.
    """
    import tensorflow as tf

    if not exact:
        texts = tf.strings.regex_replace(tf.strings.strip(texts), r"\s+", space)
    return tf.strings.unicode_split(texts, "UTF-8")


def code_points(words, max_chars):
    """Return the code points of words (N,), (N, C) int32 with 0 behind the end; longer words keep both ends."""
    import tensorflow as tf

    points = tf.strings.unicode_decode(words, "UTF-8")
    half = max_chars // 2
    length = points.row_lengths()[:, None]
    ends = tf.concat([points[:, :half], points[:, -half:]], 1).to_tensor(shape=(None, max_chars))
    whole = points.to_tensor(shape=(None, max_chars))
    return tf.where(length > max_chars, ends, whole)

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


def letters(texts):
    """Return texts (B,) with each syllable of Hangul as its two or three letters, as Unicode takes it apart
    (https://www.unicode.org/versions/latest/core-spec/chapter-3/#G24646)."""
    import tensorflow as tf

    points = tf.strings.unicode_decode(texts, "UTF-8")
    place = points.values - 0xAC00
    syllable = (place >= 0) & (place < 11_172)
    parts = tf.stack([tf.where(syllable, 0x1100 + place // 588, points.values),
                      tf.where(syllable, 0x1161 + place % 588 // 28, 0),
                      tf.where(syllable & (place % 28 > 0), 0x11A7 + place % 28, 0)], 1)
    apart = points.with_values(tf.ragged.boolean_mask(parts, parts > 0)).merge_dims(1, 2)
    return tf.strings.unicode_encode(apart, "UTF-8")


def letters_of(text):
    """Return what `letters` makes of one text, a Python string."""
    import unicodedata

    return "".join(unicodedata.normalize("NFD", c) if "가" <= c <= "힣" else c for c in text)


def code_points(words, max_chars):
    """Return the code points of words (N,), (N, C) int32 with 0 behind the end; longer words keep both ends."""
    import tensorflow as tf

    points = tf.strings.unicode_decode(words, "UTF-8")
    half = max_chars // 2
    length = points.row_lengths()[:, None]
    ends = tf.concat([points[:, :half], points[:, -half:]], 1).to_tensor(shape=(None, max_chars))
    whole = points.to_tensor(shape=(None, max_chars))
    return tf.where(length > max_chars, ends, whole)

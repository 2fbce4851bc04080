"""The pieces that texts are made of: learned from the training answers, with bytes for whatever is in none of them.

A space is written "▁", so that the pieces of a text in a row are the text. Numbers: 0 padding, 1 the mark before and
behind a text, 2 to 257 the bytes, then the learned pieces.
"""
from registry.errors import UserError

MARK = 1
FIRST = 258  # the number of the first learned piece
SPACE = "▁"


def marked(text):
    """Return a text with "▁" for spaces, several of them one."""
    return SPACE.join(text.split())


def learn(texts, unit, num_pieces, min_count):
    """Return (pieces, weights) of training texts, the most frequent first; weights are of use to "subword" alone.

    Args:
        texts: strings.
        unit: "character", "word" (what spaces part) or "subword" (a unigram model: Kudo 2018,
            https://aclanthology.org/P18-1007).
        num_pieces: at most so many.
        min_count: characters and words seen less often are left to bytes.
    """
    from collections import Counter

    if unit == "subword":
        return _unigram(texts, num_pieces)
    counts = Counter(piece for text in texts for piece in split(text, unit))
    pieces = [piece for piece, n in counts.most_common(num_pieces) if n >= min_count]
    return tuple(pieces), ()


def split(text, unit):
    """Return the characters or words of a text, as pieces; of "byte" the whole text, which is none."""
    if unit == "byte":
        return [" ".join(text.split())]
    return list(marked(text)) if unit == "character" else [SPACE + word for word in text.split()]


def _unigram(texts, num_pieces):
    import io

    import sentencepiece

    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_writer=model, vocab_size=num_pieces, hard_vocab_limit=False,
            character_coverage=0.9995, normalization_rule_name="identity", num_threads=1, minloglevel=2)
    except (RuntimeError, OSError) as error:
        reason = str(error).strip().splitlines()[-1][:200]
        raise UserError(f"no subwords can be learned from the training answers ({reason}): raise --set num_pieces "
                        f"(now {num_pieces}), or take --set unit=character.") from error
    learned = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    numbers = [i for i in range(learned.get_piece_size()) if not (learned.is_control(i) or learned.is_unknown(i))]
    return (tuple(learned.id_to_piece(i) for i in numbers), tuple(round(learned.get_score(i), 5) for i in numbers))


def segmenter(pieces, weights, unit):
    """Return the function from a text to its pieces, some of which may be none of `pieces`."""
    if unit != "subword" or not pieces:
        return lambda text: split(text, unit if pieces else "byte")
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2 as protocol

    model = protocol.ModelProto()
    model.trainer_spec.model_type = protocol.TrainerSpec.UNIGRAM
    model.normalizer_spec.name = "identity"
    model.pieces.add(piece="<unk>", score=0.0, type=protocol.ModelProto.SentencePiece.UNKNOWN)
    for piece, weight in zip(pieces, weights):
        model.pieces.add(piece=piece, score=weight)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())
    return lambda text: processor.encode(text, out_type=str)


def numberer(pieces, weights, unit):
    """Return the function from a text to the numbers of its pieces, a list, without marks."""
    numbers, parted = {piece: FIRST + i for i, piece in enumerate(pieces)}, segmenter(pieces, weights, unit)

    def numbered(text):
        found = []
        for piece in parted(text):
            found += [numbers[piece]] if piece in numbers else [2 + byte for byte in piece.encode("utf-8")]
        return found

    return numbered


def targets_encoder(pieces, weights, unit, max_pieces):
    """Return the function from raw texts (B,) to numbers of their pieces (B, L) int32, the mark behind them; -1 is
    padding. It runs Python and is for training only."""
    import numpy as np
    import tensorflow as tf

    numbered = numberer(pieces, weights, unit)

    def rows(raw):
        found = [[*numbered(y.decode("utf-8", "replace"))[: max_pieces - 1], MARK] for y in raw]
        table = np.full((len(found), max(map(len, found), default=0)), -1, "int32")
        for row, ids in zip(table, found):
            row[: len(ids)] = ids
        return table

    def encode(raw):
        targets = tf.numpy_function(rows, [raw], tf.int32)
        targets.set_shape((None, None))
        return targets

    return encode


def spelling(pieces):
    """Return the bytes that each number stands for, a list of V; none for padding and the mark."""
    return [b"", b"", *(bytes([i]) for i in range(256)), *(piece.encode("utf-8") for piece in pieces)]


def joined(numbers, table):
    """Return the text of numbers, up to the mark, for the table that `spelling` gave."""
    ended = list(numbers)
    ended = ended[: ended.index(MARK)] if MARK in ended else ended
    text = b"".join(table[i] for i in ended if i > 0).decode("utf-8", "replace")
    return " ".join(text.replace(SPACE, " ").split())

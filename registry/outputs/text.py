"""The output domain `text`: a text of any length, written piece by piece.

Shapes: B batch, T input times, L pieces of the text, V pieces in all, K beams.
"""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.outputs import judging, pieces, retrieving


@dataclass(frozen=True)
class Text:
    """A text. A raw value is one string; a run of spaces counts as one.

    Args:
        pieces: what texts are made of besides bytes; learned from the training answers. Where there are none, bytes.
        weights: log-probabilities of the pieces; of use to "subword" alone.
        unit: what is learned: "byte" (nothing), "character", "word" (what spaces part) or "subword".
        num_pieces: learn at most so many.
        min_count: characters and words seen less often in the training part are spelt in bytes.
        max_pieces: no text is longer, L.
        beams: texts followed at a time when one is written, K; 1 is greedy search.
        length_penalty: written texts are ranked by log-probability / length ** length_penalty.
        judged_as: "translation" (BLEU, chrF) or "pronunciation" (WER, the share of texts that are not right from
            first to last; PER, edits of words in relation to all words), or "speech" (WER and CER by edits).
        tokenize: how sacrebleu parts words for BLEU: "13a", "zh", "char", "intl", "none".
    """

    name: ClassVar[str] = "text"
    head_is: ClassVar[str] = "a decoder that scores each next piece of the text and looks back at the input"
    decode_is: ClassVar[str] = "beam search for the likeliest text, its pieces joined"
    ragged: ClassVar[bool] = True
    num_kinds: ClassVar[int] = 5  # of synthetic words
    positive: ClassVar[tuple] = ("num_pieces", "max_pieces", "beams")
    answering: ClassVar[tuple] = ("beams", "length_penalty", "max_pieces")
    choices: ClassVar[dict] = {"unit": ("byte", "character", "word", "subword"),
                               "judged_as": ("translation", "pronunciation", "speech"),
                               "tokenize": ("13a", "zh", "char", "intl", "none")}

    pieces: tuple = ()
    weights: tuple = ()
    unit: str = "byte"
    num_pieces: int = 8000
    min_count: int = 1
    max_pieces: int = 64
    beams: int = 4
    length_penalty: float = 1.0
    judged_as: str = "translation"
    tokenize: str = "13a"

    @property
    def class_is(self):
        return "character" if self.unit == "character" else "word"

    @property
    def metrics(self):
        return judging.METRICS[self.judged_as]

    @property
    def needs_adapting(self):
        return self.unit != "byte" and not self.pieces

    def adapt(self, values):
        """Return the domain with the pieces of the raw training values."""
        texts = (y.decode("utf-8", "replace") for y in values)
        learned, weights = pieces.learn(texts, self.unit, self.num_pieces, self.min_count)
        return replace(self, pieces=learned, weights=weights)

    def sample(self, kinds):
        """Return the text of synthetic kinds (T,): an invented word for each."""
        import numpy as np

        return " ".join(("ba", "de", "gi", "lo", "mu")[k] for k in np.ravel(kinds)).encode()

    def targets_encoder(self):
        """Return the function from raw texts (B,) to numbers of their pieces (B, L) int32, the mark behind them; -1 is
        padding. It runs Python and is for training only."""
        return pieces.targets_encoder(self.pieces, self.weights, self.unit, self.max_pieces)

    def tensors(self):
        """Return the model's further inputs, ``{"previous": (B, L) int32}``: the piece before each, 0 at padding."""
        import keras

        return {"previous": keras.Input((None,), dtype="int32", name="previous")}

    def numbers(self, targets):
        """Return what the further inputs hold in training, for targets (L,)."""
        import tensorflow as tf

        return {"previous": tf.maximum(tf.concat([[pieces.MARK], targets[:-1]], 0), 0)}

    def head(self, features, decoder, previous):
        """Return scores (B, L, V) float32 of each next piece.

        Args:
            features: (B, T, D), with a Keras mask or without.
            decoder: function from V to a layer such as `zoo.layers.attention_decoder.AttentionDecoder`.
            previous: what `tensors` gave.
        """
        from zoo.layers.memory import Memory

        memory, real = Memory(name="head_memory")(features)
        return decoder(pieces.FIRST + len(self.pieces))([memory, real, previous["previous"]])

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B, L) and scores (B, L, V): nats for each piece, padding (-1) left out."""
        from keras import ops

        def cross_entropy(targets, scores):
            real = ops.cast(targets >= 0, "float32")
            wanted = ops.expand_dims(ops.cast(ops.maximum(targets, 0), "int32"), -1)
            right = ops.take_along_axis(scores, wanted, axis=-1)[..., 0] * (1 - label_smoothing)
            evenly = ops.mean(scores, axis=-1) * label_smoothing
            nats = ops.logsumexp(scores, axis=-1) - right - evenly
            return ops.sum(nats * real) / ops.maximum(ops.sum(real), 1)

        return cross_entropy

    def generator(self, model):
        """Return the function from encoded input to (pieces (B, K, L) int32, scores (B, K)), best first, that `decode`
        and `answers` take: the model reads its input once and writes by beam search."""
        import keras

        from zoo.layers.beam_search import generate

        decoder = model.get_layer("head_decoder")
        given = {x.name: x for x in model.inputs if x.name != "previous"}
        reader = keras.Model(given, decoder.input[:2])

        def write(numbers):
            memory, real = reader({name: numbers[name] for name in given}, training=False)
            return generate(decoder, memory, real, mark=pieces.MARK, longest=self.max_pieces, beams=self.beams,
                            length_penalty=self.length_penalty)

        return write

    def quick(self):
        """Return the domain that writes greedily, for validation after each epoch."""
        return replace(self, beams=1)

    def decode(self, found, numbers=None):
        """Return ``{"text": (B,) string, "candidates": (B, K) string, "scores": (B, K)}``, best first; a score is the
        text's log-probability / length ** length_penalty."""
        import tensorflow as tf

        ids, scores = found
        spelt = tf.strings.reduce_join(tf.gather(tf.constant(pieces.spelling(self.pieces)), ids), -1)
        whole = tf.strings.unicode_transcode(spelt, "UTF-8", "UTF-8", errors="replace")
        texts = tf.strings.strip(tf.strings.regex_replace(whole, f"( |{pieces.SPACE})+", " "))
        return {"text": texts[:, 0], "candidates": texts, "scores": scores}

    def answers(self, found, numbers=None):
        """Return B arrays of numbers of pieces and B probabilities, the mean of a piece, for scoring."""
        import numpy as np

        ids, scores = (np.asarray(x) for x in found)
        return [row[row > 0] for row in ids[:, 0]], list(np.exp(scores[:, 0]))

    def texts(self, rows):
        """Return the texts of N arrays of numbers."""
        table = pieces.spelling(self.pieces)
        return [pieces.joined(row, table) for row in rows]

    def tally(self, examples):
        """Return what guesses remember of training examples: (numbers of words, numbers of pieces) of each."""
        return [(numbers.get("words"), targets[targets > pieces.MARK]) for numbers, targets in examples]

    def guesses(self, truth, tally, rng, examples):
        """Return {"chance", "majority"}: a training text at random, and the most frequent one; for words that are read
        also {"nearest", "word_by_word"}: that of the most similar input, and the likeliest piece for each word.

        Args:
            truth: N arrays of numbers.
            tally: what `tally` gave for the training part.
            rng: a `numpy.random.Generator`.
            examples: the (numbers, targets) that are guessed, N.
        """
        words = tally[0][0] is not None
        return retrieving.guesses(truth, tally, rng, [numbers["words"] for numbers, _ in examples] if words else None)

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold."""
        return {"text": row["text"].decode("utf-8", "replace"),
                "candidates": [text.decode("utf-8", "replace") for text in row["candidates"]],
                "scores": [round(float(x), 6) for x in row["scores"]]}

    def shown(self, answer, top=None):
        """Return what `said` gave as a line for people."""
        return f"{answer['input']} → {answer['text']}"

    def classes(self, y):
        """Return the characters or words of a raw value, for counting."""
        words = y.decode("utf-8", "replace").split()
        return list("".join(words)) if self.unit == "character" else words

    def counts(self, truth, answers, probabilities=None):
        """Return what the metrics sum over texts (N, C), for N arrays of numbers each."""
        return judging.counts(self.judged_as, self.texts(answers), self.texts(truth), self.tokenize)

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, C) over n texts."""
        return judging.scores_of(self.judged_as, sums, n, self.tokenize)

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for a raw value that is empty, no UTF-8, or longer than can be written."""
        try:
            text = y.decode("utf-8")
        except UnicodeDecodeError:
            yield f"{y[:40]!r}", "text in UTF-8", "convert the file to UTF-8"
            return
        if not text.strip():
            yield "an empty text", "at least one character", "fill it in or leave the example out"
        unit = "word" if self.unit == "subword" else self.unit  # a word has one subword or more
        size = len(y) if unit == "byte" else len(pieces.split(text, unit))
        if size >= self.max_pieces:
            yield (f"a text of {size} {unit}s", f"fewer than max_pieces={self.max_pieces}",
                   "shorten it, leave it out, or raise --set max_pieces")

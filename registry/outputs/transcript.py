"""The output domain `text` in the form `transcript`: what was said, in the order of the input, by CTC.

Shapes: B batch, T frames, L characters, V characters and the blank, K beams.
"""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.errors import UserError
from registry.outputs import judging
from registry.outputs.label import names_encoder

SPACE, UNKNOWN = " ", "�"
MOST = 300  # characters or words whose pairs are kept in a run's settings


@dataclass(frozen=True)
class Transcript:
    """A text whose parts come in the order of the input. A raw value is one string; a run of spaces counts as one.

    Args:
        alphabet: what texts are made of: characters, or words where `unit` is "word"; learned from the training answers
            where it is empty.
        unit: "character" or "word".
        beams: texts followed at a time by prefix beam search, K; 1 takes the likeliest character of each frame.
        language: weight of a language model in beam search, which knows what follows what in the training answers.
        bonus: for each character or word in beam search with a language model, which likes short texts.
        bigrams: log-probability of each character or word (from 1) after each (0 is the beginning), learned from the
            training answers, for no more than MOST.
    """

    name: ClassVar[str] = "text"
    form: ClassVar[str] = "transcript"
    ragged: ClassVar[bool] = True
    metrics: ClassVar[tuple] = ("wer", "cer", "string_error")
    positive: ClassVar[tuple] = ("beams",)
    choices: ClassVar[dict] = {"unit": ("character", "word")}
    answering: ClassVar[tuple] = ("beams", "language", "bonus")

    alphabet: tuple = tuple(" 'abcdefghijklmnopqrstuvwxyz")
    unit: str = "character"
    beams: int = 1
    language: float = 0.0
    bonus: float = 0.0
    bigrams: tuple = ()

    @property
    def class_is(self):
        return self.unit

    @property
    def head_is(self):
        return f"a score for each {self.unit}, and for none, at each frame"

    @property
    def decode_is(self):
        way = "prefix beam search" if self.beams > 1 else "the likeliest of each frame"
        way += " with a language model" if self._models else ""
        return f"{way}, repeats and blanks taken out"

    @property
    def num_kinds(self):
        return min(5, len(self.alphabet) or 5)

    @property
    def needs_adapting(self):
        return not self.alphabet or not self.bigrams

    @property
    def _models(self):
        return self.beams > 1 and self.language and self.bigrams

    def adapt(self, values):
        """Return the domain with the alphabet of the raw training texts, and what follows what in them."""
        from zoo.layers.ctc_search import bigrams_of

        texts = [self._parts(y.decode("utf-8", "replace")) for y in values]
        alphabet = self.alphabet or tuple(sorted({part for text in texts for part in text}))
        number = {part: i for i, part in enumerate(alphabet, 1)}
        known = [[number[part] for part in text if part in number] for text in texts]
        learned = bigrams_of(known, 1 + len(alphabet)).round(4).tolist() if len(alphabet) <= MOST else ()
        return replace(self, alphabet=alphabet, bigrams=tuple(map(tuple, learned)))

    def _parts(self, text):
        words = text.split()
        return words if self.unit == "word" else list(SPACE.join(words))

    def sample(self, kinds):
        """Return the text of synthetic kinds (T,) of frames: a character or word for each stretch of one kind."""
        import numpy as np

        kinds = np.ravel(kinds)
        kept = kinds[np.append(True, kinds[1:] != kinds[:-1])]
        names = [name for name in self.alphabet or Transcript.alphabet if name.strip()]
        return (SPACE if self.unit == "word" else "").join(names[kind % len(names)] for kind in kept).encode()

    def targets_encoder(self):
        """Return the function from raw texts (B,) to numbers (B, L) int32 from 1; -1 is padding, -2 unknown."""
        import tensorflow as tf

        table = names_encoder(self.alphabet)

        def encode(raw):
            words = tf.strings.split(tf.strings.strip(raw))
            parts = words if self.unit == "word" else tf.strings.unicode_split(
                tf.strings.reduce_join(words, -1, separator=SPACE), "UTF-8")
            numbers = table(parts.to_tensor(""))
            return tf.where(parts.to_tensor("") == "", -1, tf.where(numbers < 0, -2, numbers + 1))

        encode.table = table.table
        return encode

    def head(self, features, pool=None):
        """Return log-probabilities (B, T, V) float32 for features (B, T, D), the blank's first; padding is blank."""
        from keras import layers

        from zoo.layers.ctc import BlankWhereNothingIs

        x = layers.Dense(1 + len(self.alphabet), dtype="float32", name="head_characters")(features)
        return BlankWhereNothingIs(dtype="float32", name="head_scores")(x)

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B, L) and scores (B, T, V): nats for each character."""
        from keras import ops

        from zoo.layers import ctc

        def connectionist(targets, scores):
            return ops.sum(ctc.nats(targets, scores)) / ops.maximum(connectionist.units(targets), 1)

        connectionist.units = lambda targets: ops.sum(ops.cast(targets > 0, "float32"))
        return connectionist

    def quick(self):
        """Return the domain that takes the likeliest of each frame, for validation after each epoch."""
        return replace(self, beams=1, language=0.0)

    def found(self, scores):
        """Return the best text as numbers (B, L) int32 from 1, -1 at padding, and its log-probability (B,)."""
        import numpy as np
        import tensorflow as tf

        if self.language and not self._models:
            raise UserError(f"received language={self.language:g} with beams={self.beams} and {len(self.bigrams)} "
                            f"kinds of pairs: a language model takes part in beam search, of no more than {MOST} "
                            f"characters or words. Set beams too, such as beams=8, or leave out language.")
        if self._models:
            from zoo.layers.ctc_search import search

            texts, sure = search(scores, self.beams, np.array(self.bigrams, "float32"), self.language, self.bonus)
            return texts[:, 0] - tf.cast(texts[:, 0] == 0, tf.int32), sure[:, 0]
        blank_last = tf.transpose(tf.roll(tf.convert_to_tensor(scores), -1, axis=2), (1, 0, 2))
        frames = tf.fill((tf.shape(scores)[0],), tf.shape(scores)[1])
        if self.beams > 1:
            paths, sure = tf.nn.ctc_beam_search_decoder(blank_last, frames, beam_width=self.beams, top_paths=1)
            return self._dense(paths[0]), sure[:, 0]
        paths, unsure = tf.nn.ctc_greedy_decoder(blank_last, frames)
        return self._dense(paths[0]), -unsure[:, 0]

    def _dense(self, path):
        import tensorflow as tf

        return tf.cast(tf.sparse.to_dense(path, default_value=-2), tf.int32) + 1

    def decode(self, scores, numbers=None):
        """Return ``{"text": (B,) string, "probability": (B,)}`` for scores (B, T, V)."""
        import tensorflow as tf

        ids, sure = self.found(scores)
        parts = tf.gather(tf.constant(("", *self.alphabet)), tf.maximum(ids, 0))
        if self.unit == "word":
            text = tf.strings.strip(tf.strings.reduce_join(parts, -1, separator=SPACE))
        else:
            text = tf.strings.strip(tf.strings.regex_replace(tf.strings.reduce_join(parts, -1), " +", SPACE))
        return {"text": text, "probability": tf.exp(sure)}

    def answers(self, scores, numbers=None):
        """Return B arrays of numbers of characters and B probabilities, for scoring."""
        import numpy as np

        ids, sure = (np.asarray(x) for x in self.found(scores))
        return [row[row > 0] for row in ids], list(np.exp(sure))

    def texts(self, rows):
        """Return the texts of N arrays of numbers; what the alphabet lacks is "�", which no answer matches."""
        joint = SPACE if self.unit == "word" else ""
        return [SPACE.join(joint.join(self.alphabet[i - 1] if i > 0 else UNKNOWN for i in row if i != -1).split())
                for row in rows]

    def tally(self, examples):
        """Return the texts of training examples, arrays of numbers."""
        return [targets[targets > 0] for _, targets in examples]

    def guesses(self, truth, tally, rng, examples=()):
        """Return {"chance", "majority"}: a training text at random, and the most frequent one.

        Args:
            truth: N arrays of numbers.
            tally: what `tally` gave for the training part.
            rng: a `numpy.random.Generator`.
            examples: the examples that are guessed; not looked at.
        """
        from collections import Counter

        often = Counter(row.tobytes() for row in tally).most_common(1)[0][0]
        majority = next(row for row in tally if row.tobytes() == often)
        return {"chance": ([tally[i] for i in rng.integers(len(tally), size=len(truth))], None),
                "majority": ([majority] * len(truth), None)}

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold."""
        return {"text": row["text"].decode("utf-8", "replace"), "probability": round(float(row["probability"]), 6)}

    def shown(self, answer, top=None):
        """Return what `said` gave as a line for people."""
        return f"{answer['input']}: {answer['text']}"

    def classes(self, y):
        """Return the characters or words of a raw value, for counting."""
        return self._parts(y.decode("utf-8", "replace"))

    def counts(self, truth, answers, probabilities=None):
        """Return what the metrics sum over texts (N, 5), for N arrays of numbers each."""
        return judging.spoken_counts(self.texts(answers), self.texts(truth))

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, 5) over n texts."""
        return judging.spoken_scores(sums, n)

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for a raw value that is empty, no UTF-8, has characters beyond the alphabet, or
        is longer than the sound allows."""
        try:
            parts = self._parts(y.decode("utf-8"))
        except UnicodeDecodeError:
            yield f"{y[:40]!r}", "text in UTF-8", "convert the file to UTF-8"
            return
        if not parts:
            yield "an empty text", "at least one character", "fill it in or leave the example out"
        unknown = sorted(set(parts) - set(self.alphabet)) if self.alphabet else []
        if unknown:
            shown = ", ".join(map(repr, unknown[:5]))
            yield f"{shown} in {' '.join(y.decode().split())[:40]!r}", "what the alphabet holds", \
                "spell it otherwise, or add it to the alphabet"
        frames = len(parts) + sum(a == b for a, b in zip(parts, parts[1:]))
        if length is not None and frames > length:
            yield (f"{len(parts)} {self.unit}s over {length} frames", f"at least {frames} frames",
                   "is it the right recording? Leave the example out")

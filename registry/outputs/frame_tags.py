"""The output domain `tags` in the form `frames`: a name for each frame of a sound. Shapes: B batch, T frames, K names.
"""
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from registry.outputs import judging, spans
from registry.outputs.tags import Tags

PHONES = ("_", "a", "e", "i", "o", "u", "b", "d", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z")


@dataclass(frozen=True)
class FrameTags:
    """One of `names` for each frame. A raw value is an array of T strings; frames of one name in a row are a segment.

    Args:
        names: the K names, in the order of the scores; learned from the training answers where empty.
        silence: the name of what is no segment when segments are compared.
    """

    name: ClassVar[str] = "tags"
    form: ClassVar[str] = "frames"
    each: ClassVar[str] = "frames"
    head_is: ClassVar[str] = "one score for each frame and name"
    decode_is: ClassVar[str] = "the best name of each frame"
    ragged: ClassVar[bool] = True
    metrics: ClassVar[tuple] = ("frame_error", "segment_error")

    names: tuple = PHONES
    silence: str = "_"

    @property
    def num_kinds(self):
        return min(5, len(self.names) or 5)

    @property
    def needs_adapting(self):
        return not self.names

    def adapt(self, values):
        """Return the domain with the names in the raw training answers."""
        return FrameTags(tuple(sorted({name for y in values for name in self.classes(y)})), self.silence)

    @property
    def _tags(self):
        return Tags(names=self.names)

    def sample(self, kinds):
        """Return the names (T,) of synthetic kinds (T,) of frames."""
        return Tags(names=self.names or PHONES).sample(kinds)

    def targets_encoder(self):
        """Return the function from raw names (B, T), padded with "", to numbers int32: -1 padding, -2 unknown."""
        return self._tags.targets_encoder()

    def head(self, features, pool=None):
        """Return scores (B, T, K) float32 for features (B, T, D)."""
        return self._tags.head(features)

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B, T) and scores (B, T, K): nats for each real frame."""
        return self._tags.loss(label_smoothing)

    def decode(self, scores, numbers):
        """Return ``{"tags": (B, T) string, "probabilities": (B, T)}``, "" and 0 at padding."""
        return self._tags.decode(scores, {"words": numbers["frames"]})

    def answers(self, scores, numbers):
        """Return B arrays of numbers (T,) int and B of probabilities (T,), without padding, for scoring."""
        import tensorflow as tf

        return self._tags.answers(scores, {"words": tf.convert_to_tensor(numbers["frames"])})

    def tally(self, examples):
        """Return how often each name stands in the targets of examples (numbers, targets), (K,)."""
        return self._tags.tally(examples)

    def guesses(self, truth, tally, rng, examples=()):
        """Return {"chance", "majority"}: answers without looking at the input; see `Tags.guesses`."""
        return self._tags.guesses(truth, tally, rng)

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold: segments with begin and end in seconds."""
        step = float(row["frame_seconds"])
        tags = [tag.decode() for tag in row["tags"] if tag]
        return {"segments": [{"tag": tag, "begin": round(a * step, 3), "end": round(b * step, 3),
                              "probability": round(float(row["probabilities"][a:b].mean()), 4)}
                             for tag, a, b in spans.stretches(tags)]}

    def shown(self, answer, top=None):
        """Return what `said` gave as a line for people."""
        return f"{answer['input']}: " + "  ".join(f"{one['begin']:.2f} {one['tag']}" for one in answer["segments"])

    def classes(self, y):
        """Return the names in a raw value, for counting."""
        return self._tags.classes(y)

    def counts(self, truth, answers, probabilities=None):
        """Return what the metrics sum over sounds (N, 4): wrong frames, frames, edits of segments, segments.

        Args:
            truth, answers: lists of N arrays (T,) of numbers, without padding.
        """
        import numpy as np

        rows = []
        for t, a in zip(truth, answers):
            said, true = self._spoken(a), self._spoken(t)
            rows.append((np.sum(t != a), len(t), judging.edits(said, true), len(true)))
        return np.array(rows, "float32").reshape(-1, 4)

    def _spoken(self, numbers):
        """Return the names of the segments but silence, each as one word."""
        names = (self.names[i] if i >= 0 else "�" for i, _ in groupby(numbers))
        return [name.replace(" ", "-") for name in names if name != self.silence]

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, 4): the share of wrong frames, and edits over segments."""
        import numpy as np

        return {"frame_error": sums[..., 0] / np.maximum(sums[..., 1], 1),
                "segment_error": sums[..., 2] / np.maximum(sums[..., 3], 1)}

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for raw names that are not as many as the frames, or unknown."""
        names = self.classes(y)
        if length is not None and length != len(names):
            yield f"{length} frames and {len(names)} tags", "as many tags as frames", "give each frame one tag"
        unknown = sorted(set(names) - set(self.names)) if self.names else []
        if unknown:
            shown = ", ".join(map(repr, unknown[:5]))
            yield f"tag {shown}", f"one of {', '.join(self.names[:20])}", "correct the tag, or leave the example out"

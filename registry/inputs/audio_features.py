"""The input domain `audio` in the form `features`: what others have computed of a sound, frame by frame.

Shapes: B batch, T frames, D features.
"""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.inputs.standardising import levelled, standardised

ADAPT_ON = 1000  # sounds are enough to learn means from
SCALES = {"orthonormal": None, "sphinx": (1.0, 2.0)}  # of coefficients, where they are turned back


@dataclass(frozen=True)
class AudioFeatures:
    """Features of a sound, float32 (T, D), such as cepstral coefficients. Frames of zeros at the end do not count.

    Args:
        num_features: of each frame, D.
        step_ms: the time from one frame to the next, milliseconds.
        standardise: "training" (by the mean and deviation of each feature over the training part) or "each" (its own).
        mean, std: of each feature, learned from the training part where empty.
        mels: take the features for cepstral coefficients and turn them back into so many log-mel energies, in which
            convolutions find neighbours; 0 takes them as they are.
        transform: the cosine transform that made the coefficients, "orthonormal" or "sphinx", CMU Sphinx's.
        decibels: of log-mel energies, from the largest of a sound to the smallest, as in `Audio`; 0 leaves them.
        differences: add their first and second differences in time.
        speed: largest random change of speed while training, as a fraction.
        warp: largest random stretch of the log-mel energies along frequency while training, as a fraction.
        hide_features: largest number of neighbouring features hidden at random while training.
        hide_time: largest share of the time hidden at random while training.
    """

    name: ClassVar[str] = "audio"
    form: ClassVar[str] = "features"
    gives: ClassVar[str] = "sequence"
    length_is: ClassVar[str] = "frames"
    longest: ClassVar[int] = 6000
    handmade_is: ClassVar[dict] = {"frames": "the features and their differences, standardised over each sound"}
    encode_is: ClassVar[str] = "the features as they are, and which frames are real"
    positive: ClassVar[tuple] = ("num_features", "step_ms")
    choices: ClassVar[dict] = {"standardise": ("training", "each"), "transform": ("orthonormal", "sphinx")}

    num_features: int = 13
    step_ms: float = 10.0
    standardise: str = "each"
    mean: tuple = ()
    std: tuple = ()
    mels: int = 0
    transform: str = "orthonormal"
    decibels: float = 0.0
    differences: bool = True
    speed: float = 0.0
    warp: float = 0.0
    hide_features: int = 0
    hide_time: float = 0.0

    @property
    def stem_is(self):
        energies = "log-mel energies of the features" if self.mels else "features"
        energies += ", counted from the loudest" if self.mels and self.decibels else ""
        return energies + (" and their differences" if self.differences else "") + ", standardised"

    @property
    def frame_seconds(self):
        return self.step_ms / 1000

    @property
    def needs_adapting(self):
        return self.standardise == "training" and not self.mean

    def adapt(self, values):
        """Return the domain with mean and deviation of each feature over at most ADAPT_ON raw values."""
        import itertools

        import numpy as np

        features = (np.asarray(self._features(x[None]))[0] for x in itertools.islice(values, ADAPT_ON))
        frames = np.concatenate(list(features)).astype("float64")
        return replace(self, mean=tuple(frames.mean(0).round(5).tolist()),
                       std=tuple(frames.std(0).clip(1e-3).round(5).tolist()))

    def _features(self, x):
        """Return features (B, T, D) as they are, or the log-mel energies (B, T, M) that they are made of."""
        from zoo.layers.spectral import MelOfCepstra

        if not self.mels:
            return x
        return levelled(MelOfCepstra(self.mels, SCALES[self.transform], name="stem_mels")(x), self.decibels)

    def encoder(self):
        """Return the function from raw features (B, T, D) float32, padded with 0, to ``{"features": (B, T, D),
        "frames": (B, T) int32}``, the latter 1 where a frame is real."""
        import tensorflow as tf

        def encode(raw):
            place = tf.range(1, tf.shape(raw)[1] + 1)
            heard = tf.reduce_max(tf.where(tf.reduce_any(raw != 0, 2), place, 1), 1, keepdims=True)
            longest = tf.reduce_max(heard)
            return {"features": tf.ensure_shape(raw, (None, None, self.num_features))[:, :longest],
                    "frames": tf.cast(place <= heard, tf.int32)[:, :longest]}

        return encode

    def raw_specs(self):
        """Return what an exported model takes: endpoint name → `tf.TensorSpec`."""
        import tensorflow as tf

        return {"serve": tf.TensorSpec((None, None, self.num_features), tf.float32, name="features")}

    def shown(self, raw):
        """Return what an answer says of its raw value: the seconds from one frame to the next, (B,)."""
        import tensorflow as tf

        return {"frame_seconds": tf.fill(tf.shape(raw)[:1], self.frame_seconds)}

    def tensors(self):
        """Return the model's inputs, ``{"features": (B, T, D) float32, "frames": (B, T) int32}``."""
        import keras

        return {"features": keras.Input((None, self.num_features), name="features"),
                "frames": keras.Input((None,), dtype="int32", name="frames")}

    def stem(self, numbers):
        """Return standardised features (B, T, D), or log-mel energies, with differences three times as many; masked,
        parts hidden in training."""
        from zoo.layers.spectral import Differences, Masked
        from zoo.layers.vary_audio import SpecAugment, VaryFrames, WarpBands

        x, real = numbers["features"], numbers["frames"]
        if self.speed:
            x, real = VaryFrames(self.speed, name="stem_speed")([x, real])
        x = self._features(Masked(name="stem_mask")([x, real]))
        if self.mels and self.warp:
            x = WarpBands(self.warp, name="stem_warp")(x)
        size = self.mels or self.num_features
        x = standardised(x, self.standardise, self.mean or (0.0,) * size, self.std or (1.0,) * size)
        if self.hide_features or self.hide_time:
            x = SpecAugment(self.hide_features, self.hide_time, name="stem_hide")(x)
        return Differences(name="stem_differences")(x) if self.differences else x

    def handmade(self, numbers, kind):
        """Return the features with their differences (B, T, 3D), standardised over each sound."""
        from zoo.layers.spectral import Differences, Masked
        from zoo.layers.statistics import StandardiseEach

        x = Masked(name="stem_mask")([numbers["features"], numbers["frames"]])
        return Differences(name="stem_differences")(StandardiseEach(name="stem_standardise")(x))

    def length(self, x):
        """Return how many frames a raw value has, up to the last that is not all 0."""
        import numpy as np

        return int(np.flatnonzero(np.any(x, 1)).max(initial=0) + 1)

    def problems(self, x):
        """Yield (found, expected, fix) for a raw value that is no features of a sound."""
        import numpy as np

        if getattr(x, "ndim", 0) != 2 or x.shape[1] != self.num_features:
            yield (f"shape {getattr(x, 'shape', type(x).__name__)}", f"(frames, {self.num_features})",
                   "compute the same features for each sound")
        elif not len(x):
            yield "no frames", "one or more", "leave the recording out"
        elif not np.isfinite(x).all():
            yield f"{x[~np.isfinite(x)][0]} among the features", "finite numbers", "compute them again"
        elif not np.any(x):
            yield "zeros only", "features of a sound", "leave the recording out"

    def sample(self, rng, n, num_kinds):
        """Return `n` values of one to three patterns in time, and the kind of each frame."""
        import numpy as np

        patterns = np.random.default_rng(0).normal(size=(num_kinds, self.num_features))
        kinds = [np.repeat(row, rng.integers(6, 12, size=len(row)))
                 for row in (rng.integers(num_kinds, size=rng.integers(1, 4)) for _ in range(n))]
        return [(patterns[row] + 0.3 * rng.normal(size=(len(row), self.num_features))).astype("float32")
                for row in kinds], kinds

"""The input domain `audio`: a sound of any length, as samples in time.

Shapes: B batch, N samples, T frames, S samples from one frame to the next, M mel bands.
"""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.inputs.standardising import levelled, standardised

ADAPT_ON = 1000  # sounds are enough to learn means from
SHORTEST = 0.01  # seconds
LOUDEST = 1.5  # full scale is 1


@dataclass(frozen=True)
class Audio:
    """A sound, float32 (N,) at `rate` samples a second, one channel, between -1 and 1. Digital silence at its end does
    not count, so that sounds padded with zeros are what they were.

    Args:
        rate: samples a second. Files of other rates are resampled when they are read.
        num_mels: energies of each frame, M.
        window_ms, step_ms: length of a frame's window and the time from one to the next, milliseconds.
        low, high: Hz of the first and the last band; high 0 is half the rate.
        bands: "mel" (by hand) or "learned" (from samples, beginning as the mel bands).
        decibels: from the loudest band and frame of a sound to the quietest: the loudest becomes 0, and what is below
            this counts as this, so that recordings and rooms are alike; 0 leaves energies as they are.
        standardise: "training" (by the mean and deviation of each band over the training part) or "each" (its own).
        mean, std: of each band, learned from the training part where empty.
        seconds: what image networks see: longer sounds are cut, shorter ones surrounded by silence; 0 learns it.
        speed: largest random change of speed while training, as a fraction.
        noise: largest random white noise while training, in relation to the sound.
        warp: largest random stretch along frequency while training, as a fraction: other throats.
        hide_bands: largest number of neighbouring bands hidden at random while training.
        hide_time: largest share of the time hidden at random while training.
    """

    name: ClassVar[str] = "audio"
    gives: ClassVar[str] = "sequence"
    also_gives: ClassVar[tuple] = ("grid",)
    length_is: ClassVar[str] = "frames"
    longest: ClassVar[int] = 6000
    handmade_is: ClassVar[dict] = {"vector": "means of MFCCs in eight parts, random waves of them: a Gaussian kernel",
                                   "frames": "MFCCs and their differences, standardised over each sound"}
    encode_is: ClassVar[str] = "samples in 16 bits, in blocks of one frame"
    positive: ClassVar[tuple] = ("rate", "num_mels", "window_ms", "step_ms")
    choices: ClassVar[dict] = {"bands": ("mel", "learned"), "standardise": ("training", "each")}

    rate: int = 16_000
    num_mels: int = 40
    window_ms: float = 25.0
    step_ms: float = 10.0
    low: float = 20.0
    high: float = 0.0
    bands: str = "mel"
    decibels: float = 0.0
    standardise: str = "training"
    mean: tuple = ()
    std: tuple = ()
    seconds: float = 0.0
    speed: float = 0.0
    noise: float = 0.0
    warp: float = 0.0
    hide_bands: int = 0
    hide_time: float = 0.0

    @property
    def stem_is(self):
        energies = "log energies of learned filters" if self.bands == "learned" else "log-mel energies"
        levels = ", counted from the loudest" if self.decibels else ""
        return f"{energies}{levels}, standardised; varied at random while training"

    @property
    def step(self):
        return max(1, round(self.rate * self.step_ms / 1000))

    @property
    def frame_seconds(self):
        return self.step / self.rate

    @property
    def window(self):
        return max(self.step, round(self.rate * self.window_ms / 1000))

    @property
    def needs_adapting(self):
        return not self.mean or not self.seconds

    def adapt(self, values):
        """Return the domain with mean and deviation of each band, and the seconds that all but one in a hundred last,
        of at most ADAPT_ON raw sounds."""
        import itertools

        import numpy as np
        import tensorflow as tf

        energies, encode = self._energies(), self.encoder()

        @tf.function(input_signature=[tf.TensorSpec((1, None))])
        def features(sound):
            numbers = encode(sound)
            return levelled(energies([numbers["samples"] / 32767, numbers["frames"]]), self.decibels)[0]

        sums, lengths = [], []
        for x in itertools.islice(values, ADAPT_ON):
            found = features(x[None]).numpy().astype("float64")
            sums.append([np.full(self.num_mels, len(found)), found.sum(0), np.square(found).sum(0)])
            lengths.append(len(x) / self.rate)
        count, total, square = np.sum(sums, 0)
        std = np.sqrt(np.maximum(square / count - (total / count) ** 2, 1e-6))
        learned = {"mean": tuple((total / count).round(5).tolist()), "std": tuple(std.round(5).tolist())}
        return replace(self, seconds=self.seconds or round(float(np.quantile(lengths, 0.99)), 2),
                       **({} if self.mean else learned))

    def _energies(self):
        """Return the layer from samples (B, T, S) and what is real (B, T) to log energies (B, T, M)."""
        from zoo.layers.learned_filters import LearnedFilters

        if self.bands == "mel":
            return mel(self)
        return LearnedFilters(self.rate, self.window, self.num_mels, self.low, self.high or self.rate / 2,
                              name="stem_energies")

    def encoder(self):
        """Return the function from raw sounds (B, N) float32, padded with 0, to ``{"samples": (B, T, S) int16,
        "frames": (B, T) int32}``, the latter 1 where a frame is real."""
        import tensorflow as tf

        step = self.step

        def encode(sounds):
            size = tf.shape(sounds)[1]
            frames = tf.maximum(-(-size // step), 1)
            heard = tf.reduce_max(tf.where(sounds != 0, tf.range(1, size + 1), 1), 1, keepdims=True)
            samples = tf.cast(tf.round(tf.clip_by_value(sounds, -1, 1) * 32767), tf.int16)
            samples = tf.pad(samples, ((0, 0), (0, frames * step - size)))
            real = tf.range(frames) * step < heard
            longest = tf.reduce_max(tf.reduce_sum(tf.cast(real, tf.int32), 1))
            blocks = tf.reshape(samples, (-1, frames, step))
            return {"samples": tf.ensure_shape(blocks[:, :longest], (None, None, step)),
                    "frames": tf.cast(real[:, :longest], tf.int32)}

        return encode

    def raw_specs(self):
        """Return what an exported model takes: endpoint name → `tf.TensorSpec`."""
        import tensorflow as tf

        return {"serve": tf.TensorSpec((None, None), tf.float32, name="sound")}

    def shown(self, raw):
        """Return what an answer says of its raw value: the seconds from one frame to the next, (B,)."""
        import tensorflow as tf

        return {"frame_seconds": tf.fill(tf.shape(raw)[:1], self.frame_seconds)}

    def tensors(self):
        """Return the model's inputs, ``{"samples": (B, T, S) int16, "frames": (B, T) int32}``."""
        import keras

        return {"samples": keras.Input((None, self.step), dtype="int16", name="samples"),
                "frames": keras.Input((None,), dtype="int32", name="frames")}

    def stem(self, numbers):
        """Return standardised log energies (B, T, M), masked, varied at random while training."""
        from keras import layers

        from zoo.layers.vary_audio import SpecAugment, VaryWave, WarpBands

        samples = layers.Rescaling(1 / 32767, dtype="float32", name="stem_scale")(numbers["samples"])
        frames = numbers["frames"]
        if self.speed or self.noise:
            samples, frames = VaryWave(self.speed, self.noise, name="stem_vary")([samples, frames])
        x = levelled(self._energies()([samples, frames]), self.decibels)
        if self.warp:
            x = WarpBands(self.warp, name="stem_warp")(x)
        x = standardised(x, self.standardise, self.mean or (-8.0,) * self.num_mels, self.std or (4.0,) * self.num_mels)
        if self.hide_bands or self.hide_time:
            x = SpecAugment(self.hide_bands, self.hide_time, name="stem_hide")(x)
        return x

    def reshaped(self, features, kind):
        """Return features (B, T, M) as a grid (B, T', M, 1) of `seconds`."""
        from zoo.layers.vary_audio import OneLength

        return OneLength(max(1, round((self.seconds or 1.0) * self.rate / self.step)), name="stem_grid")(features)

    def handmade(self, numbers, kind):
        """Return features of mel-frequency cepstral coefficients: "frames" (B, T, 39) with their differences,
        standardised over each sound; or a "vector" (B, 4096), random waves of their means in eight parts, which are
        standardised over the training part."""
        from keras import layers

        from zoo.layers.random_features import RandomFeatures
        from zoo.layers.spectral import Cepstra
        from zoo.layers.statistics import PartMeans, Standardise, StandardiseEach

        samples = layers.Rescaling(1 / 32767, dtype="float32", name="stem_scale")(numbers["samples"])
        energies = levelled(mel(self)([samples, numbers["frames"]]), self.decibels)
        x = Cepstra(differences=kind == "frames", name="stem_cepstra")(energies)
        if kind == "frames":
            return StandardiseEach(name="stem_standardise")(x)
        x = Standardise(name="stem_standardise")(PartMeans(name="stem_means")(x))
        return RandomFeatures(name="stem_waves")(x)

    def length(self, x):
        """Return how many frames a raw value has, up to its last sample that is not 0."""
        import numpy as np

        return -(-int(np.flatnonzero(x).max(initial=0) + 1) // self.step)

    def problems(self, x):
        """Yield (found, expected, fix) for a raw value that is no sound."""
        import numpy as np

        if getattr(x, "ndim", 0) != 1:
            yield f"shape {getattr(x, 'shape', type(x).__name__)}", "(samples,)", "give one channel"
        elif len(x) < SHORTEST * self.rate:
            yield (f"{len(x)} samples", f"at least {SHORTEST:g} s at {self.rate} samples a second",
                   "leave the recording out")
        elif not np.isfinite(x).all():
            yield f"{x[np.argmin(np.isfinite(x))]} among the samples", "finite numbers", "record it again"
        elif not np.any(x):
            yield "silence only", "a sound", "leave the recording out"
        elif abs(x).max() > LOUDEST:
            yield f"a sample of {abs(x).max():g}", "samples between -1 and 1", "divide by the largest value"

    def sample(self, rng, n, num_kinds):
        """Return `n` sounds of one to three tones, and the kind of each frame, told by the tone's frequency."""
        import numpy as np

        tones = [rng.integers(num_kinds, size=rng.integers(1, 4)) for _ in range(n)]
        kinds = [np.repeat(t, rng.integers(6, 12, size=len(t))) for t in tones]
        sounds = []
        for row in kinds:
            frequency = 200 * (self.rate / 2 / 250) ** ((np.repeat(row, self.step) + 0.5) / num_kinds)
            wave = np.sin(np.cumsum(2 * np.pi * frequency / self.rate))
            sounds.append((0.3 * wave + 0.01 * rng.normal(size=len(wave))).astype("float32"))
        return sounds, kinds


def mel(domain):
    """Return the layer from samples (B, T, S), -1 to 1, and what is real (B, T) to log-mel energies (B, T, M)."""
    from zoo.layers.spectral import LogMel

    return LogMel(domain.rate, domain.window, domain.num_mels, domain.low, domain.high or domain.rate / 2,
                  name="stem_energies")

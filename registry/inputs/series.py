"""The input domain `series`: the last steps of something that is measured again and again.

Shapes: B batch, T steps of the past, C channels.
"""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.moments import moments, rescaling


@dataclass(frozen=True)
class Series:
    """A window of the past, float32 (T, C): C channels measured at the same times, equally far apart, the oldest first.
    Of a longer one the last T steps count.

    Args:
        past: steps that are looked at, T.
        num_channels: numbers measured at each step, C.
        names: the channels' names, for messages and reports.
        mean, std: of each channel over the training part, learned where empty. A constant channel becomes 0.
        each: what is taken out of each window besides, and put back into forecasts of the same channels: "nothing",
            "last" (its last value, as NLinear does) or "standard" (its mean and deviation: reversible instance
            normalisation, Kim et al. 2022, https://openreview.net/forum?id=cGDAkQo1C0p).
        season: steps after which it is much the same again, such as 24 hours, for the seasonal naive guess; 0 is none.
    """

    name: ClassVar[str] = "series"
    gives: ClassVar[str] = "sequence"
    also_gives: ClassVar[tuple] = ("vector", "channels")
    handmade_is: ClassVar[dict] = {"channels": "each channel by itself, standardised",
                                   "vector": "last value, mean, deviation, least, most and slope of each channel"}
    encode_is: ClassVar[str] = "numbers as they are"
    positive: ClassVar[tuple] = ("past", "num_channels")
    choices: ClassVar[dict] = {"each": ("nothing", "last", "standard")}
    repeats: ClassVar[bool] = True  # what is measured may stand still
    overlapping: ClassVar[str] = "a series, whose windows overlap"

    past: int = 96
    num_channels: int = 3
    names: tuple = ()
    mean: tuple = ()
    std: tuple = ()
    each: str = "nothing"
    season: int = 0

    @property
    def stem_is(self):
        taken = {"nothing": "", "last": "; less the last value of each window",
                 "standard": "; each window of mean 0 and deviation 1"}
        return "standardised by the training part" + taken[self.each]

    @property
    def needs_adapting(self):
        return not self.mean

    def adapt(self, values):
        """Return the domain with mean and deviation of each channel of the raw training values (T, C)."""
        mean, std = moments(values)
        return replace(self, mean=mean, std=std)

    def encoder(self):
        """Return the function from raw windows (B, ≥ T, C) to ``{"series": (B, T, C) float32}``."""
        import tensorflow as tf

        shape = (None, self.past, self.num_channels)
        return lambda rows: {"series": tf.ensure_shape(tf.cast(rows, tf.float32)[:, -self.past:], shape)}

    def raw_specs(self):
        """Return what an exported model takes: T steps or more."""
        import tensorflow as tf

        return {"serve": tf.TensorSpec((None, None, self.num_channels), tf.float32, name="series")}

    def shown(self, raw):
        """Return what an answer repeats of its raw value: nothing."""
        return {}

    def tensors(self):
        """Return the model's inputs, ``{"series": (B, T, C) float32}``."""
        import keras

        return {"series": keras.Input((self.past, self.num_channels), name="series")}

    def _standardised(self, numbers, name):
        mean, std = self.mean or (0.0,) * self.num_channels, self.std or (1.0,) * self.num_channels
        return rescaling(mean, std, dtype="float32", name=name)(numbers["series"])

    def stem(self, numbers):
        """Return the standardised window (B, T, C), less what `each` takes out of it."""
        from zoo.layers.levels import Level, WithoutLevel

        x = self._standardised(numbers, "stem_standardise")
        if self.each == "nothing":
            return x
        return WithoutLevel(name="stem_each")([x, Level(self.each, name="stem_level")(x)])

    def levels(self, numbers):
        """Return what the stem takes out of each window, level and scale (B, 2, C); None where it takes nothing."""
        from zoo.layers.levels import Level

        if self.each == "nothing":
            return None
        return Level(self.each, name="head_level")(self._standardised(numbers, "head_standardise"))

    def reshaped(self, features, kind):
        """Return the window (B, T, C) as a "vector" (B, TC), or as "channels" (B, C, T)."""
        from keras import layers

        return layers.Flatten(name="stem_flat")(features) if kind == "vector" else \
            layers.Permute((2, 1), name="stem_channels")(features)

    def handmade(self, numbers, kind):
        """Return each channel by itself (B, C, T), or a "vector" (B, 6C) of what a window is like as a whole."""
        from keras import layers

        from zoo.layers.statistics import Standardise
        from zoo.layers.windows import Summary

        if kind == "channels":
            return layers.Permute((2, 1), name="stem_channels")(self.stem(numbers))
        x = Summary(name="stem_summary")(self._standardised(numbers, "stem_standardise"))
        return Standardise(name="stem_rescale")(x)

    def guesses(self, outputs, examples):
        """Return {"persistence", "seasonal"}: answers that repeat the last step, or the last season, of each window;
        {} where the output domain answers no channel of the series.

        Args:
            outputs: the output domain; its `repeated` turns steps (N, H, C) into answers, or into None.
            examples: (numbers, targets) of the examples that are guessed.
        """
        import numpy as np

        windows, made = np.stack([numbers["series"] for numbers, _ in examples]), {}
        steps = np.arange(max(getattr(outputs, "future", 1), 1))
        for name, period in (("persistence", 1), ("seasonal", self.season)):
            if 0 < period <= self.past:
                found = outputs.repeated(windows[:, self.past - period + steps % period], self.names)
                made |= {} if found is None else {name: found}
        return made

    def problems(self, x):
        """Yield (found, expected, fix) for a raw value that is no window of finite numbers, or one that is too short.
        """
        import numpy as np

        x = np.asarray(x)
        if x.ndim != 2 or x.shape[1] != self.num_channels:
            named = f" ({', '.join(self.names)})" if self.names else ""
            yield f"shape {x.shape}", f"(steps, {self.num_channels}){named}", "give the same channels at every step"
        elif len(x) < self.past:
            yield f"{len(x)} steps of the past", f"{self.past} or more", f"give more, or --set past={len(x)}"
        elif not np.isfinite(x).all():
            step, channel = np.argwhere(~np.isfinite(x))[0]
            yield (f"{x[step, channel]} in channel {self.names[channel] if self.names else channel}, step {step}",
                   "a finite number", "fill or leave out what is missing")

    def sample(self, rng, n, num_kinds):
        """Return `n` windows of waves, whose length and level tell the kind, and the kinds."""
        import numpy as np

        kinds, time = rng.integers(num_kinds, size=n), np.arange(self.past)[:, None] + np.arange(self.num_channels)
        levels = np.random.default_rng(0).normal(size=(num_kinds, 1, self.num_channels)) * 2
        waves = np.sin(time * (2 * np.pi / (4 + 3 * kinds))[:, None, None]) + levels[kinds]
        return list((waves + 0.1 * rng.normal(size=waves.shape)).astype("float32")), kinds

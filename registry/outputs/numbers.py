"""The output domain `vector`: a row of numbers, or a row for each of the next steps of a series.

Shapes: B batch, N examples, H steps ahead, C columns, Q quantiles. "Answers" are (…, C) without steps, (…, H, C) with.
"""
from dataclasses import dataclass, replace
from math import prod
from typing import ClassVar

from registry.errors import UserError
from registry.moments import moments
from registry.outputs import deviations


@dataclass(frozen=True)
class Numbers:
    """Numbers, float32 (C,); or with `future` those of the next H steps, (H, C), of more than H the first.

    Args:
        names: of the C columns.
        future: steps ahead, H; 0 is a row.
        channels: for each column the channel of the input series that it goes on with; empty where it is none.
        mean, std: of each column over the training part, learned where empty. The model answers in z-scores.
        quantiles: learn these quantiles, such as (0.1, 0.5, 0.9), by their pinball loss (Koenker & Bassett 1978,
            https://doi.org/10.2307/1913643); the one nearest to 0.5 is the answer, the outer ones its interval.
        error: what is learned where there are no quantiles: "squared" (the mean) or "absolute" (the median).
        figures: errors count "raw", or as z-scores by the training part ("standard"), which columns of different units
            need, and published figures of forecasts use.
        cover: share of the answers whose interval should hold the truth, where there are no quantiles.
        spread: half the interval at each step and column, in z-scores; a run finds it on the validation part (split
            conformal prediction, Lei et al. 2018, https://doi.org/10.1080/01621459.2017.1307116).
    """

    name: ClassVar[str] = "vector"
    ragged: ClassVar[bool] = False
    choices: ClassVar[dict] = {"error": ("squared", "absolute"), "figures": ("raw", "standard")}

    names: tuple = ("y",)
    future: int = 0
    channels: tuple = ()
    mean: tuple = ()
    std: tuple = ()
    quantiles: tuple = ()
    error: str = "squared"
    figures: str = "raw"
    cover: float = 0.8
    spread: tuple = ()

    def __post_init__(self):
        if not all(isinstance(q, float) and 0 < q < 1 for q in (*self.quantiles, self.cover)):
            raise UserError(f"received quantiles={self.quantiles}, cover={self.cover}: expected shares between 0 and "
                            "1, such as quantiles=(0.1,0.5,0.9).")

    @property
    def shape(self):
        """Return (C,) or (H, C)."""
        return (self.future, len(self.names)) if self.future else (len(self.names),)

    @property
    def head_is(self):
        each = f"{len(self.quantiles)} quantiles of each number" if self.quantiles else "each number"
        return each + (", the same weights for every channel where the body keeps them apart" if self.channels else "")

    @property
    def decode_is(self):
        interval = "the outer quantiles" if self.quantiles else f"what held {self.cover:.0%} of the validation part"
        return f"z-scores back to numbers; interval: {interval}"

    @property
    def metrics(self):
        return ("mse", "mae", "rmse", "r2", *(("mae_last",) if self.future > 1 else ()))

    @property
    def num_kinds(self):
        return 5

    @property
    def together(self):
        """Windows of a series that answer the same steps."""
        return max(self.future, 1)

    @property
    def needs_adapting(self):
        return not self.mean

    def adapt(self, values):
        """Return the domain with mean and deviation of each column of the raw training answers."""
        mean, std = moments(values)
        return replace(self, mean=mean, std=std)

    @property
    def scale(self):
        """Return mean and deviation of the columns, (C,) float32 each."""
        import numpy as np

        size = len(self.names)
        return (np.array(self.mean or (0.0,) * size, "float32"), np.array(self.std or (1.0,) * size, "float32"))

    def tuned(self, answers):
        """Return the domain with the interval that held so many of what was answered as it should.

        Args:
            answers: of the validation part, with `truth` and `given` (N, …) in z-scores.
        """
        if self.quantiles:
            return self
        return replace(self, spread=deviations.conformal(answers.truth - answers.given, self.cover))

    def sample(self, kind):
        """Return the numbers of a synthetic kind."""
        import numpy as np

        return np.random.default_rng(int(np.ravel(kind)[0])).normal(size=self.shape).astype("float32")

    def targets_encoder(self):
        """Return the function from raw numbers (B, …) to z-scores float32."""
        import tensorflow as tf

        mean, std = self.scale

        def encode(raw):
            raw = tf.cast(raw, tf.float32)
            return ((raw[:, : self.future] if self.future else raw) - mean) / std

        return encode

    def head(self, features, pool):
        """Return z-scores (B, …) float32, or quantiles of them (B, …, Q), for features of any rank.

        Args:
            features: (B, D), or of each channel (B, C', D) where `pool` is "channels": then one linear box answers all
                channels. Others are pooled as the architecture asks.
        """
        from keras import layers

        from zoo.layers.pooling import pooled
        from zoo.layers.windows import Chosen

        depth = (len(self.quantiles),) if self.quantiles else ()
        if pool == "channels" and self.channels and self.future:
            x = Chosen(self.channels, name="head_channels")(features)
            x = layers.Dense(self.future * prod(depth), dtype="float32", name="head_numbers")(x)
            x = layers.Reshape((len(self.names), self.future, *depth), dtype="float32", name="head_steps")(x)
            return layers.Permute((2, 1, 3)[: 2 + len(depth)], dtype="float32", name="head_scores")(x)
        size = (*self.shape, *depth)
        x = layers.Dense(prod(size), dtype="float32", name="head_numbers")(pooled(features, pool))
        return layers.Reshape(size, dtype="float32", name="head_scores")(x)

    def restored(self, scores, levels):
        """Return scores at the level (B, 2, C') of the windows that they go on with; as they are where there is none.
        """
        from zoo.layers.levels import AtLevel

        if levels is None or not (self.channels and self.future):
            return scores
        return AtLevel(self.channels, name="head_restored")([scores, levels])

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B, …) and scores, a mean over steps and columns: squared or absolute errors of
        z-scores, or the pinball loss of quantiles. Nothing is smoothed."""
        from zoo.layers.pinball import errors, pinball

        return pinball(self.quantiles) if self.quantiles else errors(self.error)

    def decode(self, scores, numbers=None):
        """Return ``{"numbers", "low", "high"}``, (B, …) each: answers and their interval, raw."""
        import tensorflow as tf

        mean, std = self.scale
        z = tf.cast(scores, tf.float32)
        return {key: value * std + mean for key, value in zip(("numbers", "low", "high"), self._parted(z, tf.sort))}

    def _parted(self, z, sort):
        """Return answers, low and high ends for z-scores, or for quantiles of them, which are put in order."""
        import numpy as np

        if self.quantiles:
            z = sort(z, axis=-1)
            order = np.argsort(self.quantiles)
            middle = int(np.argmin(abs(np.array(self.quantiles)[order] - 0.5)))
            return z[..., middle], z[..., 0], z[..., -1]
        half = np.array(self.spread or (0.0,), "float32").reshape(self.shape if self.spread else 1)
        return z, z - half, z + half

    def answers(self, scores, numbers=None):
        """Return answers (B, …) and their intervals (B, …, 2) in z-scores, as arrays, for scoring."""
        import numpy as np

        given, low, high = self._parted(np.asarray(scores, "float32"), np.sort)
        return given, np.stack([low, high], -1)

    def tally(self, examples):
        """Return the mean of the targets (…) of examples (numbers, targets)."""
        import numpy as np

        total, count = 0.0, 0
        for _, targets in examples:
            total, count = total + targets.astype("float64"), count + 1
        return np.asarray(total / max(count, 1))

    def guesses(self, truth, tally, rng, examples=()):
        """Return {"mean"}: the mean of the training part, whatever the input."""
        import numpy as np

        given = np.tile(tally.astype("float32"), (len(truth), *[1] * tally.ndim))
        return {"mean": (given, np.stack([given, given], -1))}

    def repeated(self, steps, channels):
        """Return answers and intervals of no width that say again what a series was before; None where the columns are
        no channels of it.

        Args:
            steps: of each example (N, H, C'), raw.
            channels: the C' names of channels.
        """
        import numpy as np

        if not self.channels:
            return None
        mean, std = self.scale
        given = ((steps[:, :, list(self.channels)] - mean) / std).astype("float32")
        given = given if self.future else given[:, 0]
        return given, np.stack([given, given], -1)

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold: for each column its numbers, or those of each step."""
        return {key: {name: _plain(row[key][..., i]) for i, name in enumerate(self.names)}
                for key in ("numbers", "low", "high")}

    def shown(self, answer, top=None):
        """Return what `said` gave as lines for people: a line for each step ahead."""
        def cell(name, step=None):
            at = (lambda key: answer[key][name]) if step is None else (lambda key: answer[key][name][step])
            return f"{name} {at('numbers'):.6g} ({at('low'):.6g} to {at('high'):.6g})"

        if not self.future:
            return f"{answer['input']}: " + ", ".join(map(cell, self.names))
        return "\n".join(f"{answer['input']} +{step + 1}: " + ", ".join(cell(name, step) for name in self.names)
                         for step in range(self.future))

    def counts(self, truth, answers, spans=None):
        """Return what the metrics sum over examples; see `deviations.sums`."""
        unit = self.scale[1] if self.figures == "raw" else 1.0
        return deviations.sums(truth * unit, answers * unit)

    def scores_of(self, sums, n):
        """Return metric → value for summed counts; see `deviations.scores`."""
        found = deviations.scores(sums, len(self.names))
        return {name: found[name] for name in self.metrics}

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for a raw value that is no such row of finite numbers."""
        import numpy as np

        y = np.asarray(y)
        if y.ndim == len(self.shape) == 2 and len(y) < self.future and y.shape[1:] == self.shape[1:]:
            yield f"{len(y)} steps ahead", f"{self.future} or more", f"--set future={len(y)}"
        elif y.shape[y.ndim - 1 :] != self.shape[-1:] or y.ndim != len(self.shape):
            yield f"shape {y.shape}", f"{self.shape} ({', '.join(self.names)})", "give the same columns everywhere"
        elif not np.isfinite(y).all():
            yield f"{y[~np.isfinite(y)][0]}", "finite numbers", "fill or leave out what is missing"


def _plain(values):
    import numpy as np

    return np.round(values.astype("float64"), 6).tolist()

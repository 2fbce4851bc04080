"""Sounds varied at random while training, and brought to one length.

Shapes: B batch, T frames, S samples from one frame to the next, M mel bands.
"""
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class VaryWave(layers.Layer):
    """Samples (B, T, S) and what is real (B, T) to the same, while training played faster or slower and with noise
    (Ko et al. 2015, https://www.isca-archive.org/interspeech_2015/ko15_interspeech.html).

    Args:
        speed: largest change of speed, as a fraction; the pitch goes with it, and there may be more frames.
        noise: largest standard deviation of white noise, relative to that of the sound.
    """

    def __init__(self, speed=0.0, noise=0.0, seed=None, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.speed, self.noise, self.seed = float(speed), float(noise), seed
        self.seeds = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        samples, real = inputs[0], ops.cast(inputs[1], "int32")
        if training and self.speed:
            samples, real = self._played(samples, real)
        if training and self.noise:
            size = ops.std(samples, axis=(1, 2), keepdims=True)
            loud = keras.random.uniform((ops.shape(samples)[0], 1, 1), 0, self.noise, seed=self.seeds)
            samples = samples + size * loud * keras.random.normal(ops.shape(samples), seed=self.seeds)
        return samples, real

    def _played(self, samples, real):
        batch, frames, step = ops.shape(samples)[0], ops.shape(samples)[1], samples.shape[-1]
        speed = keras.random.uniform((batch, 1), 1 - self.speed, 1 + self.speed, seed=self.seeds)
        longest = ops.cast(ops.ceil(ops.cast(frames, "float32") / (1 - self.speed)), "int32")
        place = ops.expand_dims(ops.arange(longest * step, dtype="float32"), 0) * speed
        flat = ops.pad(ops.reshape(samples, (batch, frames * step)), ((0, 0), (0, 2)))
        before = ops.minimum(ops.cast(ops.floor(place), "int32"), frames * step)
        part = ops.clip(place - ops.cast(before, "float32"), 0, 1)
        played = (ops.take_along_axis(flat, before, axis=1) * (1 - part)
                  + ops.take_along_axis(flat, before + 1, axis=1) * part)
        lengths = ops.cast(ops.sum(real, 1, keepdims=True), "float32") / speed
        real = ops.expand_dims(ops.arange(longest, dtype="float32"), 0) < ops.maximum(ops.round(lengths), 1)
        return ops.reshape(played, (batch, longest, step)), ops.cast(real, "int32")

    def compute_output_spec(self, inputs, training=False):
        samples, real = inputs
        frames = None if self.speed else samples.shape[1]
        return (keras.KerasTensor((samples.shape[0], frames, samples.shape[2]), dtype="float32"),
                keras.KerasTensor((real.shape[0], frames), dtype="int32"))

    def get_config(self):
        return {**super().get_config(), "speed": self.speed, "noise": self.noise, "seed": self.seed}


@keras.saving.register_keras_serializable("zoo")
class SpecAugment(layers.Layer):
    """Features (B, T, M) with bands and times set to 0 at random while training (Park et al. 2019,
    https://arxiv.org/abs/1904.08779).

    Args:
        bands: largest number of neighbouring bands that are hidden, twice in each example.
        times: largest share of the times that is hidden at a stretch, twice in each example.
    """

    def __init__(self, bands=0, times=0.0, seed=None, **options):
        super().__init__(**options)
        self.bands, self.times, self.seed = int(bands), float(times), seed
        self.seeds = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, x, training=False):
        if not training:
            return x
        length = ops.cast(ops.shape(x)[1], "float32")
        for _ in range(2):
            x = x * ops.expand_dims(self._kept(ops.shape(x)[0], ops.shape(x)[1], length * self.times, x.dtype), 2)
            x = x * ops.expand_dims(self._kept(ops.shape(x)[0], x.shape[2], self.bands + 1.0, x.dtype), 1)
        return x

    def _kept(self, batch, size, longest, dtype):
        """Return (B, size): 0 in one stretch, shorter than `longest`, of each row and 1 elsewhere."""
        first, width = (keras.random.uniform((batch, 1), seed=self.seeds) for _ in range(2))
        width = ops.floor(width * longest)
        first = ops.floor(first * (ops.cast(size, "float32") - width + 1))
        place = ops.expand_dims(ops.arange(size, dtype="float32"), 0)
        return ops.cast(ops.logical_or(place < first, place >= first + width), dtype)

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return {**super().get_config(), "bands": self.bands, "times": self.times, "seed": self.seed}


@keras.saving.register_keras_serializable("zoo")
class VaryFrames(layers.Layer):
    """Frames (B, T, M) and what is real (B, T) to the same, while training faster or slower; the pitch stays.

    Args:
        speed: largest change of speed, as a fraction.
    """

    def __init__(self, speed, seed=None, **options):
        super().__init__(**{**options, "dtype": "float32"})
        self.speed, self.seed = float(speed), seed
        self.seeds = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        x, real = inputs[0], ops.cast(inputs[1], "int32")
        if not training:
            return x, real
        batch, frames = ops.shape(x)[0], ops.shape(x)[1]
        speed = keras.random.uniform((batch, 1), 1 - self.speed, 1 + self.speed, seed=self.seeds)
        last = ops.sum(real, 1, keepdims=True) - 1
        longest = ops.cast(ops.ceil(ops.cast(frames, "float32") / (1 - self.speed)), "int32")
        places = ops.expand_dims(ops.arange(longest, dtype="float32"), 0)
        place = ops.minimum(places * speed, ops.cast(last, "float32"))
        before = ops.cast(ops.floor(place), "int32")
        part = ops.expand_dims(place - ops.cast(before, "float32"), -1)
        x = (ops.take_along_axis(x, ops.expand_dims(before, -1), axis=1) * (1 - part)
             + ops.take_along_axis(x, ops.expand_dims(ops.minimum(before + 1, last), -1), axis=1) * part)
        kept = places < ops.maximum(ops.round(ops.cast(last + 1, "float32") / speed), 1)
        return x, ops.cast(kept, "int32")

    def compute_output_spec(self, inputs, training=False):
        x, real = inputs
        return keras.KerasTensor((x.shape[0], None, x.shape[2])), keras.KerasTensor((real.shape[0], None), "int32")

    def get_config(self):
        return {**super().get_config(), "speed": self.speed, "seed": self.seed}


@keras.saving.register_keras_serializable("zoo")
class WarpBands(layers.Layer):
    """Energies (B, T, M), while training with the bands stretched or squeezed, as by a longer or shorter throat (Jaitly
    & Hinton 2013, https://www.cs.toronto.edu/~hinton/absps/perturb.pdf).

    Args:
        warp: largest stretch, as a fraction.
    """

    def __init__(self, warp, seed=None, **options):
        super().__init__(**options)
        self.warp, self.seed = float(warp), seed
        self.seeds = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, x, training=False):
        if not training:
            return x
        bands = ops.arange(x.shape[-1], dtype="float32")
        stretch = keras.random.uniform((ops.shape(x)[0], 1), 1 - self.warp, 1 + self.warp, seed=self.seeds)
        place = ops.minimum(stretch * bands, x.shape[-1] - 1.0)  # (B, M): where each band is read
        weights = ops.maximum(1 - ops.abs(ops.expand_dims(bands, 1) - ops.expand_dims(place, 1)), 0)  # (B, M, M)
        return ops.matmul(x, ops.cast(weights, x.dtype))

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return {**super().get_config(), "warp": self.warp, "seed": self.seed}


@keras.saving.register_keras_serializable("zoo")
class OneLength(layers.Layer):
    """Features (B, T, M) to a grid (B, F, M, 1): what is real stands in the middle, while training anywhere.

    Args:
        frames: F; of longer sequences the middle, while training any part.
    """

    def __init__(self, frames, seed=None, **options):
        super().__init__(**options)
        self.frames, self.seed = int(frames), seed
        self.seeds = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, x, mask=None, training=False):
        batch, times = ops.shape(x)[0], ops.shape(x)[1]
        lengths = (ops.sum(ops.cast(mask, "float32"), 1, keepdims=True) if mask is not None
                   else ops.ones((batch, 1)) * ops.cast(times, "float32"))
        room = self.frames - lengths  # below 0 where the sequence is longer
        before = ops.floor(room / 2)
        if training:
            part = keras.random.uniform((batch, 1), seed=self.seeds)
            before = ops.floor(part * (ops.abs(room) + 1)) * ops.sign(room)
        place = ops.expand_dims(ops.arange(self.frames, dtype="float32"), 0) - before
        inside = ops.logical_and(place >= 0, place < lengths)
        place = ops.cast(ops.clip(place, 0, ops.cast(times, "float32") - 1), "int32")
        grid = ops.take_along_axis(x, ops.expand_dims(place, -1), axis=1)
        return ops.expand_dims(grid * ops.cast(ops.expand_dims(inside, -1), x.dtype), -1)

    def compute_mask(self, x, mask=None):
        return None

    def compute_output_shape(self, shape):
        return shape[0], self.frames, shape[2], 1

    def get_config(self):
        return {**super().get_config(), "frames": self.frames, "seed": self.seed}

"""The input domain `image`: pictures of any size, brought to one size.

Shapes: B batch, H height, W width, C channels.
"""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.moments import rescaling


@dataclass(frozen=True)
class Image:
    """A picture, uint8 (H, W, C) with values 0–255.

    Args:
        height, width, channels: what the model sees; other sizes are resized, grey and colour converted. Screens of
            games may have any number of channels, one for each kind of thing.
        mean, std: per channel on the scale 0–1, learned from the training part where empty.
        flip: mirror left and right at random while training.
        shift: largest random shift while training, in pixels.
        rotate: largest random rotation while training, in degrees.
        zoom: largest random change of scale while training, as a fraction, each axis its own.
        shear: largest random slope while training.
        erase: side of a random square that is blanked while training, in pixels.
    """

    name: ClassVar[str] = "image"
    gives: ClassVar[str] = "grid"
    handmade_is: ClassVar[dict] = {"vector": "histograms of oriented gradients (Dalal & Triggs 2005)"}
    stem_is: ClassVar[str] = "pixels standardised; varied at random while training"
    encode_is: ClassVar[str] = "resize, grey or colour, numbers 0–255"
    positive: ClassVar[tuple] = ("height", "width", "channels")

    height: int = 32
    width: int = 32
    channels: int = 3
    mean: tuple = ()
    std: tuple = ()
    flip: bool = False
    shift: int = 0
    rotate: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    erase: int = 0

    @property
    def needs_adapting(self):
        return not self.mean

    def adapt(self, values):
        """Return the domain with mean and standard deviation per channel of at most 10,000 raw images."""
        import itertools

        import numpy as np

        sums = [(x.mean((0, 1)), np.square(x, dtype="float64").mean((0, 1)))
                for x in (np.asarray(x) for x in itertools.islice(values, 10_000))]
        mean, square = (np.mean(s, axis=0) / scale for s, scale in zip(zip(*sums), (255, 255**2)))
        std = np.maximum(np.sqrt(np.maximum(square - mean**2, 0)), 1e-3)
        return replace(self, mean=self._channels(mean), std=self._channels(std))

    def _channels(self, values):
        values = [float(round(v, 6)) for v in values]
        return tuple(values if len(values) == self.channels else [sum(values) / len(values)] * self.channels)

    def encoder(self):
        """Return the function from raw images (B, h, w, c) uint8 to ``{"image": (B, H, W, C) uint8}``."""
        import tensorflow as tf

        def encode(images):
            channels = images.shape[-1]
            if channels == 4 and self.channels != 4:
                images, channels = images[..., :3], 3
            if channels == 1 and self.channels == 3:
                images = tf.image.grayscale_to_rgb(images)
            elif channels == 3 and self.channels == 1:
                images = tf.image.rgb_to_grayscale(images)
            return {"image": self._resize(images)}

        return encode

    def _resize(self, images):
        import tensorflow as tf

        if images.shape[1:3] != (self.height, self.width):
            resized = tf.image.resize(images, (self.height, self.width), antialias=True)
            images = tf.cast(tf.round(tf.clip_by_value(resized, 0, 255)), tf.uint8)
        return tf.ensure_shape(images, (None, self.height, self.width, self.channels))

    def raw_specs(self):
        """Return what an exported model takes: endpoint name → `tf.TensorSpec`."""
        import tensorflow as tf

        return {"serve": tf.TensorSpec((None, None, None, self.channels), tf.uint8, name="image")}

    def shown(self, raw):
        """Return what an answer repeats of its raw value: nothing."""
        return {}

    def tensors(self):
        """Return the model's inputs, ``{"image": (B, H, W, C) uint8}``."""
        import keras

        return {"image": keras.Input((self.height, self.width, self.channels), dtype="uint8", name="image")}

    def stem(self, numbers):
        """Return features (B, H, W, C) float: standardised, and varied at random while training."""
        from keras import layers

        mean, std = self.mean or (0.5,) * self.channels, self.std or (0.25,) * self.channels
        x = layers.Rescaling(1 / 255, name="stem_scale")(numbers["image"])
        for layer in self._augment():
            x = layer(x)
        return rescaling(mean, std, name="stem_standardise")(x)

    def _augment(self):
        """Return the layers that vary a picture (B, H, W, C) of 0–1 at random while training."""
        from keras import layers

        from zoo.layers.augment import RandomAffine

        chosen = []
        if self.flip:
            chosen.append(layers.RandomFlip("horizontal", name="stem_flip"))
        if self.rotate or self.zoom or self.shear or self.shift:
            chosen.append(RandomAffine(self.rotate, zoom=self.zoom, shear=self.shear, pixels=self.shift,
                                       name="stem_affine"))
        if self.erase:
            side = (self.erase / self.height) * (self.erase / self.width)
            chosen.append(layers.RandomErasing(factor=0.5, scale=(side, side), fill_value=0.0, value_range=(0, 1),
                                               name="stem_erase"))
        return chosen

    def handmade(self, numbers, kind):
        """Return hand-made features (B, D) float: histograms of oriented gradients."""
        from zoo.layers.hog import HOG

        cell = max(2, min(self.height, self.width) // 7)
        return HOG(pixels_per_cell=(cell, cell), name="stem_hog")(numbers["image"])

    def problems(self, x):
        """Yield (found, expected, fix) for a raw value that is no picture."""
        channels, said = ((1, 3, 4), "1, 3 or 4") if self.channels in (1, 3) else ((self.channels,), self.channels)
        if getattr(x, "ndim", 0) != 3 or x.shape[-1] not in channels:
            yield f"shape {getattr(x, 'shape', type(x).__name__)}", f"(height, width, {said})", "give one picture"
        elif x.dtype != "uint8":
            yield f"dtype {x.dtype}", "uint8 with values 0-255", "scale to 0-255 and cast"
        elif min(x.shape[:2]) < 2:
            yield f"{x.shape[0]}x{x.shape[1]} pixels", "at least 2x2", "leave the picture out"

    def sample(self, rng, n, num_kinds):
        """Return `n` noisy images, each with a bright bar whose place and colour tell its kind, and the kinds."""
        import numpy as np

        kinds = rng.integers(num_kinds, size=n)
        images = rng.integers(0, 60, size=(n, self.height, self.width, self.channels))
        rows = np.arange(self.height)[None, :, None, None]
        centre = ((kinds + 0.5) * self.height / num_kinds)[:, None, None, None]
        images = images + 180 * (abs(rows - centre) <= max(1, self.height / num_kinds))
        return list(np.clip(images, 0, 255).astype("uint8")), kinds

"""Histograms of oriented gradients (Dalal & Triggs 2005, https://doi.org/10.1109/CVPR.2005.177).

The same numbers as `skimage.feature.hog` (https://scikit-image.org/docs/stable/api/skimage.feature.html) gives with
block_norm="L2-Hys": each pixel votes with the size of its gradient for one of the orientations, without interpolation.

Shapes: B batch, H height, W width, C channels, R rows of cells, S columns of cells, O orientations.
"""

import math

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class HOG(layers.Layer):
    """Images (B, H, W, C), uint8 or float, to hand-made features (B, D) float32. Nothing is learned.

    Of several channels each pixel takes the one whose gradient is largest.

    Args:
        orientations: number of directions without sign, O.
        pixels_per_cell: height and width of the cells that are counted apart.
        cells_per_block: rows and columns of the overlapping blocks of cells that are normalised together.

    Raises:
        ValueError: H and W are open, or the image is smaller than a block.
    """

    def __init__(self, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(3, 3), **options):
        options.setdefault("dtype", "float32")
        super().__init__(**options)
        self.orientations = int(orientations)
        self.pixels_per_cell, self.cells_per_block = tuple(pixels_per_cell), tuple(cells_per_block)

    def _cells(self, shape):
        if None in shape[1:3]:
            raise ValueError(f"HOG takes images of fixed size, received {tuple(shape)}")
        cells = tuple(n // pixels for n, pixels in zip(shape[1:3], self.pixels_per_cell))
        if any(n < block for n, block in zip(cells, self.cells_per_block)):
            least = [p * c for p, c in zip(self.pixels_per_cell, self.cells_per_block)]
            raise ValueError(
                f"HOG takes images from {least[0]}x{least[1]} pixels up, received {shape[1]}x{shape[2]}: "
                "choose smaller pixels_per_cell or cells_per_block"
            )
        return cells

    def call(self, images):
        rows, columns = self._cells(images.shape)
        (height, width), count = self.pixels_per_cell, self.orientations
        size, direction = _votes(*_gradients(ops.cast(images, "float32")), count)  # (B, H, W) each
        votes = ops.one_hot(direction, count, dtype="float32") * ops.expand_dims(size, -1)
        votes = votes[:, : rows * height, : columns * width]
        cells = ops.mean(ops.reshape(votes, (-1, rows, height, columns, width, count)), axis=(2, 4))  # (B, R, S, O)
        return self._blocks(cells, rows, columns)

    def _blocks(self, cells, rows, columns):
        high, wide = self.cells_per_block
        down, across = rows - high + 1, columns - wide + 1
        shifted = [cells[:, i : i + down, j : j + across] for i in range(high) for j in range(wide)]
        blocks = ops.concatenate(shifted, axis=-1)  # (B, down, across, high · wide · O)
        blocks = ops.minimum(_unit(blocks), 0.2)
        return ops.reshape(_unit(blocks), (-1, down * across * high * wide * self.orientations))

    def compute_output_shape(self, input_shape):
        cells, block = self._cells(input_shape), self.cells_per_block
        num_blocks = math.prod(n - b + 1 for n, b in zip(cells, block))
        return input_shape[0], num_blocks * math.prod(block) * self.orientations

    def get_config(self):
        names = ("orientations", "pixels_per_cell", "cells_per_block")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _gradients(x):
    """Return central differences down and across, of the channel where they are largest; 0 at the edges."""
    down = ops.pad(x[:, 2:] - x[:, :-2], ((0, 0), (1, 1), (0, 0), (0, 0)))
    across = ops.pad(x[:, :, 2:] - x[:, :, :-2], ((0, 0), (0, 0), (1, 1), (0, 0)))
    if x.shape[-1] == 1:
        return down[..., 0], across[..., 0]
    largest = ops.expand_dims(ops.argmax(down * down + across * across, axis=-1), -1)
    return (ops.take_along_axis(g, largest, axis=-1)[..., 0] for g in (down, across))


def _votes(down, across, count):
    """Return the size of gradients and the number of the half-circle's `count` sectors that they point into."""
    # Signs of cross products instead of an arctangent: exact at 45° and 90°, where whole sectors of pixels lie.
    flip = ops.where(ops.logical_or(down < 0, ops.logical_and(down == 0, across < 0)), -1.0, 1.0)
    up, right = ops.expand_dims(down * flip, -1), ops.expand_dims(across * flip, -1)
    edges = np.pi * np.arange(1, count) / count
    beyond = up * np.cos(edges).astype("float32") - right * np.sin(edges).astype("float32") >= 0
    beyond = ops.logical_and(beyond, ops.logical_or(up > 0, right < 0))  # a gradient of 0 is in the first
    return ops.sqrt(down * down + across * across), ops.sum(ops.cast(beyond, "int32"), axis=-1)


def _unit(x):
    return x / ops.sqrt(ops.sum(x * x, axis=-1, keepdims=True) + 1e-10)

"""Where in the sequence: position vectors added to features (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762).

Shapes: B batch, T time, D features, N positions.
"""

import math

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class Positions(layers.Layer):
    """Add a vector for the position to features (B, …, T, D); the mask is kept.

    Args:
        kind: "sinusoidal" (sines and cosines of growing wavelengths, any T) or "learned".
        num_positions: number of learned vectors, N; the last one stands for every position behind it.
    """

    def __init__(self, kind="sinusoidal", num_positions=512, **options):
        super().__init__(**options)
        if kind not in ("sinusoidal", "learned"):
            raise ValueError(f'received kind={kind!r}: expected "sinusoidal" or "learned"')
        self.kind, self.num_positions = kind, int(num_positions)
        self.supports_masking = True

    def build(self, input_shape):
        if self.kind == "learned":
            shape = (self.num_positions, input_shape[-1])
            self.vectors = self.add_weight(
                shape=shape, initializer=keras.initializers.RandomNormal(stddev=0.02), name="vectors"
            )

    def call(self, x):
        positions = ops.arange(ops.shape(x)[-2], dtype="int32")
        if self.kind == "learned":
            known = ops.minimum(positions, self.num_positions - 1)
            vectors = ops.take(ops.convert_to_tensor(self.vectors), known, axis=0)
        else:
            vectors = sinusoids(positions, x.shape[-1])
        return x + ops.cast(vectors, x.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "kind": self.kind, "num_positions": self.num_positions}


def sinusoids(positions, size):
    """Return the paper's vectors (T, size) float32 of positions (T,) int32."""
    half = (size + 1) // 2
    rates = ops.exp(ops.arange(half, dtype="float32") * (-math.log(10000.0) / half))
    angles = ops.cast(positions, "float32")[:, None] * rates  # (T, size/2)
    return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)[:, :size]

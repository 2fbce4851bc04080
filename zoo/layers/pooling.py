"""From features with places or times to one vector. Shapes: B batch, T time, H height, W width, D features."""
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class MaskedMaxPooling1D(layers.Layer):
    """The largest value of each feature over real times: (B, T, D) → (B, D); padding is left out."""

    supports_masking = True

    def call(self, x, mask=None):
        if mask is not None:
            lowest = ops.cast(-1e4, x.dtype)
            x = ops.where(mask[..., None], x, lowest)
        return ops.max(x, axis=1)

    def compute_mask(self, x, mask=None):
        return None

    def compute_output_shape(self, shape):
        return shape[0], shape[-1]


@keras.saving.register_keras_serializable("zoo")
class LastPooling1D(layers.Layer):
    """What a sequence has at its last real time: (B, T, D) → (B, D)."""

    supports_masking = True

    def call(self, x, mask=None):
        if mask is None:
            return x[:, -1]
        last = ops.maximum(ops.sum(ops.cast(mask, "int32"), axis=1) - 1, 0)
        return ops.sum(x * ops.expand_dims(ops.one_hot(last, ops.shape(x)[1], dtype=x.dtype), -1), axis=1)

    def compute_mask(self, x, mask=None):
        return None

    def compute_output_shape(self, shape):
        return shape[0], shape[-1]


@keras.saving.register_keras_serializable("zoo")
class AttentionPooling1D(layers.Layer):
    """The mean of a sequence, each time with a learned weight (Yang et al. 2016, https://aclanthology.org/N16-1174).

    Args:
        units: size of the hidden layer that tells a time's weight.

    Takes (B, T, D), gives (B, D); padding weighs nothing.
    """

    def __init__(self, units=64, **options):
        super().__init__(**options)
        self.units = int(units)
        self.hidden = layers.Dense(self.units, activation="tanh", name="hidden", dtype=self.dtype_policy)
        self.weight = layers.Dense(1, use_bias=False, name="weight", dtype=self.dtype_policy)
        self.supports_masking = True

    def build(self, input_shape):
        self.hidden.build(input_shape)
        self.weight.build((*input_shape[:-1], self.units))

    def call(self, x, mask=None):
        scores = self.weight(self.hidden(x))  # (B, T, 1)
        if mask is not None:
            scores = ops.where(mask[..., None], scores, ops.cast(-1e4, scores.dtype))
        return ops.sum(x * ops.softmax(scores, axis=1), axis=1)

    def compute_mask(self, x, mask=None):
        return None

    def compute_output_shape(self, shape):
        return shape[0], shape[-1]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def pooled(features, pool):
    """Return a vector (B, D) for features (B, D), (B, T, D) or (B, H, W, D).

    Args:
        features: a Keras tensor; the mask of a sequence is obeyed.
        pool: "average", "max", "attention", "last" or "flatten"; "channels" where they are of channels (B, C, D).

    Raises:
        ValueError: another `pool`, or one that a sequence of any length cannot have.
    """
    rank = len(features.shape)
    if rank == 2:
        return features
    choices = {(3, "average"): layers.GlobalAveragePooling1D, (3, "max"): MaskedMaxPooling1D,
               (3, "attention"): AttentionPooling1D, (3, "last"): LastPooling1D,
               (3, "channels"): layers.Flatten,
               (4, "average"): layers.GlobalAveragePooling2D, (4, "max"): layers.GlobalMaxPooling2D,
               (4, "flatten"): layers.Flatten}
    if (rank, pool) not in choices:
        raise ValueError(f"pool {pool!r} does not fit features of shape {features.shape}")
    return choices[rank, pool](name="head_pool")(features)

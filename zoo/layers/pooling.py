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


def pooled(features, pool):
    """Return a vector (B, D) for features (B, D), (B, T, D) or (B, H, W, D).

    Args:
        features: a Keras tensor; the mask of a sequence is obeyed.
        pool: "average", "max" or "flatten".

    Raises:
        ValueError: another `pool`, or one that a sequence of any length cannot have.
    """
    rank = len(features.shape)
    if rank == 2:
        return features
    choices = {(3, "average"): layers.GlobalAveragePooling1D, (3, "max"): MaskedMaxPooling1D,
               (4, "average"): layers.GlobalAveragePooling2D, (4, "max"): layers.GlobalMaxPooling2D,
               (4, "flatten"): layers.Flatten}
    if (rank, pool) not in choices:
        raise ValueError(f"pool {pool!r} does not fit features of shape {features.shape}")
    return choices[rank, pool](name="head_pool")(features)

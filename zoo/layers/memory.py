"""What an encoder hands to a decoder: its features, and which times are real. Shapes: B batch, T time, D features."""
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class Memory(layers.Layer):
    """Features (B, T, D) with a Keras mask to [features, 1 at real times and 0 at padding (B, T) float32].

    Features at padding become 0. The mask goes no further: it stands in what is given.
    """

    supports_masking = True

    def call(self, x, mask=None):
        real = ops.ones(ops.shape(x)[:2], dtype="float32") if mask is None else ops.cast(mask, "float32")
        return [x * ops.cast(ops.expand_dims(real, -1), x.dtype), real]

    def compute_output_spec(self, x, mask=None):
        return [keras.KerasTensor(x.shape, dtype=self.compute_dtype), keras.KerasTensor(x.shape[:2], dtype="float32")]

    def compute_mask(self, x, mask=None):
        return [None, None]

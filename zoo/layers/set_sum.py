"""A set as one vector. Shapes: B batch, T things, D features."""
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class SetSum(layers.Layer):
    """The sum of vectors (B, T, D) over the root of their number, (B, D); a mask is obeyed.

    It is what a linear layer makes of switches that are on, scaled to length 1.

    Args:
        dropout: rate at which whole vectors are left out in training; the others are scaled up.
    """

    def __init__(self, dropout=0.0, **options):
        super().__init__(**options)
        self.dropout = float(dropout)
        self.drop = layers.Dropout(self.dropout, dtype=self.dtype_policy)
        self.supports_masking = True

    def call(self, x, mask=None, training=None):
        on = ops.ones_like(x[..., 0]) if mask is None else ops.cast(mask, x.dtype)
        number = ops.maximum(ops.sum(on, axis=1, keepdims=True), 1)
        on = self.drop(on, training=training)
        return ops.sum(x * ops.expand_dims(on, -1), axis=1) / ops.sqrt(number)

    def compute_mask(self, x, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return input_shape[0], input_shape[-1]

    def get_config(self):
        return {**super().get_config(), "dropout": self.dropout}

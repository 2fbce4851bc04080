"""Convolution over time that obeys and keeps the Keras mask; `keras.layers.Conv1D` drops it without a word."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class MaskedConv1D(layers.Conv1D):
    """`keras.layers.Conv1D` with padding "same" or "causal" and stride 1, which sees zeros at masked positions.

    Masked positions look like the edge of the sequence, so padding changes nothing at the real ones.

    Raises:
        ValueError: padding "valid" or a stride, under which positions of input and mask would part.
    """

    def __init__(self, filters, kernel_size, padding="same", **options):
        super().__init__(filters, kernel_size, padding=padding, **options)
        self.supports_masking = True
        if self.padding == "valid" or self.strides != (1,):
            raise ValueError(
                f'received padding {padding!r} and strides {self.strides}: expected "same" or "causal", and stride 1'
            )

    def call(self, x, mask=None):
        if mask is not None:
            x = x * ops.cast(ops.expand_dims(mask, -1), x.dtype)
        return super().call(x)

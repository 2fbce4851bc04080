"""Names that are no answer, since they stand in the input already. Shapes: B batch, T given names, K scores."""
import keras
from keras import layers, ops

LOWEST = -1e9


@keras.saving.register_keras_serializable("zoo")
class Exclude(layers.Layer):
    """Scores (B, K) and what is given (B, T) int32 to scores (B, K), those of given names so low that their probability
    is 0.

    Of what is given, 0 is nothing and 1 the unknown, whose score is the first and stays; 2 is the second score, and so
    on.
    """

    def call(self, inputs):
        scores, given = inputs
        shape = ops.shape(scores)
        rows = ops.broadcast_to(ops.expand_dims(ops.arange(shape[0], dtype="int32"), 1), ops.shape(given))
        places = ops.reshape(ops.stack([rows, ops.maximum(given - 1, 0)], -1), (-1, 2))
        found = ops.reshape(ops.cast(given > 1, "float32"), (-1,))
        return ops.where(ops.scatter(places, found, shape) > 0, ops.cast(LOWEST, scores.dtype), scores)

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return input_shape[0]

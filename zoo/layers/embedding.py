"""Vectors of a few values, fast to learn on JAX. Shapes: B batch, T time, V values, D size of a vector."""
import keras
from keras import layers, ops

FEW = 1024  # values


@keras.saving.register_keras_serializable("zoo")
class Embedding(layers.Embedding):
    """`keras.layers.Embedding`, the same in value and gradient. On JAX the gradient of a table of few rows is a
    product: many additions to the same row would wait for each other on a GPU."""

    def call(self, inputs):
        if keras.backend.backend() != "jax" or self.input_dim > FEW or self.lora_enabled or self.quantization_mode:
            return super().call(inputs)
        ids = ops.cast(inputs, "int32")

        @ops.custom_gradient
        def rows(table):
            def gradient(given):
                chosen = ops.one_hot(ops.reshape(ids, (-1,)), self.input_dim, dtype=given.dtype)
                return ops.matmul(ops.transpose(chosen), ops.reshape(given, (-1, self.output_dim)))

            return ops.take(table, ids, axis=0), gradient

        return rows(ops.convert_to_tensor(self.embeddings, dtype=self.compute_dtype))

"""Scores of names by their vectors, on top of how frequent each is. Shapes: B batch, D features, K names."""
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class NameVectors(layers.Layer):
    """Features (B, D) to scores (B, K): the product with each name's learned vector, its learned bias, and its prior.

    The vectors and the bias begin at zero, so that the scores are the prior: with log-probabilities there, what is
    learned is by how much features make a name likelier than it is anyway, the pointwise mutual information that Levy &
    Goldberg 2014 (https://papers.nips.cc/paper/5477) find in word2vec.

    Args:
        num_names: K.

    Its `prior` (K,) is zero until it is assigned, and is not learned.
    """

    def __init__(self, num_names, **options):
        super().__init__(**options)
        self.num_names = int(num_names)

    def build(self, input_shape):
        self.vectors = self.add_weight(shape=(self.num_names, input_shape[-1]), initializer="zeros", name="vectors")
        self.bias = self.add_weight(shape=(self.num_names,), initializer="zeros", name="bias")
        self.prior = self.add_weight(shape=(self.num_names,), initializer="zeros", trainable=False, name="prior")

    def call(self, x):
        return ops.matmul(x, ops.transpose(self.vectors)) + (self.bias + self.prior)

    def compute_output_shape(self, input_shape):
        return *input_shape[:-1], self.num_names

    def get_config(self):
        return {**super().get_config(), "num_names": self.num_names}

"""Learned vectors of the last few words or characters up to each place, hashed (Shao et al. 2017,
https://aclanthology.org/I17-1018, give a Chinese character those of its pair and its triple).

Shapes: B batch, T time, N lengths of n-grams.
"""
import keras
from keras import layers, ops

from zoo.layers.contexts import Contexts
from zoo.layers.embedding_sum import folded


@keras.saving.register_keras_serializable("zoo")
class Grams(layers.Layer):
    """Ids (B, T) int32, 0 at padding, to the vectors of the n-grams of 2 to `longest` that end at each place, one
    behind the other, (B, T, N·size); zeros where the text is shorter. It looks at nothing that follows.

    Args:
        size: size of each vector.
        longest: words or characters of the longest n-gram.
        buckets: vectors in all; n-grams are folded into them.
    """

    def __init__(self, size, longest=3, buckets=2**15, **options):
        super().__init__(**options)
        self.size, self.longest, self.buckets = int(size), int(longest), int(buckets)
        self.contexts = Contexts(self.longest)
        spread = keras.initializers.RandomUniform(-((3 / self.size) ** 0.5), (3 / self.size) ** 0.5)
        self.vectors = layers.Embedding(self.buckets, self.size, spread, name="vectors", dtype=self.dtype_policy)

    def build(self, input_shape):
        self.vectors.build((None,))

    def call(self, ids):
        grams = folded(self.contexts(ids)[..., 2:], self.buckets)  # (B, T, N)
        on = ops.cast(ops.expand_dims(grams > 0, -1), self.compute_dtype)
        shape = *ops.shape(ids), (self.longest - 1) * self.size
        return ops.reshape(self.vectors(grams) * on, shape)

    def compute_mask(self, ids, mask=None):
        return ids > 0

    def compute_output_shape(self, input_shape):
        return *input_shape, (self.longest - 1) * self.size

    def get_config(self):
        return {**super().get_config(), "size": self.size, "longest": self.longest, "buckets": self.buckets}

"""Word dropout: hide known words in training, so that the vector of the unknown word is learned (Dyer et al. 2015,
https://aclanthology.org/P15-1033, replace rare words so; Iyyer et al. 2015, https://aclanthology.org/P15-1162, any).

Shapes: B batch, T time.
"""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class WordDropout(layers.Layer):
    """In training, replace ids (B, T) by 1, the unknown word, at a rate; 0, padding, stays.

    Args:
        rate: share of the words that are hidden, 0 to below 1.
        seed: int for the same choices in every run.
    """

    def __init__(self, rate, seed=None, **options):
        super().__init__(**options)
        if not 0 <= rate < 1:
            raise ValueError(f"received rate={rate}: expected 0 to below 1")
        self.rate, self.seed = float(rate), seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, ids, training=None):
        if not training or not self.rate:
            return ids
        hidden = keras.random.uniform(ops.shape(ids), dtype="float32", seed=self.seed_generator) < self.rate
        return ops.where(ops.logical_and(hidden, ids != 0), ops.ones_like(ids), ids)

    def compute_output_spec(self, ids, training=None):
        return keras.KerasTensor(ids.shape, dtype=ids.dtype)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}

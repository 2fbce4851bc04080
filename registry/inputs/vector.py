"""The input domain `vector`: a row of numbers. Shapes: B batch, D features."""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.moments import moments, rescaling


@dataclass(frozen=True)
class Vector:
    """A row of numbers, float32 (D,).

    Args:
        num_features: how many numbers a row has, D.
        names: the columns' names, for messages and reports.
        mean, std: per feature, learned from the training part where empty.
    """

    name: ClassVar[str] = "vector"
    gives: ClassVar[str] = "vector"
    handmade_is: ClassVar[dict] = {"vector": "the standardised numbers and their squares"}
    stem_is: ClassVar[str] = "numbers standardised"
    encode_is: ClassVar[str] = "numbers as they are"
    positive: ClassVar[tuple] = ("num_features",)

    num_features: int = 16
    names: tuple = ()
    mean: tuple = ()
    std: tuple = ()

    @property
    def needs_adapting(self):
        return not self.mean

    def adapt(self, values):
        """Return the domain with mean and standard deviation of each feature of the raw values (D,)."""
        mean, std = moments(values)
        return replace(self, mean=mean, std=std)

    def encoder(self):
        """Return the function from raw rows (B, D) to ``{"vector": (B, D) float32}``."""
        import tensorflow as tf

        return lambda rows: {"vector": tf.ensure_shape(tf.cast(rows, tf.float32), (None, self.num_features))}

    def raw_specs(self):
        """Return what an exported model takes: endpoint name → `tf.TensorSpec`."""
        import tensorflow as tf

        return {"serve": tf.TensorSpec((None, self.num_features), tf.float32, name="vector")}

    def shown(self, raw):
        """Return what an answer repeats of its raw value: nothing."""
        return {}

    def tensors(self):
        """Return the model's inputs, ``{"vector": (B, D) float32}``."""
        import keras

        return {"vector": keras.Input((self.num_features,), name="vector")}

    def stem(self, numbers):
        """Return the standardised numbers (B, D)."""
        mean, std = self.mean or (0.0,) * self.num_features, self.std or (1.0,) * self.num_features
        return rescaling(mean, std, name="stem_standardise")(numbers["vector"])

    def handmade(self, numbers, kind):
        """Return the standardised numbers and their squares (B, 2D)."""
        from keras import layers

        x = self.stem(numbers)
        return layers.Concatenate(name="stem_squares")([x, layers.Multiply(name="stem_square")([x, x])])

    def problems(self, x):
        """Yield (found, expected, fix) for a raw value that is no row of finite numbers."""
        import numpy as np

        x = np.asarray(x)
        if x.shape != (self.num_features,):
            yield f"shape {x.shape}", f"({self.num_features},)", "give every row the same columns"
        elif not np.isfinite(x).all():
            column = int(np.argmin(np.isfinite(x)))
            yield (f"{x[column]} in column {self.names[column] if self.names else column}", "a finite number",
                   "fill or drop missing values")

    def sample(self, rng, n, num_kinds):
        """Return `n` rows around one centre for each kind, and the kinds."""
        import numpy as np

        centres = np.random.default_rng(0).normal(size=(num_kinds, self.num_features)) * 2
        kinds = rng.integers(num_kinds, size=n)
        return list((centres[kinds] + rng.normal(size=(n, self.num_features))).astype("float32")), kinds

"""Log-linear decoder: scores of the next piece that are a linear map of switches (Berger, Della Pietra & Della Pietra
1996, https://aclanthology.org/J96-1002).

Shapes: B batch, T input times, D input features, L pieces of the text, U units, V pieces, N rows.
"""
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class LogLinearDecoder(layers.Layer):
    """Features (B, T, D), real times (B, T) and the pieces before each (B, L) to scores of pieces (B, L, V) float32.

    The switches are the two pieces before, all words of the input, and the word of the input at the same place.

    Args:
        num_pieces: V.
        units: rank of the map, U.
    """

    def __init__(self, num_pieces, units, **options):
        super().__init__(**options)
        self.num_pieces, self.units = int(num_pieces), int(units)
        made = {"dtype": self.dtype_policy}
        self.last = layers.Embedding(self.num_pieces, self.units, "zeros", name="last", **made)
        self.second = layers.Embedding(self.num_pieces, self.units, "zeros", name="second", **made)
        self.all_words = layers.Dense(self.units, use_bias=False, name="all_words", **made)
        self.same_place = layers.Dense(self.units, use_bias=False, name="same_place", **made)
        self.scores = layers.Dense(self.num_pieces, dtype="float32", name="scores")
        self.supports_masking = True

    def build(self, shapes):
        self.last.build((None, None))
        self.second.build((None, None))
        self.all_words.build(shapes[0])
        self.same_place.build(shapes[0])
        self.scores.build((None, None, self.units))

    def call(self, inputs, training=None):
        memory, real, previous = inputs
        (words, places), _ = self.begin(memory, real)
        beyond = ops.zeros_like(ops.repeat(places[:, :1], ops.shape(previous)[1], axis=1))
        places = ops.concatenate([places, beyond], axis=1)[:, : ops.shape(previous)[1]]
        second = ops.concatenate([ops.zeros_like(previous[:, :1]), previous[:, :-1]], axis=1)
        return self.scores(ops.expand_dims(words, 1) + places + self.last(previous) + self.second(second))

    def begin(self, memory, real, longest=None):
        """Return what stays the same for all pieces of a text, and the state: the piece before the last (B,)."""
        real = ops.cast(real, self.compute_dtype)
        memory = memory * ops.expand_dims(real, -1)
        length = ops.maximum(ops.sum(real, axis=1, keepdims=True), 1)
        words = self.all_words(ops.sum(memory, axis=1) / length)
        return (words, self.same_place(memory)), [ops.zeros((ops.shape(memory)[0],), dtype="int32")]

    def step(self, ids, time, fixed, state):
        """Return the scores of the next piece (N, V) and the new state, for the last pieces (N,) at a time ()."""
        words, places = fixed
        here = ops.cast(ops.arange(ops.shape(places)[1], dtype="int32") == time, places.dtype)
        place = ops.sum(places * ops.reshape(here, (1, -1, 1)), axis=1)
        return self.scores(words + place + self.last(ids) + self.second(state[0])), [ids]

    def compute_output_spec(self, inputs, training=None):
        return keras.KerasTensor((*inputs[2].shape, self.num_pieces), dtype="float32")

    def compute_mask(self, inputs, mask=None):
        return None

    def get_config(self):
        return {**super().get_config(), "num_pieces": self.num_pieces, "units": self.units}

"""LSTM decoder with attention (Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473; Luong et al. 2015,
https://arxiv.org/abs/1508.04025).

The first LSTM asks the attention, and what that finds goes to the LSTMs above and to the scores (Wu et al. 2016,
https://arxiv.org/abs/1609.08144): no step of the first waits for the attention of the step before, so training walks
over whole texts. The vectors that pieces are read with also score them (Press & Wolf 2017,
https://aclanthology.org/E17-2025).

Shapes: B batch, T input times, D input features, L pieces of the text, U units, V pieces, N rows.
"""
import keras
from keras import layers, ops

from zoo.layers.beam_search import LOWEST


@keras.saving.register_keras_serializable("zoo")
class AttentionDecoder(layers.Layer):
    """Features (B, T, D), real times (B, T) and the pieces before each (B, L) to scores of pieces (B, L, V) float32.

    Args:
        num_pieces: V.
        units: size of the LSTMs and of the pieces' vectors, U.
        depth: number of LSTMs.
        dropout: rate applied to what each LSTM reads and to what is scored.
        attention: "multiplicative" (Luong's general) or "additive" (Bahdanau's).

    Raises:
        ValueError: another kind of attention.
    """

    def __init__(self, num_pieces, units, depth=2, dropout=0.3, attention="multiplicative", **options):
        super().__init__(**options)
        if attention not in ("multiplicative", "additive"):
            raise ValueError(f'received attention={attention!r}: expected "multiplicative" or "additive"')
        self.num_pieces, self.units, self.depth = int(num_pieces), int(units), int(depth)
        self.dropout, self.attention = float(dropout), attention
        made = {"dtype": self.dtype_policy}
        near_one = keras.initializers.RandomUniform(-((3 / self.units) ** 0.5), (3 / self.units) ** 0.5)
        self.vectors = layers.Embedding(self.num_pieces, self.units, near_one, name="vectors", **made)
        self.lstms = [layers.LSTM(self.units, return_sequences=True, name=f"lstm_{i}", **made)
                      for i in range(self.depth)]
        self.start = layers.Dense(2 * self.depth * self.units, activation="tanh", name="start", **made)
        self.keys = layers.Dense(self.units, use_bias=False, name="keys", **made)
        self.query = layers.Dense(self.units, use_bias=False, name="query", **made)
        self.weight = layers.Dense(1, use_bias=False, name="weight", **made)
        self.joined = layers.Dense(self.units, name="joined", **made)
        self.drop = layers.Dropout(self.dropout, **made)
        self.supports_masking = True

    def build(self, shapes):
        memory, read = shapes[0], (None, None, self.units)
        self.vectors.build((None, None))
        self.lstms[0].build(read)
        both = (None, None, self.units + memory[-1])
        for lstm in self.lstms[1:]:
            lstm.build(both)
        self.start.build((None, memory[-1]))
        self.keys.build(memory)
        if self.attention == "additive":
            self.query.build(read)
            self.weight.build(read)
        self.joined.build(both)
        self.bias = self.add_weight(shape=(self.num_pieces,), initializer="zeros", name="bias")

    def call(self, inputs, training=None):
        return self._walk(inputs, training)[0]

    def weights_of(self, inputs):
        """Return how much each piece looks at each input time (B, L, T), for the pieces before each as in `call`."""
        return self._walk(inputs, False)[1]

    def _walk(self, inputs, training):
        memory, real, previous = inputs
        fixed, state = self.begin(memory, real)
        x = self.drop(self.vectors(previous), training=training)
        x = self.lstms[0](x, initial_state=state[:2])
        context, weights = self._attend(x, fixed)
        for i in range(1, self.depth):
            both = self.drop(ops.concatenate([x, context], axis=-1), training=training)
            x = self.lstms[i](both, initial_state=state[2 * i : 2 * i + 2])
        return self._scores(x, context, training), weights

    def begin(self, memory, real, longest=None):
        """Return what stays the same for all pieces of a text, and the LSTMs' first states, a list of (B, U)."""
        real = ops.cast(real, self.compute_dtype)
        mean = ops.sum(memory * ops.expand_dims(real, -1), axis=1)
        mean = mean / ops.maximum(ops.sum(real, axis=1, keepdims=True), 1)
        bias = (1 - ops.cast(real, "float32")) * LOWEST
        return (memory, self.keys(memory), bias), ops.split(self.start(mean), 2 * self.depth, axis=-1)

    def step(self, ids, time, fixed, state):
        """Return the scores of the next piece (N, V) and the new state, for the last pieces (N,)."""
        x, (h, c) = self.lstms[0].cell(self.vectors(ids), state[:2])
        context, _ = self._attend(ops.expand_dims(x, 1), fixed)
        new = [h, c]
        for i in range(1, self.depth):
            both = ops.concatenate([x, context[:, 0]], axis=-1)
            x, states = self.lstms[i].cell(both, state[2 * i : 2 * i + 2])
            new += states
        return self._scores(ops.expand_dims(x, 1), context, False)[:, 0], new

    def _attend(self, x, fixed):
        """Return what the attention finds (N, L, D) and its weights (N, L, T) for queries (N, L, U)."""
        memory, keys, bias = fixed
        if self.attention == "additive":
            pairs = ops.expand_dims(self.query(x), 2) + ops.expand_dims(keys, 1)  # (N, L, T, U)
            scores = self.weight(ops.tanh(pairs))[..., 0]
        else:
            scores = ops.matmul(x, ops.swapaxes(keys, 1, 2))
        weights = ops.softmax(ops.cast(scores, "float32") + ops.expand_dims(bias, 1), axis=-1)
        return ops.matmul(ops.cast(weights, memory.dtype), memory), weights

    def _scores(self, x, context, training):
        joined = ops.tanh(self.joined(ops.concatenate([x, context], axis=-1)))
        joined = ops.cast(self.drop(joined, training=training), "float32")
        table = ops.cast(ops.convert_to_tensor(self.vectors.embeddings), "float32")
        return ops.matmul(joined, ops.transpose(table)) + ops.cast(self.bias, "float32")

    def compute_output_spec(self, inputs, training=None):
        return keras.KerasTensor((*inputs[2].shape, self.num_pieces), dtype="float32")

    def compute_mask(self, inputs, mask=None):
        return None

    def get_config(self):
        names = ("num_pieces", "units", "depth", "dropout", "attention")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

"""Transformer decoder (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762), the layer norm before each part (Xiong
et al. 2020, https://arxiv.org/abs/2002.04745). The vectors that pieces are read with also score them (Press & Wolf
2017, https://aclanthology.org/E17-2025). While generating, keys and values of the pieces before are kept.

Shapes: B batch, T input times, D input features, L pieces of the text, U units, V pieces, N rows, H heads.
"""
import keras
from keras import layers, ops

from zoo.layers.beam_search import LOWEST
from zoo.layers.dropout import Dropout
from zoo.layers.gelu import gelu
from zoo.layers.layer_norm import LayerNorm
from zoo.layers.on_cpu import product_dtype
from zoo.layers.positions import sinusoids


@keras.saving.register_keras_serializable("zoo")
class TransformerDecoder(layers.Layer):
    """Features (B, T, D), real times (B, T) and the pieces before each (B, L) to scores of pieces (B, L, V) float32.

    Args:
        num_pieces: V.
        units: width of all blocks, U; the feed-forward part is four times as wide.
        num_heads: attention heads, H, which share the width out among them.
        depth: number of blocks.
        dropout: rate applied to the pieces' vectors and to the output of each part.

    Raises:
        ValueError: num_heads does not divide units.
    """

    def __init__(self, num_pieces, units, num_heads=4, depth=3, dropout=0.1, **options):
        super().__init__(**options)
        if units % num_heads:
            raise ValueError(f"received units={units}, num_heads={num_heads}: expected units that num_heads divides")
        self.num_pieces, self.units, self.num_heads = int(num_pieces), int(units), int(num_heads)
        self.depth, self.dropout = int(depth), float(dropout)
        made = {"dtype": self.dtype_policy}
        near_one = keras.initializers.RandomUniform(-((3 / self.units) ** 0.5), (3 / self.units) ** 0.5)
        self.vectors = layers.Embedding(self.num_pieces, self.units, near_one, name="vectors", **made)
        self.blocks = [_parts(self.units, i, made) for i in range(self.depth)]
        self.norm = LayerNorm(epsilon=1e-6, name="norm", **made)
        self.drop = Dropout(self.dropout, **made)
        self.supports_masking = True

    def build(self, shapes):
        inner = (None, None, self.units)
        self.vectors.build((None, None))
        for block in self.blocks:
            for name, part in block.items():
                wide = (None, None, 4 * self.units)
                part.build({"memory_keys": shapes[0], "memory_values": shapes[0], "narrow": wide}.get(name, inner))
        self.norm.build(inner)
        self.bias = self.add_weight(shape=(self.num_pieces,), initializer="zeros", name="bias")

    def call(self, inputs, training=None):
        return self._walk(inputs, training)[0]

    def weights_of(self, inputs):
        """Return how much each piece looks at each input time (B, L, T) in the last block, the mean of its heads."""
        return self._walk(inputs, False)[1]

    def _walk(self, inputs, training):
        memory, real, previous = inputs
        (bias, each, pieces), _ = self.begin(memory, real)
        times = ops.arange(ops.shape(previous)[1], dtype="int32")
        later = ops.cast(ops.expand_dims(times, 0) > ops.expand_dims(times, 1), "float32") * LOWEST  # (L, L)
        x = self.drop(self._read(previous, times), training=training)
        for block, of_memory in each:
            y = block["norm"](x)
            keys, values = self._turned(block["keys"](y)), self._heads(block["values"](y))
            y, _ = self._attend(block["query"](y), keys, values, later)
            x = x + self.drop(block["out"](y), training=training)
            x, weights = self._rest(block, x, of_memory, bias, training)
        return self._scores(x, pieces), weights

    def begin(self, memory, real, longest=0):
        """Return what stays the same for all pieces of a text, and empty caches, of keys (B, H, U/H, longest) and of
        values (B, H, longest, U/H) in turn.

        What stays the same is the bias of padding in the memory, for each block its parts with the memory's keys and
        values, and what scores the pieces. Where texts are written, so where `longest` is more than 0, weights are
        brought into the dtype of products here, once and not for each piece.
        """
        bias = ops.expand_dims((1 - ops.cast(real, "float32")) * LOWEST, 1)  # (B, 1, T)
        dtype = product_dtype(self.compute_dtype) if longest else self.compute_dtype
        each = [(_ready(block, dtype) if longest else block,
                 [ops.cast(made(block[name](memory)), dtype)
                  for name, made in (("memory_keys", self._turned), ("memory_values", self._heads))])
                for block in self.blocks]
        many, size = (ops.shape(memory)[0], self.num_heads), self.units // self.num_heads
        caches = [ops.zeros((*many, *shape), dtype=dtype) for shape in ((size, longest), (longest, size))]
        return (bias, each, self._pieces(dtype)), caches * self.depth

    def step(self, ids, time, fixed, state):
        """Return the scores of the next piece (N, V) and the new caches, for the last pieces (N,) at a time ()."""
        places = ops.arange(state[1].shape[2], dtype="int32")
        later = ops.expand_dims(ops.cast(places > time, "float32") * LOWEST, 0)  # (1, L)
        x, new = self._read(ops.expand_dims(ids, 1), ops.reshape(time, (1,))), []
        bias, each, pieces = fixed
        for i, (block, of_memory) in enumerate(each):
            query, key, value = ops.split(block["read"](block["norm"](x)), 3, axis=-1)
            keys, values = state[2 * i : 2 * i + 2]
            new += [_kept(keys, self._turned(key), time, 3), _kept(values, self._heads(value), time, 2)]
            x = x + block["out"](self._attend(query, *new[-2:], later)[0])
            x, _ = self._rest(block, x, of_memory, bias, False)
        return self._scores(x, pieces)[:, 0], new

    def _read(self, pieces, times):
        vectors = self.vectors(pieces) * self.units**0.5
        return vectors + ops.cast(sinusoids(times, self.units), vectors.dtype)

    def _rest(self, block, x, of_memory, bias, training):
        """Return (x, weights) behind the parts of a block that look at the memory and at each place alone."""
        y, weights = self._attend(block["memory_query"](block["memory_norm"](x)), *of_memory, bias)
        x = x + self.drop(block["memory_out"](y), training=training)
        y = block["narrow"](block["wide"](block["forward_norm"](x)))
        return x + self.drop(y, training=training), weights

    def _attend(self, query, keys, values, bias):
        """Return (N, L, U) and the heads' mean weights (N, L, T) for queries (N, L, U), keys (N, H, U/H, T), values
        (N, H, T, U/H) and a bias (…, L or 1, T)."""
        query = ops.cast(self._heads(query), keys.dtype)
        scores = ops.cast(ops.matmul(query, keys), "float32")
        scale = (self.units // self.num_heads) ** 0.5
        weights = ops.softmax(scores / scale + (ops.expand_dims(bias, 1) if len(bias.shape) == 3 else bias), axis=-1)
        found = ops.swapaxes(ops.matmul(ops.cast(weights, values.dtype), values), 1, 2)  # (N, L, H, U/H)
        found = ops.reshape(found, (ops.shape(found)[0], -1, self.units))
        return ops.cast(found, self.compute_dtype), ops.mean(weights, axis=1)

    def _heads(self, x):
        split = ops.reshape(x, (ops.shape(x)[0], -1, self.num_heads, self.units // self.num_heads))
        return ops.swapaxes(split, 1, 2)

    def _turned(self, x):
        return ops.swapaxes(self._heads(x), 2, 3)

    def _pieces(self, dtype):
        """Return what scores the pieces (U, V): float32 but where products of float32 numbers are in another dtype."""
        return ops.transpose(ops.cast(self.vectors.embeddings, dtype if self.compute_dtype == "float32" else "float32"))

    def _scores(self, x, pieces):
        scores = ops.matmul(ops.cast(self.norm(x), pieces.dtype), pieces)
        return ops.cast(scores, "float32") + ops.cast(self.bias, "float32")

    def compute_output_spec(self, inputs, training=None):
        return keras.KerasTensor((*inputs[2].shape, self.num_pieces), dtype="float32")

    def compute_mask(self, inputs, mask=None):
        return None

    def get_config(self):
        names = ("num_pieces", "units", "num_heads", "depth", "dropout")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _kept(cache, new, time, axis):
    """Return a cache with what is new at a time, which is an axis of both."""
    new = ops.cast(new, cache.dtype)
    if keras.backend.backend() != "tensorflow":
        return ops.slice_update(cache, [time if i == axis else 0 for i in range(4)], new)
    import tensorflow as tf

    size = 1 if axis == 3 else cache.shape[3]
    rows = cache.shape[3] if axis == 3 else cache.shape[2] * size
    flat = tf.raw_ops.TensorStridedSliceUpdate(  # in place, where a scatter copies
        input=ops.reshape(cache, (-1, rows)), begin=[0, time * size], end=[0, (time + 1) * size],
        strides=[1, 1], begin_mask=1, end_mask=1, value=ops.reshape(new, (-1, size)))
    return ops.reshape(flat, (-1, *cache.shape[1:]))


def _ready(block, dtype):
    """Return the parts of a block that a step needs as functions whose weights have a dtype, "read" being what gives
    query, keys and values in a row."""
    def product(*dense):
        kernel = ops.cast(ops.concatenate([one.kernel for one in dense], -1), dtype)
        bias = ops.concatenate([one.bias for one in dense], -1)
        return lambda x: dense[0].activation(ops.cast(ops.matmul(ops.cast(x, dtype), kernel), x.dtype) + bias)

    once = ("query", "keys", "values")
    alone = {name: product(part) if isinstance(part, layers.Dense) else part for name, part in block.items()
             if name not in (*once, "memory_keys", "memory_values")}
    return {**alone, "read": product(*(block[name] for name in once))}


def _parts(units, i, made):
    """Return the layers of a block by name."""
    parts = {name: LayerNorm(epsilon=1e-6, name=f"{name}_{i}", **made)
             for name in ("norm", "memory_norm", "forward_norm")}
    for name in ("query", "keys", "values", "out", "memory_query", "memory_keys", "memory_values", "memory_out"):
        parts[name] = layers.Dense(units, name=f"{name}_{i}", **made)
    parts["wide"] = layers.Dense(4 * units, activation=gelu, name=f"wide_{i}", **made)
    parts["narrow"] = layers.Dense(units, name=f"narrow_{i}", **made)
    return parts

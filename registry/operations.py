"""What each kind of layer multiplies: floating-point operations of one example, forward.

A multiplication and an addition count as two operations; elementwise work is left out, as is usual (He et al. 2015,
https://arxiv.org/abs/1512.03385, count so), and a row that is looked up costs none. Every kind has a function of the
layer and the shapes of its first input and of its output, without the batch, that gives the products of the input, or
(products of the input, products of what the layer itself computed): a recurrent layer multiplies its input and, step
by step, its own state. The distinction tells which gradients a training step needs, see `registry.cost`.
"""
import math
from math import prod


def _dense(layer, x, y):
    return 2 * x[-1] * prod(y)


def _convolution(layer, x, y):
    return 2 * prod(layer.kernel.shape[:-1]) * prod(y)


def _depthwise(layer, x, y):
    return 2 * prod(layer.kernel_size) * prod(y)


def _separable(layer, x, y):
    places, pointwise = prod(y[:-1]), layer.pointwise_kernel.shape
    return 2 * places * prod(layer.depthwise_kernel.shape), 2 * places * prod(pointwise)


def _recurrent(gates):
    """The input at all times, and the state at each."""
    return lambda layer, x, y: (2 * gates * layer.units * x[-1] * x[0], 2 * gates * layer.units**2 * x[0])


def _bidirectional(layer, x, y):
    of_input, within = OPERATIONS[type(layer.forward_layer).__name__](layer.forward_layer, x, y)
    return 2 * of_input, 2 * within


def _attention(layer, x, y):
    """Queries, keys and values; then every place with every other, twice, and the output."""
    size, places = layer.num_heads * layer.key_dim, prod(x[:-1])
    return 2 * places * 3 * x[-1] * size, 2 * places * (x[-1] * size + 2 * x[-2] * size)


def _attention_pooling(layer, x, y):
    return 2 * prod(x) * layer.units, 2 * x[0] * (layer.units + x[-1])


def _char_cnn(layer, x, y):
    weights = sum(prod(w.shape) for w in layer.weights if len(w.shape) == 3)
    return 0, 2 * weights * prod(x)


def _subwords(layer, x, y):
    return 0, 2 * x[0] * grams_of(layer, x) * layer.gram


def grams_of(layer, x):
    """Return how many n-grams `zoo.layers.subwords.Subwords` adds up for a word of all the characters that fit."""
    from zoo.layers.subwords import GRAMS

    return sum(x[-1] + 3 - n for n in GRAMS) if layer.gram else 0


def _biaffine(layer, x, y):
    a, b = layer.arc_units, layer.label_units + 1
    heads = layer.num_relations * b
    return 2 * x[0] * (a * (a + 1) + b * heads), 2 * x[0] * (x[0] + 1) * (a + heads)


def _embedding_sum(layer, x, y):
    """The product with the switches that the ids stand for, of those that are on."""
    return 2 * prod(x) * y[-1]


def _attention_decoder(layer, x, y):
    """The keys of each input time and the first states once, the rest for each piece of the text."""
    units, vocabulary = layer.units, y[-1]
    once = x[0] * x[1] * units + x[1] * 2 * layer.depth * units
    lstms = sum(prod(w.shape) for lstm in layer.lstms for w in lstm.weights if len(w.shape) == 2)
    asked = x[0] * (units + x[1]) + (units**2 if layer.attention == "additive" else 0)
    return 0, 2 * (once + y[0] * (lstms + asked + (units + x[1]) * units + units * vocabulary))


def _transformer_decoder(layer, x, y):
    """Keys and values of each input time once in each block, the rest for each piece of the text."""
    units, pieces = layer.units, y[0]
    block = 2 * x[0] * x[1] * units + pieces * units * (14 * units + 2 * pieces + 2 * x[0])
    return 0, 2 * (layer.depth * block + pieces * units * y[-1])


def _log_linear_decoder(layer, x, y):
    """The words once, their mean once, and scores for each piece of the text."""
    return 0, 2 * ((x[0] + 1) * x[1] * layer.units + y[0] * layer.units * y[-1])


def _ensemble_decoder(layer, x, y):
    one = layer.decoders[0]
    of_input, within = OPERATIONS[type(one).__name__](one, (x[0], x[1] // len(layer.decoders)), y)
    return len(layer.decoders) * of_input, len(layer.decoders) * within


def _log_mel(layer, x, y):
    """A Fourier transform counts 2.5 N log2 N operations for N real samples (Frigo & Johnson 2005)."""
    return y[0] * (2.5 * layer.size * math.log2(layer.size) + (layer.size + 2) * y[1])


def _field_vectors(layer, x, y):
    """Each number times the row of its field."""
    return 2 * len(layer.mean) * y[-1]


def _field_scores(layer, x, y):
    """The square of a sum, and a sum of squares (Rendle 2010)."""
    return (4 if layer.pairs else 1) * prod(x)


def stride(layer):
    """Return how many steps of a sequence a layer makes one of."""
    if type(layer).__name__ == "StackFrames":
        return layer.n
    return layer.strides[getattr(layer, "time", 1) - 1] if hasattr(layer, "strides") else 1


OPERATIONS = {
    "Dense": _dense, "RBM": _dense, "NameVectors": _dense, "RandomFeatures": _dense, "MelOfCepstra": _dense,
    "Conv1D": _convolution, "MaskedConv1D": _convolution, "Conv2D": _convolution, "MaskedConv2D": _convolution,
    "DepthwiseConv2D": _depthwise, "MaskedDepthwiseConv1D": _depthwise, "SeparableConv2D": _separable,
    "LSTM": _recurrent(4), "GRU": _recurrent(3), "SimpleRNN": _recurrent(1), "Bidirectional": _bidirectional,
    "MultiHeadAttention": _attention, "AttentionPooling1D": _attention_pooling, "CharCNN": _char_cnn,
    "Subwords": _subwords, "Biaffine": _biaffine, "EmbeddingSum": _embedding_sum, "WeightedSwitches": _embedding_sum,
    "AttentionDecoder": _attention_decoder, "TransformerDecoder": _transformer_decoder,
    "LogLinearDecoder": _log_linear_decoder, "EnsembleDecoder": _ensemble_decoder,
    "FieldVectors": _field_vectors, "FieldScores": _field_scores, "LogMel": _log_mel,
    "LearnedFilters": lambda layer, x, y: 2 * y[0] * prod(layer.waves.shape),
    "Cepstra": lambda layer, x, y: 2 * prod(x) * layer.num_coefficients,
    "PartMeans": lambda layer, x, y: 2 * prod(x) * layer.parts,
    "Potentials": lambda layer, x, y: prod(y),
    "Backoff": _dense, "Cooccurrences": lambda layer, x, y: 2 * prod(y),
    "Latent": lambda layer, x, y: 2 * 2 * x[-1] * y[-1],
    "ItemNeighbours": lambda layer, x, y: 2 * prod(x) * layer.neighbours}

# Of tables that are looked up an example reads these numbers only. A kind that stands here alone multiplies nothing.
LOOKUPS = {
    "Embedding": lambda layer, x, y: prod(y), "Positions": lambda layer, x, y: x[-2] * x[-1] if layer.weights else 0,
    "Grams": lambda layer, x, y: prod(y), "FieldVectors": lambda layer, x, y: prod(y),
    "Subwords": lambda layer, x, y: prod(y) + x[0] * (grams_of(layer, x) - 1) * layer.gram,
    "EmbeddingSum": lambda layer, x, y: prod(x) * y[-1], "WeightedSwitches": lambda layer, x, y: prod(x) * y[-1],
    "Backoff": lambda layer, x, y: 2 * x[-1] * prod(y), "Cooccurrences": lambda layer, x, y: 2 * prod(y),
    "ItemNeighbours": lambda layer, x, y: 2 * prod(x) * layer.neighbours}

# What only changes how numbers are seen, or acts in training alone, moves none.
VIEWS = {"InputLayer", "Identity", "Reshape", "Flatten", "Dropout", "SpatialDropout1D", "SpatialDropout2D",
         "WordDropout", "Memory", "AsGrid", "AsFrames"}


def forward(layer, x, y):
    """Return (products of the input, products of what the layer computed) of one example through a layer.

    Args:
        layer: a built layer.
        x, y: shapes of its first input and of its output, without the batch.
    """
    count = OPERATIONS.get(type(layer).__name__, lambda layer, x, y: 0)(layer, x, y)
    return tuple(map(int, count)) if isinstance(count, tuple) else (int(count), 0)


def rows_read(layer, x, y):
    """Return how many numbers of its tables an example looks up, or None where the layer reads all of its weights."""
    count = LOOKUPS.get(type(layer).__name__)
    return None if count is None else int(count(layer, x, y))

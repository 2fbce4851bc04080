"""What a model costs: parameters and floating-point operations, layer by layer.

A multiplication and an addition count as two operations; elementwise work is left out, as is usual
(He et al. 2015, https://arxiv.org/abs/1512.03385, count so). A time axis of unknown length counts as `length`.
"""
from math import prod


def _shape(tensor, length):
    return tuple(length if n is None else n for n in tensor.shape[1:])


def _dense(layer, x, y):
    return 2 * x[-1] * prod(y)


def _convolution(layer, x, y):
    return 2 * prod(layer.kernel.shape[:-1]) * prod(y)


def _depthwise(layer, x, y):
    return 2 * prod(layer.kernel_size) * prod(y)


def _recurrent(gates):
    return lambda layer, x, y: 2 * gates * layer.units * (x[-1] + layer.units) * x[0]


def _bidirectional(layer, x, y):
    return 2 * OPERATIONS[type(layer.forward_layer).__name__](layer.forward_layer, x, y)


def _attention(layer, x, y):
    size = layer.num_heads * layer.key_dim
    return 2 * prod(x[:-1]) * (4 * x[-1] * size + 2 * x[-2] * size)


def _char_cnn(layer, x, y):
    weights = sum(prod(w.shape) for w in layer.weights if len(w.shape) == 3)
    return 2 * weights * prod(x)


def _biaffine(layer, x, y):
    a, b = layer.arc_units, layer.label_units + 1
    heads = layer.num_relations * b
    return 2 * x[0] * (a * (a + 1) + b * heads + (x[0] + 1) * (a + heads))


def _embedding_sum(layer, x, y):
    return 2 * prod(x) * y[-1]


def _decoder(layer, x, y):
    """Every matrix once for each piece, and each piece looks at each input time."""
    matrices = sum(prod(w.shape) for w in layer.weights if len(w.shape) == 2)
    return 2 * y[0] * (matrices + 2 * x[0] * x[-1])


def _latent(layer, x, y):
    return 2 * 2 * x[-1] * y[-1]


def _item_neighbours(layer, x, y):
    return 2 * prod(x) * layer.neighbours


def _log_mel(layer, x, y):
    """A Fourier transform counts 2.5 N log2 N operations for N real samples (Frigo & Johnson 2005)."""
    import math

    return y[0] * (2.5 * layer.size * math.log2(layer.size) + (layer.size + 2) * y[1])


def _learned_filters(layer, x, y):
    return 2 * y[0] * prod(layer.waves.shape)


def _field_scores(layer, x, y):
    """The square of a sum, and a sum of squares (Rendle 2010)."""
    return (4 if layer.pairs else 1) * prod(x)


OPERATIONS = {
    "Dense": _dense, "RBM": _dense, "Conv1D": _convolution, "MaskedConv1D": _convolution, "Conv2D": _convolution,
    "DepthwiseConv2D": _depthwise, "LSTM": _recurrent(4), "GRU": _recurrent(3), "SimpleRNN": _recurrent(1),
    "Bidirectional": _bidirectional, "MultiHeadAttention": _attention, "CharCNN": _char_cnn, "Biaffine": _biaffine,
    "EmbeddingSum": _embedding_sum, "WeightedSwitches": _embedding_sum, "AttentionDecoder": _decoder,
    "TransformerDecoder": _decoder, "LogLinearDecoder": _decoder, "EnsembleDecoder": _decoder,
    "MaskedConv2D": _convolution, "MaskedDepthwiseConv1D": _depthwise,
    "FieldScores": _field_scores, "LogMel": _log_mel, "LearnedFilters": _learned_filters, "RandomFeatures": _dense,
    "Backoff": _dense, "NameVectors": _dense, "Cooccurrences": lambda layer, x, y: 2 * prod(y),
    "Latent": _latent, "ItemNeighbours": _item_neighbours}


def of_layer(layer, length=32):
    """Return the floating-point operations of one example through a built layer.

    Args:
        layer: a layer of a functional model.
        length: what an unknown axis counts as, in words or frames.
    """
    if hasattr(layer, "layers") and hasattr(layer, "inputs"):
        return sum(of_layer(inner, length) for inner in layer.layers)
    count = OPERATIONS.get(type(layer).__name__)
    if count is None:
        return 0
    first = layer.input[0] if isinstance(layer.input, (list, tuple)) else layer.input
    return int(count(layer, _shape(first, length), _shape(layer.output, length)))


def flops(model, length=32):
    """Return the floating-point operations of one example through the model, forward."""
    return sum(of_layer(layer, length) for layer in model.layers)

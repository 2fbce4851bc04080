"""What a model costs, layer by layer: parameters, floating-point operations and bytes.

**Forward**: the products of `registry.operations`, loops of recurrent layers and decoders included. **A training
step** counts the same products again for each gradient: once for the weights of a layer whose matrix is learned, and
once for its input where anything before it is learned. So most layers count three times, the first learned one twice
(nothing wants the gradient of the data), a product without learned weights behind a learned layer twice, and what is
made by hand before all learning once. A layer's products of its own state or of two computed values have both
gradients, which is three times always. The loss and the optimizer are left out, as elementwise work is; where a loss
looks at sampled answers only, as that of word vectors does, the step computes less than is counted here.

**Bytes** are what a forward pass moves at the least: each weight read once, however often a loop uses it, of looked-up
tables only the rows, and each layer's inputs read and output written. Numbers count the size of the type that the layer
computes in (4 for float32, 2 for bfloat16), ids 4. A batch of N examples moves `weight_bytes + N · example_bytes`.

A time axis of unknown length counts as `length`, behind a stride as what is left of it, and where pieces of a text are
written as `pieces`; an example is one of these lengths.
"""
import re
from dataclasses import dataclass
from math import prod

from registry import ensembles, operations

PIECES = "previous"  # the input of those who write


@dataclass(frozen=True)
class Cost:
    """What one layer costs, or with `+` several: parameters, FLOPs and bytes of one example."""

    parameters: int = 0
    flops: int = 0
    training_flops: int = 0
    weight_bytes: int = 0
    example_bytes: int = 0

    def __add__(self, other):
        return Cost(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def bytes(self):
        """What one example moves forward, alone."""
        return self.weight_bytes + self.example_bytes


def costs(model, length=32, pieces=None):
    """Return what each layer of a model costs.

    Args:
        model: a functional model, built in a `keras.StatelessScope` or with its weights.
        length: what an unknown axis of what is read counts as, in words or frames.
        pieces: of what is written; None for as many.

    Returns:
        {layer: `Cost`} in the order of the model; the layers of an ensemble's members in their place, a network of
        `keras.applications` as one layer.
    """
    ends = {id(x): pieces if pieces and x.name == PIECES else length for x in model.inputs}
    return _walked(model, ends, set())


def total(model, length=32, pieces=None):
    """Return the `Cost` of a whole model; arguments as in `costs`."""
    return sum(costs(model, length, pieces).values(), Cost())


def flops(model, length=32, pieces=None):
    """Return the floating-point operations of one example through the model, forward."""
    return total(model, length, pieces).flops


def training_flops(model, length=32, pieces=None):
    """Return the floating-point operations that one example adds to a training step."""
    return total(model, length, pieces).training_flops


def _walked(model, lengths, behind):
    """Return {layer: Cost}. Both grow: `lengths`, what the unknown axes of tensors count as by their ids, and `behind`,
    the ids of the tensors that something learned went into."""
    found = {}
    for operation in model.operations:
        node = operation._inbound_nodes[0]
        before = any(id(tensor) in behind for tensor in node.input_tensors)
        if before or getattr(operation, "trainable_weights", ()):
            behind |= set(map(id, node.output_tensors))
        if node.input_tensors:
            lengths |= dict.fromkeys(map(id, node.output_tensors), _steps(operation, node, lengths))
        if hasattr(operation, "operations"):
            ends = {id(x): lengths[id(tensor)] for x, tensor in zip(operation.inputs, node.input_tensors, strict=True)}
            inner = _walked(operation, ends, set(map(id, operation.inputs)) if before else set())
            member = operation.name.startswith(ensembles.MEMBER)
            found |= inner if member else {operation: sum(inner.values(), Cost())}
        elif hasattr(operation, "weights"):
            found[operation] = _of_layer(operation, node, before, lengths)
    return found


def _steps(layer, node, lengths):
    """Return what the unknown axis behind a layer counts as: the first input's, or the text's where one is written."""
    first = next((tensor for tensor in node.input_tensors if tensor.name == PIECES), node.input_tensors[0])
    return -(-lengths[id(first)] // operations.stride(layer))


def _of_layer(layer, node, before, lengths):
    shapes = [_shape(tensor, lengths[id(tensor)]) for tensor in (*node.input_tensors, *node.output_tensors)]
    x, y = shapes[0], shapes[len(node.input_tensors)] if node.input_tensors else shapes[0]
    of_input, within = operations.forward(layer, x, y)
    learned = any(len(weight.shape) > 1 for weight in layer.trainable_weights)
    training = of_input * (1 + learned + before) + within * (1 + 2 * (learned or before))
    weights, rows = _weight_bytes(layer), operations.rows_read(layer, x, y)
    moved = 0 if type(layer).__name__ in operations.VIEWS else sum(
        prod(shape) * _size(tensor.dtype) for shape, tensor in zip(shapes, (*node.input_tensors, *node.output_tensors)))
    if rows is not None:
        weights, moved = 0, moved + min(weights, rows * _size(layer.compute_dtype))
    return Cost(_count(layer), of_input + within, training, weights, moved)


def _count(layer):
    return sum(prod(weight.shape) for weight in layer.weights)


def _weight_bytes(layer):
    return sum(prod(weight.shape) * _size(layer.compute_dtype if "float" in weight.dtype else weight.dtype)
               for weight in layer.weights)


def _shape(tensor, length):
    return tuple(length if n is None else n for n in tensor.shape[1:])


def _size(dtype):
    """Return the bytes of a number of a type such as "bfloat16"."""
    return int((re.search(r"\d+", dtype) or ["8"])[0]) // 8

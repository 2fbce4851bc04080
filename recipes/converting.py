"""From a Keras model to ONNX and LiteRT: encoded numbers in, scores out, float32.

Each converter writes a file and returns a runner: a function from numbers, {name: array (B, …)}, to scores (B, …),
computed by the format's own runtime.
"""
import contextlib
import json
import logging
import os

OPSET = 18


def portable(model):
    """Return a copy of a model that runs anywhere: float32, without the kernels of one kind of device."""
    import keras

    text = model.to_json().replace("mixed_bfloat16", "float32").replace("mixed_float16", "float32")
    config = {key: value for key, value in json.loads(text).items() if key != "compile_config"}
    copy = keras.models.model_from_json(json.dumps(config))
    copy.set_weights(model.get_weights())
    for layer in copy._flatten_layers():
        if hasattr(layer, "use_cudnn"):
            layer.use_cudnn = False  # cuDNN's kernels run on GPUs only
    return copy


def is_float32(model):
    """Return whether a model computes in float32 throughout."""
    return all(layer.compute_dtype == "float32" or not layer.weights for layer in model._flatten_layers())


def in_float32(model):
    """Return the model, or its portable copy where it computes in another precision."""
    return model if is_float32(model) else portable(model)


def to_onnx(model, path, length=None):
    """Write ONNX with open batch and time axes; return its runner."""
    _each_word(model)
    with quiet():
        from tf2onnx import convert

        convert.from_function(_scoring(model, False), input_signature=[_signature(model, False)], opset=OPSET,
                              output_path=str(path), custom_op_handlers={"Erfc": (_erfc, [])})
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda numbers: session.run(["scores"], numbers)[0]


def _erfc(graph, node, name, _):
    """Write TensorFlow's Erfc (as in GELU), which ONNX lacks, as 1 - Erf."""
    import numpy as np

    x, out = node.input[0], node.output[0]
    shape, dtype = graph.get_shape(out), graph.get_dtype(out)
    graph.remove_node(node.name)
    one, erf = graph.make_const(f"{name}_one", np.array(1, "float32")), graph.make_node("Erf", [x])
    graph.make_node("Sub", [one.output[0], erf.output[0]], outputs=[out], shapes=[shape], dtypes=[dtype])


def to_litert(model, path, length):
    """Write LiteRT for one example at a time, sequences padded to `length`; return its runner."""
    import tensorflow as tf

    _each_word(model)
    with quiet():
        function = _constant(_scoring(model, length), _signature(model, length))
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], tf.Module())
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        path.write_bytes(converter.convert())
    return _litert_runner(model, path, length)


def _litert_runner(model, path, length):
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    timed = {x.name for x in model.inputs if len(x.shape) > 1 and x.shape[1] is None}
    with quiet():
        run = Interpreter(str(path)).get_signature_runner()

    def one(row):
        padded = {name: np.pad(x, [(0, 0), (0, length - x.shape[1])] + [(0, 0)] * (x.ndim - 2)) if name in timed
                  else x for name, x in row.items()}
        scores = run(**padded)["scores"]
        sequence = timed and model.outputs[0].shape[1] is None
        return scores[:, :row[min(timed)].shape[1]] if sequence else scores

    def runner(numbers):
        count = len(next(iter(numbers.values())))
        with quiet():
            return np.concatenate([one({name: x[i:i + 1] for name, x in numbers.items()}) for i in range(count)])

    return runner


CONVERTERS = {"onnx": to_onnx, "litert": to_litert}


def _signature(model, length):
    """Return the specs of the model's inputs, of one example and `length` times where a length is given."""
    import tensorflow as tf

    def shape(x):
        fixed = (1, *(length if n is None else n for n in x.shape[1:]))
        return fixed if length else x.shape

    return {x.name: tf.TensorSpec(shape(x), x.dtype, name=x.name) for x in model.inputs}


def _scoring(model, length):
    import tensorflow as tf

    return tf.function(lambda numbers: {"scores": model(numbers, training=False)},
                       input_signature=[_signature(model, length)])


def _constant(function, signature):
    """Return the function with its variables as constants: LiteRT loses those that a loop (an LSTM) reads."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    frozen = convert_variables_to_constants_v2(function.get_concrete_function())
    names = [x.name.partition(":")[0] for x in frozen.inputs]
    return tf.function(lambda numbers: {"scores": frozen(*(numbers[name] for name in names))[0]},
                       input_signature=[signature])


def _each_word(model):
    """Let layers compute every word anew: the way over distinct words has operations that converters get wrong."""
    for layer in model._flatten_layers():
        if hasattr(layer, "_once"):
            layer._once = False


@contextlib.contextmanager
def quiet():
    """Keep the converters' messages, some of them from C++, from standard error."""
    before, kept, nowhere = logging.root.manager.disable, os.dup(2), os.open(os.devnull, os.O_WRONLY)
    logging.disable(logging.CRITICAL)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
        logging.disable(before)

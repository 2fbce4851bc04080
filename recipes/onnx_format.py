"""From a Keras model to ONNX: encoded numbers in, scores out, float32.

The runner that `convert` returns maps {name: array (B, …)} to scores (B, …) in the format's own runtime.
"""
from recipes import converting

OPSET = 18


def convert(model, path, length=None):
    """Write ONNX with open batch and time axes; return its runner."""
    converting.each_word(model)
    with converting.quiet():
        from tf2onnx import convert as tf2onnx

        function = converting.scoring(model, length=None)
        tf2onnx.from_function(function, input_signature=function.input_signature, opset=OPSET,
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

"""From a Keras model to LiteRT: encoded numbers in, scores out, float32.

The runner that `convert` returns maps {name: array (B, …)} to scores (B, …) in the format's own runtime.
"""
from recipes import converting


def convert(model, path, length):
    """Write LiteRT for one example at a time, sequences padded to `length`; return its runner."""
    import tensorflow as tf

    converting.each_word(model)
    with converting.quiet():
        function = _constant(converting.scoring(model, length), converting.signature(model, length))
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], tf.Module())
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        path.write_bytes(converter.convert())
    return _runner(model, path, length)


def _runner(model, path, length):
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    timed = {x.name for x in model.inputs if len(x.shape) > 1 and x.shape[1] is None}
    with converting.quiet():
        run = Interpreter(str(path)).get_signature_runner()

    def one(row):
        padded = {name: np.pad(x, [(0, 0), (0, length - x.shape[1])] + [(0, 0)] * (x.ndim - 2)) if name in timed
                  else x for name, x in row.items()}
        scores = run(**padded)["scores"]
        sequence = timed and model.outputs[0].shape[1] is None
        if not sequence:
            return scores
        count = row[min(timed)].shape[1]
        scores = scores[:, :count]
        return scores[..., :count + 1] if model.outputs[0].shape[-1] is None else scores  # heads of trees

    def runner(numbers):
        count = len(next(iter(numbers.values())))
        with converting.quiet():
            return np.concatenate([one({name: x[i:i + 1] for name, x in numbers.items()}) for i in range(count)])

    return runner


def _constant(function, signature):
    """Return the function with its variables as constants: LiteRT loses those that a loop (an LSTM) reads."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    frozen = convert_variables_to_constants_v2(function.get_concrete_function())
    names = [x.name.partition(":")[0] for x in frozen.inputs]
    return tf.function(lambda numbers: {"scores": frozen(*(numbers[name] for name in names))[0]},
                       input_signature=[signature])

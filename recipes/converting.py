"""What every way out of Keras needs: a portable copy of the model, its signature, quiet converters, clear errors."""
import contextlib
import json
import logging
import os

from registry.errors import UserError


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


def signature(model, length=None):
    """Return the specs of the model's inputs; of one example and `length` times where a length is given."""
    import tensorflow as tf

    def shape(x):
        fixed = (1, *(length if n is None else n for n in x.shape[1:]))
        return fixed if length else x.shape

    return {x.name: tf.TensorSpec(shape(x), x.dtype, name=x.name) for x in model.inputs}


def scoring(model, length):
    """Return the model as a function from numbers to ``{"scores": (B, …)}`` with that signature."""
    import tensorflow as tf

    from zoo.layers import on_cpu

    def scores(encoded):  # not "numbers", the name of an input of click logs: tf2onnx would take both for one
        with on_cpu.as_keras():
            return {"scores": model(encoded, training=False)}

    return tf.function(scores, input_signature=[signature(model, length)])


def each_word(model):
    """Let layers compute every word anew: the way over distinct words has operations that converters get wrong."""
    for layer in model._flatten_layers():
        if hasattr(layer, "once"):
            layer.once = False


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


@contextlib.contextmanager
def explained(format, model):
    """Turn what a converter or runtime raises into a UserError that says which format can."""
    try:
        yield
    except (UserError, OSError):
        raise
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise UserError(f"{format} cannot carry {model.name} ({reason}): --format saved_model carries every model."
                        ) from error

"""Where gradients that are written by hand pay."""
import contextlib
import math
import threading

import keras

MANY = 2**18  # numbers, 1 MiB: more are in no cache when the next operation passes over them
_way = threading.local()


@contextlib.contextmanager
def as_keras():
    """Let layers compute operation by operation as Keras's do in here, which is what converters of models know."""
    _way.of_keras = True
    try:
        yield
    finally:
        _way.of_keras = False


@contextlib.contextmanager
def many_answers():
    """Let layers compile parts of themselves in here, which pays where a graph answers for many examples, batch after
    batch. What is made in here is not for files: servers of models need not have XLA."""
    _way.many = True
    try:
        yield
    finally:
        _way.many = False


def answering():
    """Tell whether a graph is made in `many_answers`, by a TensorFlow that has XLA."""
    return getattr(_way, "many", False) and compiles()


def compiles():
    """Tell whether TensorFlow has XLA."""
    import tensorflow as tf

    return tf.test.is_built_with_xla()


def one_size(*given):
    """Tell whether a graph is made for tensors of these sizes alone, so that what XLA compiles is compiled once."""
    import tensorflow as tf

    return compiles() and not tf.executing_eagerly() and all(None not in x.shape for x in given)


def compiled_once(x):
    """Tell whether passes over x are worth putting together by XLA: it is large, and all batches have one size."""
    return one_size(x) and math.prod(x.shape) >= MANY


def plain(dtype):
    """Tell whether TensorFlow computes on CPUs alone, and in float32.

    There each operation passes over memory by itself, and what a gradient written by hand saves counts; on GPUs and
    other backends XLA or cuDNN put operations together.
    """
    if keras.backend.backend() != "tensorflow" or dtype != "float32" or getattr(_way, "of_keras", False):
        return False
    import tensorflow as tf

    return not tf.config.list_logical_devices("GPU")


def unless_real(mask, change, x):
    """Return change(x), or x as it is where a mask shows no padding at all, since then it would be a pass over memory
    for nothing; only on CPUs, in float32, is it asked."""
    if not plain(keras.backend.standardize_dtype(x.dtype)):
        return change(x)
    import tensorflow as tf

    return tf.cond(tf.reduce_all(tf.cast(mask, "bool")), lambda: x, lambda: change(x))


def product_dtype(dtype):
    """Return the dtype in which products of numbers of a dtype are computed: bfloat16 where TensorFlow's graph rewrite
    for oneDNN is on (see `recipes.device`) and they are float32, else the same."""
    if keras.backend.backend() != "tensorflow" or dtype != "float32":
        return dtype
    import tensorflow as tf

    low = tf.config.optimizer.get_experimental_options().get("auto_mixed_precision_onednn_bfloat16", False)
    return "bfloat16" if low else dtype

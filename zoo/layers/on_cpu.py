"""Where gradients that are written by hand pay."""
import keras


def plain(dtype):
    """Tell whether TensorFlow computes on CPUs alone, and in float32.

    There each operation passes over memory by itself, and what a gradient written by hand saves counts; on GPUs and
    other backends XLA or cuDNN put operations together.
    """
    if keras.backend.backend() != "tensorflow" or dtype != "float32":
        return False
    import tensorflow as tf

    return not tf.config.list_logical_devices("GPU")

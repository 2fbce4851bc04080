"""How a text that was written looked at its input."""
from registry.outputs import pieces


def weights_of(model, framing, x, row):
    """Return how a written text looked at the words of its input: {"words" (T), "pieces" (L), "weights" (L, T)}; {}
    where the decoder does not.

    Args:
        model, framing, x, row: as in `looked`.
    """
    weights, table = looked(model, framing, x, row), pieces.spelling(framing.outputs.pieces)
    if weights is None:
        return {}
    shown = [word.decode("utf-8", "replace") for word in framing.inputs.shown(tf_of(x))["words"].numpy()[0]]
    return {"words": shown, "pieces": [spelt(table[i]) for i in row], "weights": weights.round(3).tolist()}


def spelt(piece):
    """Return a piece as people read it."""
    return piece.decode("utf-8", "replace").replace(pieces.SPACE, " ").strip()


def tf_of(x):
    """Return a raw value as a batch of one."""
    import tensorflow as tf

    return tf.constant(x)[None]


def looked(model, framing, x, row):
    """Return the weight of each time of the input for each piece of a written text (L, T), or None.

    Args:
        model: a model that writes texts.
        framing: its framing.
        x: the raw input.
        row: the numbers of the pieces that were written (L,).
    """
    import keras
    import numpy as np
    import tensorflow as tf

    decoder = model.get_layer("head_decoder")
    if not hasattr(decoder, "weights_of") or not len(row):
        return None
    before = tf.constant([[pieces.MARK, *row[:-1]]], "int32")
    numbers = {**framing.inputs.encoder()(tf_of(x)), "previous": before}
    memory, real, _ = keras.Model(model.inputs, decoder.input)([numbers[x.name] for x in model.inputs])
    return np.asarray(decoder.weights_of([memory, real, before])[0])

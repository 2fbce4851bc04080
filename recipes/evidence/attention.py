"""How a text that was written looked at its input."""
from registry.outputs import pieces


def weights_of(model, framing, x, row):
    """Return how a written text looked at its input: {"words" (T), "pieces" (L), "weights" (L, T)}; {} where the
    decoder does not.

    Args:
        model: a model that writes texts.
        framing: its framing.
        x: the raw input.
        row: the numbers of the pieces that were written (L,).
    """
    import keras
    import numpy as np
    import tensorflow as tf

    decoder, table = model.get_layer("head_decoder"), pieces.spelling(framing.outputs.pieces)
    if not hasattr(decoder, "weights_of"):
        return {}
    before = tf.constant([[pieces.MARK, *row[:-1]]], "int32")
    raw = tf.constant(x)[None]
    numbers = {**framing.inputs.encoder()(raw), "previous": before}
    memory, real, _ = keras.Model(model.inputs, decoder.input)([numbers[x.name] for x in model.inputs])
    shown = [word.decode("utf-8", "replace") for word in framing.inputs.shown(raw)["words"].numpy()[0]]
    weights = decoder.weights_of([memory, real, before])[0]
    return {"words": shown, "pieces": [table[i].decode("utf-8", "replace").replace(pieces.SPACE, " ").strip()
                                       for i in row],
            "weights": np.round(np.asarray(weights), 3).tolist()}

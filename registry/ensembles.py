"""Several models of one framing as one: their mean (Hansen & Salamon 1990, https://doi.org/10.1109/34.58871)."""

MEMBER = "member_"  # begins the names of the models within


def ensemble(models, framing):
    """Return one model whose scores are the mean of several models' scores.

    Args:
        models: models that `registry.build` made for the framing, alike in architecture and size; trained from several
            seeds, as a rule.
        framing: their framing. Models that write texts write one together, piece by piece.

    Returns:
        A functional `keras.Model` with the inputs and the output of each of them; its weights are theirs.
    """
    import keras
    from keras import layers

    numbers = {x.name: keras.Input(x.shape[1:], dtype=x.dtype, name=x.name) for x in models[0].inputs}
    if hasattr(framing.outputs, "generator"):
        scores = _written(models, numbers)
    else:
        found = [keras.Model(_inputs(model), model.output, name=f"{MEMBER}{i}")(numbers)
                 for i, model in enumerate(models)]
        scores = layers.Average(dtype="float32", name="head_mean")(found)
    return keras.Model(numbers, scores, name=models[0].name)


def _inputs(model):
    return {x.name: x for x in model.inputs}


def _written(models, numbers):
    """Return the scores of pieces by all decoders together, for what all readers have read."""
    import keras
    from keras import layers

    from zoo.layers.ensemble_decoder import EnsembleDecoder

    decoders, read = [model.get_layer("head_decoder") for model in models], []
    for i, (model, decoder) in enumerate(zip(models, decoders)):
        given = {name: x for name, x in _inputs(model).items() if name != "previous"}
        reader = keras.Model(given, decoder.input[:2], name=f"{MEMBER}{i}")
        read.append(reader({name: numbers[name] for name in given}))
    features = layers.Concatenate(name="head_memory")([memory for memory, _ in read])
    decoder = EnsembleDecoder(decoders, name="head_decoder")
    return decoder([features, read[0][1], numbers["previous"]])

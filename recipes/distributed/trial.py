"""Some steps of a recipe in a process of its own, to compare and to time: ``python -m recipes.distributed.trial JSON``.
"""


def still(model):
    """Take out of a model's training what is drawn at random: layers that hold a seed compute as when they answer."""
    import inspect

    import keras

    for layer in model._flatten_layers():
        seeded = any(isinstance(value, keras.random.SeedGenerator) for value in vars(layer).values())
        if seeded and "training" in inspect.signature(layer.call).parameters:
            layer.call = _answering(layer.call)
    return model


def _answering(call):
    return lambda *args, training=None, **options: call(*args, training=False, **options)

"""Features of sounds brought to mean 0 and deviation 1, over each sound or over the training part."""


def standardised(x, over, mean, std):
    """Return features (B, T, D) of mean 0 and deviation 1, as a layer named "stem_standardise" makes them.

    Args:
        x: features, a Keras tensor.
        over: "each" (every sound's own mean and deviation) or "training".
        mean, std: D numbers each, of the training part; not used for "each".
    """
    from keras import layers

    from zoo.layers.statistics import StandardiseEach

    if over == "each":
        return StandardiseEach(name="stem_standardise")(x)
    return layers.Rescaling([1 / s for s in std], [-m / s for m, s in zip(mean, std)], name="stem_standardise")(x)

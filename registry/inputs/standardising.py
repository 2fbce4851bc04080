"""Features of sounds: levels counted from the loudest, and mean 0 and deviation 1 over each or the training part."""
from registry.moments import rescaling


def levelled(energies, decibels):
    """Return log energies (B, T, M) counted from the loudest of each sound, none more than `decibels` below it; as they
    are where that is 0."""
    from zoo.layers.dynamic_range import DynamicRange

    return DynamicRange(decibels, name="stem_range")(energies) if decibels else energies


def standardised(x, over, mean, std):
    """Return features (B, T, D) of mean 0 and deviation 1, as a layer named "stem_standardise" makes them.

    Args:
        x: features, a Keras tensor.
        over: "each" (every sound's own mean and deviation) or "training".
        mean, std: D numbers each, of the training part; not used for "each".
    """
    from zoo.layers.statistics import StandardiseEach

    if over == "each":
        return StandardiseEach(name="stem_standardise")(x)
    return rescaling(mean, std, name="stem_standardise")(x)

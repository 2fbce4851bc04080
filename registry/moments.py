"""Means and standard deviations of raw numbers, and numbers standardised by them. Shapes: B batch, C columns."""


def moments(values):
    """Return mean and standard deviation of each column, tuples of C floats; NaN does not count, and a constant column
    gets a deviation of 1.

    Args:
        values: an iterable of raw values (…, C), of the training part.
    """
    import numpy as np

    count, total, square = 0, 0.0, 0.0
    for x in values:
        x = np.asarray(x, "float64")
        x = x.reshape(-1, x.shape[-1])
        real = ~np.isnan(x)
        x = np.where(real, x, 0)
        count, total, square = count + real.sum(0), total + x.sum(0), square + (x * x).sum(0)
    mean = total / np.maximum(count, 1)
    std = np.sqrt(np.maximum(square / np.maximum(count, 1) - mean**2, 0))
    std = np.where(std < 1e-9 * np.maximum(1, abs(mean)), 1.0, std)
    return tuple(map(float, mean)), tuple(map(float, std))


def rescaling(mean, std, **options):
    """Return the layer that standardises features (…, C) by means and deviations, C numbers each; where all channels
    have the same, a number serves, which is faster than a row.

    Args:
        mean, std: of each channel.
        options: of `keras.layers.Rescaling`, such as a name.
    """
    from keras import layers

    if len(set(mean)) == len(set(std)) == 1:
        return layers.Rescaling(1 / std[0], -mean[0] / std[0], **options)
    return layers.Rescaling([1 / s for s in std], [-m / s for m, s in zip(mean, std)], **options)

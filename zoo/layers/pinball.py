"""Losses of numbers. Shapes: B batch, Q quantiles."""


def errors(kind):
    """Return the loss of targets (B, …) and scores (B, …): the mean "squared" or "absolute" error of each example."""
    from keras import ops

    def loss(targets, scores):
        error = ops.cast(targets, scores.dtype) - scores
        each = ops.square(error) if kind == "squared" else ops.abs(error)
        return ops.mean(ops.reshape(each, (ops.shape(each)[0], -1)), axis=1)

    return loss


def pinball(quantiles):
    """Return the loss of targets (B, …) and scores (B, …, Q): twice the pinball loss of each example, a mean over all
    numbers and quantiles (Koenker & Bassett 1978, https://doi.org/10.2307/1913643); at 0.5 it is the absolute error.

    Args:
        quantiles: Q shares between 0 and 1.
    """
    from keras import ops

    def loss(targets, scores):
        error = ops.expand_dims(ops.cast(targets, scores.dtype), -1) - scores
        share = ops.convert_to_tensor(quantiles, dtype=scores.dtype)
        each = 2 * ops.maximum(share * error, (share - 1) * error)
        return ops.mean(ops.reshape(each, (ops.shape(each)[0], -1)), axis=1)

    return loss

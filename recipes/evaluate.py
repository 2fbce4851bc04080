"""Figures on a split: metrics with bootstrap intervals, chance and majority, and deep against shallow.

A metric is a function of counts summed over examples, so resampling examples (Efron 1979,
https://doi.org/10.1214/aos/1176344552) is a matrix product.
"""
from dataclasses import dataclass

from recipes.pictures.text import FALLING

RESAMPLES = 1000


@dataclass(frozen=True)
class Answers:
    """What a model answered on a split: lists or arrays with one entry for each example."""

    truth: object
    given: object
    probabilities: object
    scores_loss: float = float("nan")


def answer(model, framing, batches, loss=None):
    """Return `Answers` of a model for batches of (numbers, targets).

    Args:
        model: from `registry.build`.
        framing: its framing.
        batches: as `pipeline.batches` gives.
        loss: a loss function whose mean over batches is wanted too.
    """
    import numpy as np

    score = _scorer(model)
    truth, given, probabilities, losses = [], [], [], []
    for numbers, targets in batches:
        scores = score(numbers)
        best, sure = framing.outputs.answers(scores, numbers)
        targets = targets.numpy()
        if targets.ndim == 2:
            lengths = (targets != -1).sum(1)
            truth += [t[:n] for t, n in zip(targets, lengths)]
            given += [t[:n] for t, n in zip(best, lengths)]
            probabilities += [p[:n] for p, n in zip(sure, lengths)]
        else:
            truth, given, probabilities = [*truth, targets], [*given, best], [*probabilities, sure]
        if loss is not None:
            losses.append(float(np.mean(loss(targets, scores))) * len(targets))
    if truth and targets.ndim == 1:
        truth, given, probabilities = (np.concatenate(part) for part in (truth, given, probabilities))
    return Answers(truth, given, probabilities, sum(losses) / max(len(truth), 1) if loss else float("nan"))


def _scorer(model):
    """Return the model as one graph for all batch shapes; made once for each model."""
    import tensorflow as tf

    if not hasattr(model, "_zoo_scorer"):
        signature = {x.name: tf.TensorSpec(x.shape, x.dtype, name=x.name) for x in model.inputs}
        model._zoo_scorer = tf.function(lambda numbers: model(numbers, training=False), input_signature=[signature])
    return model._zoo_scorer


def validator(framing, batches, loss):
    """Return the function of a model that gives {metric: value} on validation, with "loss"."""

    def validate(model):
        answers = answer(model, framing, batches, loss)
        return {**point(framing, answers), "loss": answers.scores_loss}

    return validate


def counts(framing, answers):
    """Return the counts (N, C) that the output domain's metrics sum."""
    return framing.outputs.counts(answers.truth, answers.given, answers.probabilities)


def point(framing, answers):
    """Return {metric: value} over all examples."""
    rows = counts(framing, answers)
    return {k: float(v) for k, v in framing.outputs.scores_of(rows.sum(0, dtype="float64"), len(rows)).items()}


def resampled(framing, rows, seed=0):
    """Return {metric: (R,) values} for R resamples with replacement of the examples' counts (N, C)."""
    import numpy as np

    rng, n = np.random.default_rng(seed), len(rows)
    chunk = max(1, 20_000_000 // n)
    parts = [rng.multinomial(n, np.full(n, 1 / n), size=min(chunk, RESAMPLES - i)).astype("float32") @ rows
             for i in range(0, RESAMPLES, chunk)]
    return framing.outputs.scores_of(np.concatenate(parts), n)


def with_intervals(framing, answers, seed=0):
    """Return {metric: {"value", "low", "high"}}, the interval being the 95 % bootstrap percentile."""
    import numpy as np

    rows = counts(framing, answers)
    values = framing.outputs.scores_of(rows.sum(0, dtype="float64"), len(rows))
    spread = {k: np.percentile(v, (2.5, 97.5)) for k, v in resampled(framing, rows, seed).items()}
    ordered = [m for m in framing.outputs.metrics if m in values]
    return {m: {"value": float(values[m]), "low": float(spread[m][0]), "high": float(spread[m][1])} for m in ordered}


def paired_p(framing, deep, shallow, metric, seed=0):
    """Return the two-sided p of a paired bootstrap: how often resampling turns the difference round."""
    import numpy as np

    difference = (resampled(framing, counts(framing, deep), seed)[metric]
                  - resampled(framing, counts(framing, shallow), seed)[metric])
    tail = min(np.mean(difference <= 0), np.mean(difference >= 0))
    return float(min(1.0, max(2 * tail, 1 / RESAMPLES)))


def verdict(framing, deep, shallow, metric):
    """Say in words how the deep model compares with the shallow one on the same examples."""
    p = paired_p(framing, deep, shallow, metric)
    if p >= 0.05:
        return f"not distinguishable from the shallow model (p = {p:.3f})"
    a, b = (point(framing, answers)[metric] for answers in (deep, shallow))
    better = (a < b) if metric in FALLING else (a > b)
    return f"{'better' if better else 'worse'} than the shallow model (p {'≤' if p <= 1 / RESAMPLES else '='} {p:.3f})"


def chance(framing, truth, seed=0):
    """Return the answers of a guess among the names, each as likely."""
    import numpy as np

    rng, k = np.random.default_rng(seed), len(framing.outputs.names)
    return _constant(truth, lambda n: rng.integers(k, size=n), np.full(k, 1 / k))


def majority(framing, truth, train_frequencies):
    """Return the answers of always saying the most frequent name of the training part."""
    import numpy as np

    share = np.maximum(np.asarray(train_frequencies, "float64"), 1e-7)
    best = int(share.argmax())
    return _constant(truth, lambda n: np.full(n, best), share / share.sum())


def _constant(truth, answers, probabilities):
    import numpy as np

    if isinstance(truth, np.ndarray):
        return Answers(truth, answers(len(truth)), np.tile(probabilities, (len(truth), 1)))
    return Answers(truth, [answers(len(t)) for t in truth], None)


def frequencies(framing, encoded):
    """Return how often each name stands in a split's targets, (K,)."""
    import numpy as np

    total = np.zeros(len(framing.outputs.names), "int64")
    for targets in encoded.examples.map(lambda _, targets: targets).as_numpy_iterator():
        known = np.ravel(targets)
        total += np.bincount(known[known >= 0], minlength=len(total))
    return total

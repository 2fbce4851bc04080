"""Figures on a split: metrics with bootstrap intervals, chance and majority, and deep against shallow.

A metric is a function of counts summed over examples, so resampling examples (Efron 1979,
https://doi.org/10.1214/aos/1176344552) is a matrix product.
"""
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from recipes.datasets.source import rows
from recipes.pictures.text import better
from registry.predicting import generates, predictor
from zoo.layers import on_cpu

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
        batches: as `pipeline.alike` gives: of (numbers, targets), with the examples' places or in their order; or a
            game that the model plays.
        loss: a loss function whose mean over batches is wanted too.
    """
    import numpy as np

    if hasattr(batches, "played"):
        return batches.played(model, framing)
    predict = _graph(model, framing, lambda: predictor(model, framing))
    score = scorer(model)
    outputs, judged = framing.outputs, hasattr(framing.outputs, "judged")
    truth, given, probabilities, order, losses, weights = [], [], [], [], [], []
    for (numbers, targets, *places), found in _ahead(predict, batches):
        best, sure = outputs.judged(found, targets) if judged else outputs.answers(found, numbers)
        targets = targets.numpy()
        truth += [row[:n] for row, n in zip(targets, _lengths(targets))] if outputs.ragged else list(targets)
        given.extend(best)
        probabilities.extend(sure)
        order += [place for part in places for place in part.numpy()]
        if loss is not None:
            scores = score(numbers) if generates(framing) else found
            losses.append(float(np.mean(loss(targets, scores))))
            weights.append(max(1, sum(map(len, truth[-len(targets):]))) if outputs.ragged else len(targets))
    if order:
        truth, given, probabilities = ([part[i] for i in np.argsort(order)] for part in (truth, given, probabilities))
    if truth and not framing.outputs.ragged:
        truth, given, probabilities = (np.stack(part) for part in (truth, given, probabilities))
    return Answers(truth, given, probabilities, float(np.average(losses, weights=weights)) if losses else float("nan"))


def _ahead(predict, batches):
    """Yield (batch, what is predicted of its numbers) while the next one is being predicted."""
    with ThreadPoolExecutor(1) as thread:
        before = None
        for batch in batches:
            coming = batch, thread.submit(predict, batch[0])
            if before:
                yield before[0], before[1].result()
            before = coming
        if before:
            yield before[0], before[1].result()


def _lengths(targets):
    """Return how many of the targets (B, T) or (B, T, …) of each sequence stand before its padding (B,)."""
    import numpy as np

    real = targets.reshape(*targets.shape[:2], -1)[..., 0] != -1
    return np.max(real * np.arange(1, 1 + real.shape[1]), 1, initial=0)


def scorer(model):
    """Return the function from numbers to a model's scores, as one graph for all batch sizes."""
    return _graph(model, "scores", lambda: lambda numbers: model(numbers, training=False))


def _graph(model, key, made):
    """Return a function of a model's inputs as one graph for all batch shapes; made once for each model and key."""
    import tensorflow as tf

    graphs = model.__dict__.setdefault("_zoo_graphs", {})
    if key not in graphs:
        function = made()

        def answering(numbers):
            with on_cpu.many_answers():
                return function(numbers)

        signature = {x.name: tf.TensorSpec(x.shape, x.dtype, name=x.name) for x in model.inputs}
        graphs[key] = tf.function(answering, input_signature=[signature])
    return graphs[key]


def validator(framing, batches, loss):
    """Return the function of a model that gives {metric: value} on validation, with "loss" where there are targets."""
    import numpy as np

    outputs = framing.outputs.quick() if hasattr(framing.outputs, "quick") else framing.outputs
    quick = replace(framing, outputs=outputs)

    def validate(model):
        answers = answer(model, quick, batches, loss)
        known = {} if np.isnan(answers.scores_loss) else {"loss": answers.scores_loss}
        return {**point(framing, answers), **known}

    return validate


def counts(framing, answers):
    """Return the counts (N, C), an array or a SciPy sparse one, that the output domain's metrics sum."""
    return framing.outputs.counts(answers.truth, answers.given, answers.probabilities)


def point(framing, answers):
    """Return {metric: value} over all examples."""
    rows = counts(framing, answers)
    return {k: float(v) for k, v in framing.outputs.scores_of(rows.sum(0, dtype="float64"), rows.shape[0]).items()}


def resampled(framing, rows, seed=0):
    """Return {metric: (R,) values} for R resamples with replacement of the examples' counts (N, C)."""
    import numpy as np

    rows, rng = blocks(framing, rows), np.random.default_rng(seed)
    n = rows.shape[0]
    chunk = max(1, 20_000_000 // n)
    parts = [rng.multinomial(n, np.full(n, 1 / n), size=min(chunk, RESAMPLES - i)).astype("float32") @ rows
             for i in range(0, RESAMPLES, chunk)]
    return framing.outputs.scores_of(np.concatenate(parts), n)


def blocks(framing, rows):
    """Return the counts (N', C) of blocks of examples that overlap, which are resampled together (Künsch 1989,
    https://doi.org/10.1214/aos/1176347265): as single ones they would seem to tell more than they do."""
    import numpy as np

    size = min(getattr(framing.outputs, "together", 1), max(1, rows.shape[0] // 10))
    return rows if size == 1 else np.add.reduceat(rows, np.arange(0, rows.shape[0], size), axis=0)


def with_intervals(framing, answers, seed=0):
    """Return {metric: {"value", "low", "high"}}, the interval being the 95 % bootstrap percentile."""
    import numpy as np

    rows = counts(framing, answers)
    values = framing.outputs.scores_of(rows.sum(0, dtype="float64"), rows.shape[0])
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


def verdict(framing, deep, shallow, metric, name="the shallow model"):
    """Say in words how the deep model compares with the shallow one, or with another, on the same examples."""
    p = paired_p(framing, deep, shallow, metric)
    if p >= 0.05:
        return f"not distinguishable from {name} (p = {p:.3f})"
    a, b = (point(framing, answers)[metric] for answers in (deep, shallow))
    word = "better" if better(metric, a, b) else "worse"
    return f"{word} than {name} (p {'≤' if p <= 1 / RESAMPLES else '='} {p:.3f})"


def guesses(framing, truth, tally, seed=0, encoded=None):
    """Return {name: `Answers`} of guesses without a learned line, such as "chance" and "majority".

    Args:
        framing: its output domain guesses.
        truth: of the split, as in `Answers`.
        tally: what `tally` gave for the training part.
        seed: of the guesses that are random.
        encoded: `pipeline.Encoded` of the split, for guesses that look at the input.
    """
    import numpy as np

    if encoded and encoded.play:
        return encoded.play.guesses(np.random.default_rng(seed))

    def examples():
        return encoded.examples.as_numpy_iterator() if encoded else ()

    made = framing.outputs.guesses(truth, tally, np.random.default_rng(seed), examples())
    if hasattr(framing.inputs, "guesses") and hasattr(framing.outputs, "repeated") and encoded:
        made |= framing.inputs.guesses(framing.outputs, examples())
    return {name: Answers(truth, *guess) for name, guess in made.items()}


def tally(framing, encoded):
    """Return what guesses are made of, such as how often each name stands in a split's targets."""
    return framing.outputs.tally(rows(encoded.examples))

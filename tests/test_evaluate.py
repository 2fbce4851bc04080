"""Figures: what is counted, the intervals round it, and the comparison of two models."""
import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss

from recipes import evaluate
from recipes.evaluate import Answers
from registry import Framing, Label, Tags, Vector, WordSeq
from registry.outputs import spans

LABELS = Framing(Vector(2), Label(("a", "b", "c")))
BIO = Tags(("O", "B-x", "I-x", "B-y", "I-y"), scheme="bio")
SPANS = Framing(WordSeq(), BIO)


def random_answers(n=400, right=0.8, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=n)
    probabilities = rng.dirichlet(np.ones(3), size=n)
    probabilities[np.arange(n), truth] += np.where(rng.random(n) < right, 2.0, 0.0)
    probabilities /= probabilities.sum(1, keepdims=True)
    return Answers(truth, probabilities.argmax(1), probabilities)


def test_label_figures_equal_those_of_scikit_learn():
    answers = random_answers()
    figures = evaluate.point(LABELS, answers)
    assert figures["accuracy"] == pytest.approx(np.mean(answers.truth == answers.given))
    assert figures["f1"] == pytest.approx(f1_score(answers.truth, answers.given, average="macro"), abs=1e-6)
    assert figures["log_loss"] == pytest.approx(log_loss(answers.truth, answers.probabilities), abs=1e-5)


def test_interval_holds_the_value_and_shrinks_with_the_root_of_the_examples():
    few, many = (evaluate.with_intervals(LABELS, random_answers(n))["accuracy"] for n in (100, 10_000))
    assert few["low"] < few["value"] < few["high"]
    assert 5 < (few["high"] - few["low"]) / (many["high"] - many["low"]) < 20
    p = many["value"]
    assert many["high"] - many["low"] == pytest.approx(2 * 1.96 * np.sqrt(p * (1 - p) / 10_000), rel=0.15)


def test_paired_test_sees_a_real_difference_and_no_other():
    good, bad, same = random_answers(right=0.9), random_answers(right=0.6), random_answers(right=0.9)
    assert evaluate.verdict(LABELS, good, bad, "accuracy").startswith("better")
    assert evaluate.verdict(LABELS, bad, good, "accuracy").startswith("worse")
    assert evaluate.verdict(LABELS, good, same, "accuracy").startswith("not distinguishable")
    assert evaluate.verdict(LABELS, good, bad, "log_loss").startswith("better")


def test_chance_and_majority_are_what_they_are_called():
    truth = np.array([0] * 700 + [1] * 200 + [2] * 100)
    chance, majority = (evaluate.point(LABELS, one) for one in
                        evaluate.guesses(LABELS, truth, [70, 20, 10]).values())
    assert chance["accuracy"] == pytest.approx(1 / 3, abs=0.05)
    assert chance["log_loss"] == pytest.approx(np.log(3), abs=1e-5)
    assert majority["accuracy"] == 0.7


def test_span_f1_counts_exact_spans():
    def numbers(*tags):
        return np.array([BIO.names.index(t) for t in tags])

    truth = [numbers("B-x", "I-x", "O", "B-y"), numbers("O", "B-x", "B-x")]
    given = [numbers("B-x", "I-x", "O", "B-x"), numbers("O", "B-x", "I-x")]
    figures = evaluate.point(SPANS, Answers(truth, given, None))
    assert figures["f1"] == pytest.approx(2 * 1 / (3 + 4))  # one of three said, of four true
    assert figures["accuracy"] == pytest.approx(5 / 7)


def test_spans_are_those_of_conlleval():
    assert spans.spans(["B-x", "I-x", "B-x", "I-y", "O", "I-x"]) == [("x", 0, 1), ("x", 2, 2), ("y", 3, 3), ("x", 5, 5)]


@pytest.mark.parametrize("crf", [False, True])
def test_decoding_is_legal_whatever_the_scores(crf):
    import tensorflow as tf

    tags = Tags(BIO.names, scheme="bio", crf=crf)
    rng = np.random.default_rng(0)
    emissions = tf.constant(rng.normal(size=(20, 9, 5)).astype("float32") * 3)
    words = np.ones((20, 9), "int32")
    words[5:, 6:] = 0
    scores = emissions
    if crf:
        from zoo.layers import crf as layer

        allowed, start = spans.allowed(BIO.names, "bio")
        scores = layer.potentials(emissions, tf.constant(words > 0), allowed=allowed, allowed_start=start)
    answer = tags.decode(scores, {"words": tf.constant(words)})
    for row, real in zip(answer["tags"].numpy(), words > 0):
        names = [n.decode() for n in row[real]]
        assert all(spans.follows(a, b) for a, b in zip([None, *names], names))
        assert set(row[~real]) <= {b""}
    probabilities = answer["probabilities"].numpy()
    assert (probabilities[words > 0] > 0.19).all() and (probabilities[words == 0] == 0).all()

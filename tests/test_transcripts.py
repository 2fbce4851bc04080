"""Transcripts: the nats and texts of CTC against counting all paths, raw texts, metrics, mistakes, the page."""
import itertools
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from registry import Audio, Framing, Transcript, UserError
from registry.outputs import judging
from zoo.layers import ctc, ctc_search

SMALL = Transcript(alphabet=("a", "b"))


def scores(seed, batch=3, frames=5, size=3):
    made = np.random.default_rng(seed).normal(size=(batch, frames, size)).astype("float32")
    return np.asarray(tf.nn.log_softmax(2 * made))


def collapsed(path):
    """The text of a path: repeats become one, blanks (0) go."""
    return tuple(k for k, _ in itertools.groupby(path) if k)


def probabilities(row):
    """{text: probability} by all paths over log-probabilities (T, V)."""
    found = {}
    for path in itertools.product(range(row.shape[1]), repeat=len(row)):
        found[collapsed(path)] = found.get(collapsed(path), 0) + np.exp(sum(row[t, k] for t, k in enumerate(path)))
    return found


TEXTS = [(1, 2), (1, 1), (2,)]
TARGETS = np.array([[1, 2, -1], [1, 1, -1], [2, -1, -1]])


@pytest.mark.parametrize("way", (ctc.sparse, ctc.dense))
def test_nats_are_those_of_all_paths(way):
    rows = scores(0)
    wanted = [-np.log(probabilities(row)[text]) for row, text in zip(rows, TEXTS)]
    np.testing.assert_allclose(way(tf.constant(TARGETS), tf.constant(rows)), wanted, rtol=1e-4)


def test_both_ways_have_one_gradient():
    found = []
    for way in (ctc.sparse, ctc.dense):
        logits = tf.Variable(scores(1, frames=9))
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(way(tf.constant(TARGETS), tf.nn.log_softmax(logits)))
        found.append(tape.gradient(total, logits).numpy())
    np.testing.assert_allclose(*found, atol=1e-4)


def test_a_text_that_its_frames_cannot_hold_costs_nothing():
    rows = tf.Variable(scores(2, batch=3, frames=2))
    with tf.GradientTape() as tape:
        found = ctc.nats(tf.constant([[1, 1, -1], [1, 2, -1], [1, 2, 1]]), rows)
    assert found[0] == 0 and found[1] > 0 and found[2] == 0
    gradient = tape.gradient(found, rows).numpy()
    assert np.isfinite(gradient).all() and not gradient[[0, 2]].any() and gradient[1].any()
    assert ctc.nats(tf.constant([[-2, -1], [-1, -1]]), scores(2, batch=2)).numpy().tolist() == [0, 0]  # nothing known
    assert ctc.needed(np.array([[1, 1, -1], [1, 2, 1]])).numpy().tolist() == [3, 3]


def test_padding_is_certainly_blank_and_changes_no_loss():
    x = np.random.default_rng(3).normal(size=(3, 5, 3)).astype("float32")
    layer, loss = ctc.BlankWhereNothingIs(), SMALL.loss()
    short = layer(x)
    longer = layer(np.pad(x, ((0, 0), (0, 4), (0, 0)), constant_values=7), mask=np.arange(9) < np.full((3, 1), 5))
    np.testing.assert_allclose(loss(TARGETS, short), loss(TARGETS, longer), rtol=1e-5)
    assert SMALL.texts(SMALL.answers(short)[0]) == SMALL.texts(SMALL.answers(longer)[0])


def test_beam_search_finds_the_likeliest_text_and_greedy_the_likeliest_path():
    beats = 0
    for seed in range(20):
        (row,) = scores(seed, batch=1)
        every = probabilities(row)
        best = max(every, key=every.get)
        given, sure = replace(SMALL, beams=100).answers(row[None])
        assert tuple(given[0]) == best and sure[0] == pytest.approx(every[best], rel=1e-3)
        greedy, sure = SMALL.answers(row[None])
        assert tuple(greedy[0]) == collapsed(row.argmax(-1))
        assert sure[0] == pytest.approx(np.exp(row.max(-1).sum()), rel=1e-3)
        beats += tuple(greedy[0]) != best
    assert beats  # else the two would be one


@pytest.mark.parametrize("language, bonus", [(0.0, 0.0), (1.0, 0.5), (3.0, -1.0)])
def test_search_with_a_language_model_finds_the_best_text(language, bonus):
    bigrams = np.log(np.random.default_rng(9).dirichlet((1, 1, 1), size=3)).astype("float32")

    def ranked(text, probability):
        model = sum(bigrams[a, b] for a, b in zip((0, *text), text))
        return np.log(probability) + language * model + bonus * len(text)

    changed = 0
    for seed in range(12):
        (row,) = scores(seed, batch=1)
        every = probabilities(row)
        texts, sure = ctc_search.search(row[None], 60, bigrams, language, bonus)
        best = sorted(every, key=lambda text: -ranked(text, every[text]))
        for text, given, said in zip(best[:5], texts[0].numpy(), sure[0].numpy()):
            assert tuple(given[given > 0]) == text and said == pytest.approx(np.log(every[text]), abs=1e-3)
        changed += best[0] != max(every, key=every.get)
    assert bool(changed) == bool(language)


def test_a_language_model_without_beam_search_is_refused():
    wanting = replace(SMALL, language=0.5)
    with pytest.raises(UserError, match="received language=0.5 with beams=1.*Set beams too"):
        wanting.decode(scores(0))
    assert len(wanting.quick().decode(scores(0))["text"]) == 3


def test_what_follows_what_is_learned_from_training():
    found = np.exp(ctc_search.bigrams_of([[1, 2, 1, 2], [1, 2]], 4))
    np.testing.assert_allclose(found[:, 1:].sum(1), 1, rtol=1e-5)
    assert found[0, 1] > 0.6 and found[1, 2] > 0.6 and 0 < found[1, 3] < 0.1 and found[3].min() > 0
    domain = Transcript(alphabet=("a", "b"), beams=4, language=2.0).adapt(iter([b"ab", b"abab"]))
    assert "language model" in domain.decode_is and not domain.needs_adapting
    rows = scores(3)
    texts = [text.decode() for text in tf.function(domain.decode)(tf.constant(rows))["text"].numpy()]
    assert texts == domain.texts(domain.answers(rows)[0]) and all("aa" not in text for text in texts)


def test_an_alphabet_that_is_yet_to_be_learned_has_a_sample():
    assert Transcript(alphabet=()).sample(np.array([0, 0, 1])) == b"'a"


def test_texts_become_numbers_and_texts_again():
    domain = Transcript(alphabet=(" ", "a", "b", "é"))
    raw = tf.constant(["ab  a ", "é", "bx"])
    numbers = domain.targets_encoder()(raw).numpy()
    assert numbers.tolist() == [[2, 3, 1, 2], [4, -1, -1, -1], [3, -2, -1, -1]]
    assert domain.texts(numbers) == ["ab a", "é", "b�"]
    words = Transcript(alphabet=("no", "yes"), unit="word")
    assert words.targets_encoder()(tf.constant(["yes no  yes"])).numpy().tolist() == [[2, 1, 2]]
    assert words.texts([np.array([2, 1, 2])]) == ["yes no yes"]
    assert Transcript(alphabet=()).adapt(iter([b"ba c", b"a"])).alphabet == (" ", "a", "b", "c")


def test_what_is_decoded_is_what_is_scored():
    rows = scores(5, batch=4, frames=12, size=4)
    for domain in (Transcript(alphabet=(" ", "a", "b")), Transcript(alphabet=("x", "y", "z"), unit="word")):
        texts = [text.decode() for text in domain.decode(rows)["text"].numpy()]
        assert texts == domain.texts(domain.answers(rows)[0])


def test_error_rates_count_edits():
    rows = judging.spoken_counts(["one too three", "", "a b"], ["one two three", "four", "a b"])
    assert rows.tolist() == [[1, 3, 1, 13, 1], [1, 1, 4, 4, 1], [0, 2, 0, 3, 0]]
    found = judging.spoken_scores(rows.sum(0), 3)
    assert found == {"wer": pytest.approx(2 / 6), "cer": pytest.approx(5 / 20), "string_error": pytest.approx(2 / 3)}


@pytest.mark.parametrize("raw, length, message", [
    (b"  ", 50, "an empty text"), (b"\xff", 50, "text in UTF-8"), (b"abc", 50, "'c' in 'abc'.*alphabet"),
    (b"aabb", 5, "4 characters over 5 frames.*at least 6 frames")])
def test_problems_of_a_transcript(raw, length, message):
    import re

    found = [" ".join(problem) for problem in SMALL.problems(raw, length)]
    assert len(found) == 1 and re.search(message, found[0]), found
    assert not list(SMALL.problems(b"aabb", 6))


def test_it_learns_tones_in_their_order(sample):
    framing = Framing(Audio(rate=2000, num_mels=16, window_ms=32), Transcript(alphabet=tuple("abc")))
    import registry

    keras.utils.set_random_seed(0)
    model = registry.build(framing.inputs, framing.outputs, "bilstm", "tiny", dropout=0.0)
    numbers, targets = sample(framing, 32)
    model.compile(keras.optimizers.Adam(0.02), framing.outputs.loss())
    for _ in range(120):
        model.train_on_batch(numbers, targets)
    given, _ = framing.outputs.answers(model(numbers))
    truth = [row[row > 0] for row in targets]
    assert framing.outputs.scores_of(framing.outputs.counts(truth, given).sum(0), 32)["cer"] < 0.1

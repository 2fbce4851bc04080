"""What comes next: windows, causality, n-grams with Kneser–Ney smoothing, drawing, and writing on."""
import keras
import numpy as np
import pytest
import tensorflow as tf

import registry
from recipes import evaluate
from recipes.datasets.windows import cut
from registry import Following, Framing, UserError, WordSeq, building
from registry.outputs import drawing
from zoo.layers.backoff import Backoff, kneser_ney
from zoo.layers.contexts import Contexts

INPUTS = WordSeq(unit="character", exact=True, max_chars=1, words=tuple("ab \nC"), embedding=8, word_dropout=0.0)
OUTPUTS = Following(names=tuple("ab \nC"), length=5, context=8)
FRAMING = Framing(INPUTS, OUTPUTS)


def test_windows_count_every_character_once():
    text = "abcdefghij" * 7
    for stride in (16, 8, 4):
        rows = list(cut(text, 16, stride))
        counted = [(x[i - 1] if i else None, c) for x, y in rows for i, c in enumerate(y, 1) if c]
        assert "".join(c for _, c in counted) == text[1:]
        assert all(len(x) == len(y) <= 16 for x, y in rows)
    assert all(y[:8] == [""] * 8 for _, y in list(cut(text, 16, 8))[1:])


def test_characters_stand_for_themselves():
    assert b"".join(INPUTS.tokenise(tf.constant(["a C\n"]))[0].numpy()) == b"a C\n"
    ids = INPUTS.encoder()(tf.constant(["aCc"]))["words"].numpy()[0]
    assert ids[0] != ids[1] and ids[2] == 1  # a small c was never seen
    assert INPUTS.length(b"a C\n") == 4 and not list(INPUTS.problems(b"\n"))


@pytest.mark.parametrize("name", ["lstm", "transformer", "ngram"])
def test_no_position_looks_at_what_follows(name):
    model = registry.build(INPUTS, OUTPUTS, name, size="tiny")
    encode = INPUTS.encoder()
    a, b = (np.asarray(model(encode(tf.constant([text])))) for text in ("ab ab", "ab C\n"))
    np.testing.assert_allclose(a[:, :3], b[:, :3], atol=1e-5)


def test_what_looks_ahead_is_refused():
    assert building.fitting(FRAMING) == ["lstm", "transformer", "ngram"]
    with pytest.raises(UserError, match="'bilstm' does not fit Following.*choose one of lstm, transformer, ngram"):
        registry.build(INPUTS, OUTPUTS, "bilstm")
    with pytest.raises(UserError, match="'ngram' does not fit Distribution"):
        registry.build(INPUTS, registry.Distribution(), "ngram")


def test_kneser_ney_is_that_of_its_definition():
    names = np.array([0, 1, 0, 2, 0, 1, 0, 1])
    contexts = np.array([1, 1, 1, 1, 1, 1, 1, 1])
    (grams, shares), (whole, rests) = kneser_ney(contexts, names)
    assert list(whole) == [1] and shares.sum() + rests[0] == pytest.approx(1)
    longer = np.array([5, 6, 5, 5, 7, 6, 7, 6])  # distinct (longer, name): (5,0) (6,1) (5,2) (7,0)
    (_, fewer), _ = kneser_ney(contexts, names, longer)
    assert len(fewer) == 3 and fewer[0] == fewer.max()  # 0 follows two different contexts, 1 and 2 one each


def test_an_ngram_model_gives_probabilities_that_sum_to_one_and_beat_chance():
    rng = np.random.default_rng(0)
    text = np.cumsum(rng.integers(1, 3, size=2000)) % 5 + 2
    contexts = np.asarray(Contexts(3)(tf.constant(text[None, :-1].astype("int32"))))
    layer = Backoff(6, 500)
    layer.build((None, None, 4))
    layer.fill(contexts[0, :1500], text[1:1501] - 2)
    p = np.exp(np.asarray(layer(contexts[:, 1500:])))[0]
    np.testing.assert_allclose(p.sum(-1), 1, rtol=1e-4)
    assert -np.log(p[np.arange(len(p)), text[1501:] - 2]).mean() < np.log(2) + 0.05  # one of two may follow


def test_contexts_are_the_last_words():
    ids = np.asarray(Contexts(2)(np.array([[4, 7, 4, 7, 0]], "int32")))[0]
    assert (ids[:4, 0] == 1).all() and not ids[4].any()
    assert ids[1, 1] == ids[3, 1] != ids[2, 1] and ids[1, 2] == ids[3, 2] and ids[0, 2] == 0


def test_drawing_keeps_to_the_likeliest():
    scores = tf.constant(np.log([[0.5, 0.2, 0.15, 0.1, 0.05]]), tf.float32)  # the first, the unknown, never
    seen = {}
    for name, how in {"all": {}, "k": {"top_k": 2}, "p": {"top_p": 0.5}, "sure": {"temperature": 0.0}}.items():
        domain = Following(names=tuple("abcd"), **how)
        seen[name] = {int(i) for t in range(200) for i in drawing.drawn(domain, scores, t).numpy()}
    assert seen == {"all": {1, 2, 3, 4}, "k": {1, 2}, "p": {1, 2}, "sure": {1}}
    again = [[int(drawing.drawn(Following(names=tuple("abcd"), draw=d), scores, t)[0]) for t in range(50)]
             for d in (0, 0, 1)]
    assert again[0] == again[1] != again[2]


def test_a_text_goes_on_as_it_would_alone():
    keras.utils.set_random_seed(0)
    model = registry.build(INPUTS, OUTPUTS, "lstm", size="tiny")
    sure = Following(OUTPUTS.names, length=5, context=8, temperature=0.0)
    serve = registry.serving(model, Framing(INPUTS, sure)).serve
    both, alone = serve(tf.constant(["a", "ab C"])), serve(tf.constant(["a"]))
    texts = [t.decode() for t in both["text"].numpy()]
    assert texts[0].startswith("a") and texts[1].startswith("ab C") and [len(t) for t in texts] == [6, 9]
    assert texts[0] == alone["text"].numpy()[0].decode()
    np.testing.assert_allclose(both["probabilities"][0], alone["probabilities"][0], atol=1e-5)


def test_nats_are_those_of_what_counts():
    truth = [np.array([-1, 1, 2])]
    log = np.log(np.array([[0.1, 0.2, 0.7], [0.1, 0.6, 0.3], [0.3, 0.3, 0.4]]))
    rows = OUTPUTS.counts(truth, [log.argmax(-1)], [log])
    values = OUTPUTS.scores_of(rows.sum(0), 1)
    assert values["nats"] == pytest.approx(-(np.log(0.6) + np.log(0.4)) / 2) and values["accuracy"] == 1
    assert evaluate._lengths(np.array([[-1, 1, 2], [3, -1, -1], [-1, -1, -1]])).tolist() == [3, 1, 0]
    assert evaluate._lengths(np.array([[[0, 1], [-1, -1]]])).tolist() == [1]

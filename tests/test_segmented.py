"""Words and their kinds found together in unspaced text."""
import numpy as np
import pytest
import tensorflow as tf

import registry
from recipes import catalogue, evaluate
from recipes.datasets.segmented import segmented
from recipes.datasets.source import Data
from recipes.evaluate import Answers
from registry import Framing, Tags, WordSeq

OUTPUTS = Tags(("B-NOUN", "I-NOUN", "B-VERB", "I-VERB"), scheme="bio")
FRAMING = Framing(WordSeq(unit="character", max_chars=1), OUTPUTS)


def numbers(*tags):
    return np.array([OUTPUTS.names.index(t) for t in tags])


def test_words_become_tagged_characters():
    words, tags = ["推薦", "New York", "我"], ["VERB", "PROPN", "PRON"]
    raw = tf.data.Dataset.from_tensors((tf.constant(words), tf.constant(tags)))
    data = Data("x", Framing(WordSeq(), Tags(("VERB", "PROPN", "PRON"))), {"train": raw}, {"train": 1}, {})
    ((x, y),) = segmented(data).splits["train"].as_numpy_iterator()
    assert b"".join(x).decode() == "推薦NewYork我" and len(x) == len(y) == 10
    assert [t.decode() for t in y] == ["B-VERB", "I-VERB", "B-PROPN", *["I-PROPN"] * 6, "B-PRON"]
    assert segmented(data).framing.outputs.names[:2] == ("B-VERB", "I-VERB")


def test_words_are_counted_with_and_without_their_kind():
    truth = [numbers("B-NOUN", "I-NOUN", "B-VERB", "B-NOUN")]
    given = [numbers("B-VERB", "I-VERB", "B-VERB", "I-VERB")]  # the first word's kind is wrong, the rest run together
    figures = evaluate.point(FRAMING, Answers(truth, given, None))
    assert figures["f1"] == 0 and figures["word_f1"] == pytest.approx(2 * 1 / (2 + 3))
    assert evaluate.point(FRAMING, Answers(truth, truth, None))["word_f1"] == 1
    assert Tags(("O", "B-x", "I-x"), scheme="bio").metrics == ("f1", "accuracy")


def test_an_answer_is_words_with_their_kinds():
    row = {"words": np.array([*(c.encode() for c in "推薦我"), b""], object),
           "tags": np.array([b"B-VERB", b"I-VERB", b"B-NOUN", b""], object),
           "probabilities": np.array([0.9, 0.8, 0.7, 0])}
    said = OUTPUTS.said(row)
    assert said == {"words": ["推薦", "我"], "tags": ["VERB", "NOUN"], "probabilities": [0.8, 0.7]}
    assert OUTPUTS.shown(said) == "推薦/VERB 我/NOUN"


def test_raw_text_needs_no_spaces_and_loses_them():
    model = registry.build(FRAMING.inputs, FRAMING.outputs, "bilstm", size="tiny")
    serve = registry.serving(model, FRAMING).serve
    answers = serve(tf.constant(["推薦我台大後門的餐廳", "推薦我 台大 後門的餐廳"]))
    words, tags = (answers[key].numpy() for key in ("words", "tags"))
    assert b"".join(words[0]).decode() == "推薦我台大後門的餐廳" and list(words[0]) == list(words[1])
    assert tags[0][0].startswith(b"B-") and list(tags[0]) == list(tags[1])


def test_recipe_reads_the_treebank(folders):
    data = catalogue.module("pos_tagging_chinese").data(folders)
    assert data.counts == {"train": 3997, "validation": 500, "test": 500}
    x, y = next(data.splits["test"].as_numpy_iterator())
    assert b"".join(x).decode().startswith("同年9月7日") and len(x) == len(y)
    assert data.framing.outputs.names == catalogue.module("pos_tagging_chinese").recipe().framing.outputs.names

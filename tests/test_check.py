"""The data checker: each finding names the example, the field, what was found and expected, and a fix."""
import re

import numpy as np
import pytest
import tensorflow as tf
from rich.console import Console

from recipes import check, running, sources
from recipes.datasets.source import Data
from registry import Framing, Image, Label, UserError, Vector, WordSeq
from registry.outputs import Tags

AB = Label(("a", "b"))
VECTOR, IMAGE = Framing(Vector(2, names=("length", "width")), AB), Framing(Image(4, 4, 1), AB)
TEXT, WORDS = Framing(WordSeq(), AB), Framing(WordSeq(), Tags(("X", "Y")))
SPANS = Framing(WordSeq(), Tags(("O", "B-P", "I-P"), scheme="bio"))
GOOD = {  # two examples of each framing
    VECTOR: [([1, 2], "a"), ([3, 4], "b")],
    IMAGE: [(np.zeros((4, 4, 1), "uint8"), "a"), (np.ones((4, 4, 1), "uint8"), "b")],
    TEXT: [("one two", "a"), ("three", "b")],
    WORDS: [(["one", "two"], ["X", "Y"]), (["three"], ["X"])],
    SPANS: [(["one", "two"], ["B-P", "I-P"]), (["three"], ["O"])],
}


def arrays(value):
    return np.array(value, "float32") if isinstance(value, list) and not isinstance(value[0], str | bytes) else value


def data_of(framing, **splits):
    """Return `Data` of raw (x, y); what is not given is two good examples of their own."""
    splits = {name: splits.get(name, [(other(x, name), y) for x, y in GOOD[framing]])
              for name in ("train", "validation", "test")}
    made = {}
    for name, pairs in splits.items():
        signature = tuple(spec([arrays(pair[i]) for pair in pairs + GOOD[framing]]) for i in (0, 1))
        made[name] = tf.data.Dataset.from_generator(lambda p=pairs: ((arrays(x), y) for x, y in p),
                                                    output_signature=signature)
    return Data("test", framing, made, {name: len(pairs) for name, pairs in splits.items()}, {})


def spec(values):
    first = np.asarray(values[0])
    shape = [None] * first.ndim
    return tf.TensorSpec(shape, tf.string if first.dtype.kind in "USO" else first.dtype)


def other(x, split):
    """Return the example with something that makes it differ between splits."""
    number = ("train", "validation", "test").index(split)
    if isinstance(x, np.ndarray):
        return x + np.uint8(10 * number)
    if isinstance(x, str):
        return f"{x} {split}"
    return [v + 10 * number for v in x] if not isinstance(x[0], str) else [f"{v}-{split}" for v in x]


def findings_of(framing, **splits):
    return [str(f) for f in check.check(data_of(framing, **splits), framing)[0]]


@pytest.mark.parametrize("framing", GOOD, ids=lambda f: ":".join(f.pair))
def test_good_data_has_no_errors(framing):
    assert [f for f in findings_of(framing) if f.startswith("error") or "in both" in f] == []


ERRORS = [  # framing, a bad example, its finding
    (VECTOR, ([1, 2, 3], "a"), r"field vector: found shape \(3,\), expected \(2,\): give every row the same columns"),
    (VECTOR, ([1, np.nan], "a"), "field vector: found nan in column width, expected a finite number: fill or drop"),
    (VECTOR, ([np.inf, 1], "b"), "field vector: found inf in column length, expected a finite number"),
    (VECTOR, ([5, 6], "c"), r"field label: found label 'c', expected one of 2 names \(a, b\): correct the label or ad"),
    (IMAGE, (np.zeros((4, 4, 2), "uint8"), "a"), r"field image: found shape \(4, 4, 2\), expected \(height, width, 1,"),
    (IMAGE, (np.zeros((1, 4, 1), "uint8"), "a"), "field image: found 1x4 pixels, expected at least 2x2: leave the pic"),
    (TEXT, ("  ", "a"), "field word_seq: found no words, expected at least one word: leave the example out"),
    (TEXT, (b"caf\xe9", "a"), r"field word_seq: found b'caf\\xe9' at position 0, expected text in UTF-8: convert"),
    (WORDS, (["a", ""], ["X", "Y"]), "field word_seq: found an empty word at position 1, expected words of one charac"),
    (WORDS, (["a", "b"], ["X"]), "field tags: found 2 words and 1 tags, expected as many tags as words: give each"),
    (WORDS, (["a"], ["Z"]), "field tags: found tag 'Z' at position 0, expected one of X, Y: correct the tag"),
    (SPANS, (["a", "b"], ["O", "I-P"]), "field tags: found 'I-P' at position 1 after 'O', expected B-P where a span"),
    (SPANS, (["a"], ["I-P"]), "field tags: found 'I-P' at position 0 after 'the start', expected B-P .*: write B-"),
]


@pytest.mark.parametrize("framing, example, finding", ERRORS, ids=[e[2][:50] for e in ERRORS])
@pytest.mark.parametrize("split", ["train", "test"])
def test_errors(framing, example, finding, split):
    first = findings_of(framing, **{split: [*GOOD[framing], example]})[0]
    assert re.match(f"error: {split} example 2, {finding}", first), first


def test_pictures_of_another_dtype():
    bad = [(np.zeros((4, 4, 1), "float32"), "a"), (np.ones((4, 4, 1), "float32"), "b")]
    data = data_of(IMAGE)
    data.splits["train"] = tf.data.Dataset.from_generator(lambda: bad, output_signature=(
        tf.TensorSpec((None, None, None), tf.float32), tf.TensorSpec((), tf.string)))
    first = str(check.check(data, IMAGE)[0][0])
    assert first == ("error: train example 0, field image: found dtype float32, expected uint8 with values 0-255: "
                     "scale to 0-255 and cast")


def test_empty_split_and_one_class():
    empty = findings_of(VECTOR, test=[])
    assert empty == ["error: split test: found no examples, expected at least one: check the source"]
    one = findings_of(VECTOR, train=[([1, 2], "a"), ([3, 4], "a")])
    assert one[0] == ("error: split train: found one class only (a), expected two or more: add examples of other "
                      "classes")
    assert "warning: split train: found no example of b" in one[1]


def test_warnings():
    rare = findings_of(VECTOR, train=[*(([i, i], "a") for i in range(30)), ([50, 51], "b")])
    assert rare == ["warning: split train: found the largest class has 30 examples and the smallest 1, expected "
                    "classes of like size: accuracy hides the small classes: watch f1"]
    long = findings_of(WORDS, train=[*GOOD[WORDS], (["w"] * 513, ["X"] * 513)])
    assert long == ["warning: train example 2, field word_seq: found 513 words, expected at most 512: split the "
                    "example, or give it time and memory"]


@pytest.mark.parametrize("framing", GOOD, ids=lambda f: ":".join(f.pair))
def test_duplicates_across_splits(framing):
    twice = findings_of(framing, train=GOOD[framing], test=[*reversed(GOOD[framing])])
    assert twice[-1] == ("warning: splits train and test: found 2 examples in both, such as train 0 = test 1, expected "
                         "none in common: the figure on the later split is flattered")


def test_many_of_a_kind_are_counted_and_errors_come_first():
    bad = [*(([i, i], "c") for i in range(9)), ([1, np.nan], "a"), ([7, 8], "b")]
    findings = findings_of(VECTOR, train=bad)
    labels = [f for f in findings if "field label" in f]
    assert len(labels) == check.SHOWN + 1 and "split train, field label: found 4 more, expected one of 2" in labels[-1]
    levels = [f.split(":")[0] for f in findings]
    assert levels == sorted(levels) and sum("nan" in f for f in findings) == 1


def test_profile():
    profile = check.check(data_of(WORDS), WORDS)[1]
    assert profile["train"] == {"examples": 2, "classes": {"X": 2, "Y": 1},
                                "lengths": {"min": 1, "median": 2, "p95": 1, "max": 2}}
    assert check.check(data_of(VECTOR), VECTOR)[1]["train"]["lengths"] is None


def test_a_run_stops_at_the_first_error_and_counts_the_others(capsys):
    findings = check.check(data_of(VECTOR, train=[([1, 2], "c"), ([3, 4], "d"), ([5, 6], "a")]), VECTOR)[0]
    message = "^train example 0, field label: .*'c'.*1 more: `python -m recipes check` lists"
    with pytest.raises(UserError, match=message):
        running.report_findings(findings, Console())
    assert "no example of b" in capsys.readouterr().out


@pytest.mark.parametrize("framing", GOOD, ids=lambda f: ":".join(f.pair))
def test_synthetic_samples_pass(framing):
    findings, _ = check.check(sources.sample_data(framing), framing)
    assert not [f for f in findings if f.level == "error"]


def test_a_single_word_is_no_text():
    rows = tf.data.Dataset.from_tensor_slices(([b"same same", b"same"] * 4, [b"a", b"b"] * 4))
    findings, _ = check.check(Data("x", TEXT, {"train": rows}, {"train": 8}, {}), TEXT)
    assert any("one word only" in str(f) for f in findings if f.level == "error")


def test_long_sentences_stand_in_small_batches():
    from recipes import pipeline

    texts = [b"a b"] * 70 + [b" ".join([b"w"] * n) for n in (600, 600, 2000, 3000, 10_000)]
    raw = tf.data.Dataset.from_tensor_slices((texts, [b"a"] * len(texts)))
    part = pipeline.encode(TEXT, raw)
    shapes = [numbers["words"].shape for numbers, _ in pipeline.epoch(part, 32, 0, 0)]
    assert len(shapes) == pipeline.steps_per_epoch(part, 32) and sum(n for n, _ in shapes) == len(texts)
    assert all(n * length <= 2 * 32 * 256 for n, length in shapes)

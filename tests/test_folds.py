"""Cross-validation: each example is tested once, equal inputs together."""
import json

import numpy as np
import pytest
import tensorflow as tf
from typer.testing import CliRunner

from recipes.__main__ import app
from recipes.datasets.folds import folded
from recipes.datasets.source import Data
from registry import Framing, Label, UserError, WordSeq


def texts(n=600):
    words = [f"text {i % (n - 50)}".encode() for i in range(n)]  # fifty stand twice
    parts = {"train": words[:400], "validation": words[400:500], "test": words[500:]}
    splits = {name: tf.data.Dataset.from_tensor_slices((part, [b"a"] * len(part))) for name, part in parts.items()}
    return Data("texts", Framing(WordSeq(), Label(("a", "b"))), splits, {k: len(v) for k, v in parts.items()}, {})


def inputs(data, split):
    return [x for x, _ in data.splits[split].as_numpy_iterator()]


def test_each_example_is_tested_once_and_equal_ones_together():
    data, tested = texts(), []
    for fold in range(1, 6):
        one = folded(data, fold, 5)
        parts = {split: set(inputs(one, split)) for split in one.splits}
        assert not (parts["test"] & parts["train"]) and not (parts["test"] & parts["validation"])
        assert not parts["train"] & parts["validation"]
        assert {k: len(inputs(one, k)) for k in one.splits} == one.counts and sum(one.counts.values()) == 600
        assert 100 < one.counts["test"] < 140 and 30 < one.counts["validation"] < 70
        tested += inputs(one, "test")
    assert sorted(tested) == sorted(x for split in data.splits for x in inputs(data, split))
    again = folded(data, 2, 5)
    assert inputs(again, "test") == inputs(folded(data, 2, 5), "test")


def test_too_many_folds_are_refused():
    with pytest.raises(UserError, match=r"received --folds 300 for 550 different examples: expected three or more"):
        folded(texts(), 1, 300)


def test_folds_from_the_command_line(tmp_path):
    arguments = ["run", "digits", "--data-dir", tmp_path / "tfds", "--folds", "2", "--limit", "200",
                 "--set", "epochs=2", "--set", "shallow={'epochs': 1}", "--out", tmp_path / "runs"]
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output + result.stderr
    assert "accuracy over 2 folds: mean" in result.output and "shallow accuracy over 2 folds" in result.output
    records = [json.loads(p.read_text())["record"]["splits"]["test"]["by"]
               for p in sorted((tmp_path / "runs/digits").glob("*/profile.json"))]
    assert records == ["fold 1 of 2 by the hash of x", "fold 2 of 2 by the hash of x"]


def test_images_are_folded_too(folders):
    from recipes import catalogue

    one = folded(catalogue.module("digits").data(folders), 1, 4)
    assert one.counts["test"] in range(440, 460) and np.asarray(inputs(one, "test")[0]).shape == (8, 8, 1)

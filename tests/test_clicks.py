"""Click logs by rows: fields and their numbers, events and propensities, AUC, large tables, files, simulated logs."""
import dataclasses
import json
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from typer.testing import CliRunner

import registry
from recipes import click_rate, evaluate, optimizers, pipeline, sources
from recipes.__main__ import app
from recipes.datasets import readers, simulated_clicks
from recipes.datasets.source import rows
from recipes.recipe import Recipe, override
from recipes.train import compile_model
from registry import ClickLog, Event, Framing, UserError, building
from registry.outputs import calibration, ranking
from registry.tfds_features import choose, frame

SMALL = ClickLog(("price",), ("site", "device"), num_buckets=50, embedding=4)


def raw(*fields):
    return np.array([str(x).encode() for x in fields], dtype=object)


LOG = [raw(1, "a", "x"), raw("", "a", "y"), raw(3, "b", "x"), raw(20, "a", "")]


def test_numbers_are_logarithms_and_missing_ones_stand_for_themselves():
    found = SMALL.encoder()(tf.constant([*LOG, raw("nan", "a", "x"), raw(-3, "a", "x")]))["numbers"].numpy()[:, 0]
    np.testing.assert_allclose(found, [np.log(2), np.nan, np.log(4), np.log(21), np.nan, -np.log(4)], rtol=1e-6)
    adapted = SMALL.adapt(iter(LOG))
    numbers = np.log([2, 4, 21])
    assert adapted.mean == pytest.approx((numbers.mean(),)) and adapted.std == pytest.approx((numbers.std(),))
    model = registry.build(adapted, Event(), size="tiny")
    vectors = keras.Model(model.inputs, model.get_layer("stem_fields").output)
    encode = adapted.encoder()
    missing, mean, far = (vectors(encode(tf.constant([raw(x, "a", "x")])))[0, 2].numpy() for x in ("", np.exp(
        numbers.mean()) - 1, 1e6))
    bins = model.get_layer("stem_fields").of_bins.numpy()
    np.testing.assert_allclose([missing, mean], bins[[20, 10]], atol=1e-6)
    assert abs(far - bins[19]).max() > 0.01


def test_hashed_values_have_rows_of_their_field():
    ids = SMALL.encoder()(tf.constant(LOG))["ids"].numpy()
    assert ids[0, 0] == ids[1, 0] == ids[3, 0] != ids[2, 0] and ids[3, 1] == 1  # missing: the unknown of its field
    assert (ids[:, 0] < 52).all() and (ids[:3, 1] >= 52).all() and ids.max() < SMALL.num_ids == 102
    same = dataclasses.replace(SMALL, numeric=()).encoder()(tf.constant([raw("z", "z")]))["ids"].numpy()[0]
    assert same[1] - same[0] == 50  # the same text in another field is another value


def test_a_vocabulary_knows_each_field_by_itself_and_the_rest_is_unknown():
    found = dataclasses.replace(SMALL, min_count=1).adapt(iter(LOG))
    assert {tuple(word.split("\x1f")) for word in found.words} == {("0", "a"), ("0", "b"), ("1", "x"), ("1", "y")}
    assert found.words[0] == "0\x1fa" and found.num_ids == 6
    ids = found.encoder()(tf.constant([raw(1, "a", "x"), raw(1, "x", "never"), raw(1, "b", "")]))["ids"].numpy()
    assert ids[0, 0] == 2 and ids[1].tolist() == [0, 1] and ids[2, 1] == 1 and ids[2, 0] > 2
    assert len(dataclasses.replace(SMALL, min_count=2).adapt(iter(LOG)).words) == 2  # "a" and "x"


def test_crosses_are_fields_of_two_values():
    crossed = ClickLog((), ("site", "device", "hour"), crosses=(("site", "hour"),), num_buckets=10_000)
    ids = crossed.encoder()(tf.constant([raw("a", "x", "1"), raw("a", "y", "1"), raw("a", "x", "2"), raw("a", "x", "")]
                                        ))["ids"].numpy()
    assert ids[0, 3] == ids[1, 3] != ids[2, 3] and ids[3, 3] == 3
    with pytest.raises(UserError, match="cross \\('site', 'town'\\): expected two of site, device, hour"):
        registry.build(dataclasses.replace(crossed, crosses=(("site", "town"),)), "distribution", size="tiny")


@pytest.mark.parametrize("inputs", [ClickLog((), ("site",), num_buckets=20), ClickLog(("price", "age"), ())], ids=str)
@pytest.mark.parametrize("name", ["deepfm", "logistic", "dcn"])
def test_one_kind_of_fields_is_enough(inputs, name):
    model = registry.build(inputs, Event(), name, size="tiny")
    raws = tf.constant([x for x, _ in Framing(inputs, Event()).sample(np.random.default_rng(0), 3)])
    assert registry.serving(model, Framing(inputs, Event())).serve(raws)["probability"].shape == (3,)


def test_a_factorisation_machine_is_rendles_sum_over_pairs():
    from zoo.layers.fields import FieldScores

    fields = tf.Variable(np.random.default_rng(0).normal(size=(3, 5, 1 + 4)).astype("float32"))
    slow = tf.reduce_sum(fields[:, :, 0], 1) + sum(
        tf.reduce_sum(fields[:, i, 1:] * fields[:, j, 1:], -1) for i in range(5) for j in range(i))
    with tf.GradientTape(persistent=True) as tape:
        quick = FieldScores(pairs=True)(fields)[:, 0] * [1.0, 2.0, 3.0]
        wanted = (tf.reduce_sum(fields[:, :, 0], 1) + 0.5 * tf.reduce_sum(
            tf.reduce_sum(fields[:, :, 1:], 1)**2 - tf.reduce_sum(fields[:, :, 1:]**2, 1), -1)) * [1.0, 2.0, 3.0]
    np.testing.assert_allclose(quick, slow * [1.0, 2.0, 3.0], rtol=1e-5)
    np.testing.assert_allclose(tape.gradient(quick, fields), tape.gradient(wanted, fields), rtol=1e-4, atol=1e-5)


def test_loss_is_the_likelihood_of_a_click_given_its_place():
    targets = tf.constant([[1, 0.5, np.nan], [0, 0.5, np.nan], [1, 1, np.nan], [0, 1, np.nan]], tf.float32)
    scores = tf.constant([[0.3], [0.3], [-40.0], [40.0]])
    p = 1 / (1 + np.exp(-0.3))
    np.testing.assert_allclose(Event().loss()(targets, scores), [-np.log(p / 2), -np.log(1 - p / 2), 40, 40], rtol=1e-5)
    plain = [-np.log(p), -np.log(1 - p), 40, 40]
    np.testing.assert_allclose(Event("none").loss()(targets, scores), plain, rtol=1e-5)
    weighed = [2 * -np.log(p) - -np.log(1 - p), *plain[1:]]
    np.testing.assert_allclose(Event("weights").loss()(targets, scores), weighed, rtol=1e-5)


@pytest.mark.parametrize("correction", ["likelihood", "weights", "none"])
def test_corrected_losses_find_the_rate_and_the_plain_one_does_not(correction):
    rng, n = np.random.default_rng(0), 20_000
    propensity = rng.choice([0.2, 1.0], size=n)
    clicks = rng.random(n) < 0.4 * propensity
    targets = tf.constant(np.stack([clicks, propensity, np.full(n, np.nan)], 1), tf.float32)
    grid = np.linspace(0.02, 0.9, 120)
    losses = [float(tf.reduce_mean(Event(correction).loss()(targets, tf.fill((n, 1), float(np.log(p / (1 - p)))))))
              for p in grid]
    assert grid[np.argmin(losses)] == pytest.approx(0.24 if correction == "none" else 0.4, abs=0.015)


@pytest.mark.parametrize("n", [300, 30_000])
def test_auc_is_that_of_scikit_learn(n):
    from sklearn.metrics import log_loss, roc_auc_score

    rng = np.random.default_rng(0)
    p = rng.random(n).round(3 if n < 1000 else 9)
    truth = np.stack([rng.random(n) < p, np.ones(n), p], 1).astype("float32")
    found = evaluate.point(Framing(SMALL, Event()), evaluate.Answers(truth, p >= 0.5, p))
    assert found["auc"] == pytest.approx(roc_auc_score(truth[:, 0], p), abs=1e-9 if n < ranking.BINS else 2e-5)
    assert found["log_loss"] == pytest.approx(log_loss(truth[:, 0], p), rel=1e-4)
    mean, right, number = calibration.curve(p, truth[:, 0])
    assert found["ece"] == pytest.approx((abs(mean - right) * number).sum() / n, abs=1e-5)


def test_what_is_seen_seldom_is_judged_by_what_could_be_seen():
    truth = np.array([[1, 0.5, np.nan], [0, 0.5, np.nan]], "float32")
    found = evaluate.point(Framing(SMALL, Event()), evaluate.Answers(truth, np.array([1, 1]), np.array([0.8, 0.8])))
    assert found["log_loss"] == pytest.approx(-(np.log(0.4) + np.log(0.6)) / 2, rel=1e-5)
    guesses = Event().guesses(truth, np.array([10.0, 40.0]), None)
    assert guesses["majority"][1].tolist() == [0.25, 0.25] and "truth" not in guesses
    truth[:, 2] = 0.3
    assert Event().guesses(truth, np.array([10.0, 40.0]), None)["truth"][1] == pytest.approx([0.3, 0.3])


def table_after(optimizer, steps, ids, **options):
    """A table of zeros that learns from a sum, and the weight beside it."""
    x = keras.Input((2,), dtype="int32")
    table = keras.layers.Embedding(6, 2, "zeros", name="t")
    scale = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Model(x, scale(keras.layers.Flatten()(table(x))))
    recipe = Recipe("test", Framing(SMALL, Event()), optimizer=optimizer, learning_rate=0.1, warmup=0.0, **options)
    compile_model(model, recipe, 10**6)
    model.compile(model.optimizer, loss=lambda y, scores: y * scores)
    for _ in range(steps):
        model.train_on_batch(np.array(ids, "int32"), np.ones((len(ids), 1)))
    return table.embeddings.numpy(), model


def test_rows_learn_by_adagrad_and_the_others_stay():
    learned, model = table_after("rows", 1, [[1, 2], [1, 3]], weight_decay=0.5)
    gradients = {1: 1.0, 2: 0.5, 3: 0.5}  # those of a row that stands twice in a batch are added
    for row in range(6):
        wanted = -optimizers.TABLE_RATE * 0.1 if row in gradients else 0
        np.testing.assert_allclose(learned[row], wanted, rtol=1e-4)
    squares = next(v for v in model.optimizer.variables if v.shape == (6,))
    np.testing.assert_allclose(squares, [gradients.get(row, 0)**2 for row in range(6)], rtol=1e-5)
    assert not any(v.shape == (6, 2) for v in model.optimizer.variables)  # no averages of whole tables
    twice, _ = table_after("rows", 2, [[1, 2], [1, 3]])
    assert (abs(twice[1:4]) > abs(learned[1:4])).all() and (twice[[0, 4, 5]] == 0).all()


def test_rows_never_go_through_whole_tables():
    recipe = Recipe("test", Framing(SMALL, Event()), optimizer="rows", metric="auc")
    for setting in ("ema=0.9", "clip_norm=1.0"):
        with pytest.raises(UserError, match=f"received {setting} with optimizer=rows, which never goes"):
            override(recipe, [setting])


def test_a_stopped_run_with_rows_goes_on(tmp_path):
    from recipes import checkpoint

    learned, model = table_after("rows", 3, [[1, 2], [1, 3]])
    checkpoint.save(tmp_path, model, None, {"epoch": 1, "step": 0})
    again, fresh = table_after("rows", 0, [[1, 2]])
    checkpoint.restore(tmp_path, fresh)
    for a, b in zip(model.optimizer.variables, fresh.optimizer.variables):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def write_log(path, n=400, header="price,site,user_id,shown,click", mark=",", line=None):
    rng = np.random.default_rng(0)
    lines = [mark.join(map(str, (round(rng.random() * 9, 2) if i % 9 else "", "ab"[i % 2], rng.integers(99), 1 / (
        1 + i % 3), int(rng.random() < (0.8 if i % 2 else 0.2))))) for i in range(n)]
    if line:
        lines[3] = line
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def test_a_log_is_read_row_by_row(tmp_path):
    path = write_log(tmp_path / "log.csv")
    data = readers.from_files(path, "click_log:distribution", columns={"propensity": "shown"})
    inputs = data.framing.inputs
    assert inputs.numeric == ("price",) and inputs.categorical == ("site", "user_id")  # an id is no number
    assert sum(data.counts.values()) == 400 and min(data.counts.values()) > 20
    read = [(*map(bytes.decode, x), *y[:2]) for split in data.splits.values() for x, y in rows(split)]
    written = [line.split(",") for line in path.read_text().splitlines()[1:]]
    wanted = [(a, b, c, float(e), np.float32(d)) for a, b, c, d, e in written]
    assert sorted(map(repr, read)) == sorted(map(repr, [(a, b, c, np.float32(e), d) for a, b, c, e, d in wanted]))
    named = readers.from_files(path, "click_log:distribution",
                               columns={"y": "click", "numeric": "user_id,price", "categorical": "site"})
    assert named.framing.inputs.fields == ("user_id", "price", "site") and named.record["ignored"] == ["shown"]
    tabs = write_log(tmp_path / "log.tsv", header="price\tsite\tuser_id\tshown\tclick", mark="\t")
    assert readers.from_files(tabs, "click_log:distribution").counts == data.counts


def test_a_log_is_never_held_in_memory(tmp_path, monkeypatch):
    from pathlib import Path

    path = write_log(tmp_path / "log.csv")
    for name in ("read_bytes", "read_text"):
        monkeypatch.setattr(Path, name, lambda *_, **__: pytest.fail("the whole file was read"))
    data = readers.from_files(path, "click_log:distribution")
    monkeypatch.setattr(pipeline, "CACHE_BYTES", 1000)
    framing = data.framing.adapt(lambda: rows(data.splits["train"]))
    part = pipeline.encode(framing, data.splits["train"], str(tmp_path / "cache"))
    assert part.count == data.counts["train"] and list(tmp_path.glob("cache*"))  # what was encoded lies on disk


BAD = {
    "a click that is none": ({"line": "1,a,3,1,2"}, "line 5, column 'click': found '2', expected 1 where it was"),
    "no click": ({"line": "1,a,3,1,"}, "line 5, column 'click': found '', expected 1 where"),
    "too few cells": ({"line": "1,a,3,1"}, "line 5: 4 cells, expected 5 \\(price, site"),
    "too many cells": ({"line": "1,a,3,1,1,7"}, "line 5: 6 cells, expected 5"),
    "not a number": ({"line": "nan,a,3,1,1"}, "line 5, column 'price': 'nan' is no finite number. Leave the cell"),
    "infinite": ({"line": "1e999,a,3,1,1"}, "line 5, column 'price': '1e999' is no finite number"),
    "a text for a number": ({"line": "dear,a,3,1,1"}, "line 5, column 'price': 'dear' is no finite number"),
    "a quote": ({"line": '1,"a,3,1,1'}, "line 40.: unexpected end of data. Expected cells with quotes in pairs"),
    "a quote inside": ({"line": '1,a"b,3,1,1'}, "Unquoted fields cannot .*Put cells with quotes into quotes"),
    "no rows": ({"n": 0}, "has a row of names .* and no examples below it"),
    "no such column": ({"columns": {"y": "clik"}}, "unknown column 'clik'.*Did you mean 'click'"),
    "no column of clicks": ({"header": "a,b,c,d,e"}, "cannot tell which says whether it was clicked. Name it, such as"),
    "doubled names": ({"header": "a,a,c,d,click"}, "line 1: column names .* are empty or doubled \\(\\['a'\\]\\)"),
    "other keys": ({"columns": {"z": "price"}}, "received columns for z: expected x and y and propensity and numeric"),
    "a propensity of 0": ({"columns": {"propensity": "shown"}, "line": "1,a,3,0,1"},
                          "column 'shown': found '0', expected a probability above 0"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=list(BAD))
def test_what_is_wrong_with_a_log_is_told_with_its_line(case, tmp_path):
    given, told = case
    given = dict(given)
    columns = given.pop("columns", None)
    path = write_log(tmp_path / "log.csv", **given)
    with pytest.raises(UserError, match=told):
        readers.from_files(path, "click_log:distribution", columns=columns)


@pytest.mark.parametrize(("x", "told"), [
    (raw(1, "a"), "2 fields', '3 \\(price, site, device\\)"), (raw("inf", "a", "b"), "inf in field price', 'a finite"),
    (raw("nan", "a", "b"), "nan in field price"), (raw("dear", "a", "b"), "'dear' in field price"),
    (np.array([b"1", b"\xff", b"b"], object), "in field site., 'text in UTF-8'"), (3, "int fields")], ids=str)
def test_rows_that_are_none_are_told(x, told):
    assert re.search(told, str(next(SMALL.problems(x)))) and not list(SMALL.problems(LOG[1]))


@pytest.mark.parametrize(("y", "told"), [([0.5, 1, 0], "0.5', '1 where it happened"), ([1, 0, 0], "propensity 0"),
                                         ([1, 1.5, 0], "propensity 1.5"), ([1, 1], "three numbers")], ids=str)
def test_events_that_are_none_are_told(y, told):
    assert told in str(next(Event().problems(np.array(y, "float32"))))
    assert not list(Event().problems(np.array([1, 0.2, np.nan], "float32")))


def test_a_field_with_one_value_is_told(tmp_path):
    from recipes import check

    path = tmp_path / "log.csv"
    path.write_text("site,device,click\n" + "".join(f"s{i % 7},telephone,{i % 2}\n" for i in range(60)))
    data = readers.from_files(path, "click_log:distribution")
    findings, _ = check.check(data, data.framing)
    assert [str(f) for f in findings if "device" in str(f)] == [
        "warning: split train, field device: found 'telephone' in every example, expected two values or more: it tells "
        "nothing, leave it out"]


def test_run_predict_and_export_of_a_log(tmp_path):
    path = write_log(tmp_path / "log.csv", n=600)
    small = ["--set", "epochs=8", "--set", "batch_size=32", "--set", "learning_rate=0.01", "--set", "num_buckets=100",
             "--size", "tiny", "--set", "shallow={'epochs': 1, 'size': 'tiny'}", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, ["run", "--data", str(path), "--as", "click_log:distribution", "--columns",
                                      "propensity=shown,numeric=price,categorical=site", *small])
    assert result.exit_code == 0, (result.output, result.exception)
    (folder,) = (found.parent for found in tmp_path.glob("log/*/metrics.json"))
    metrics = json.loads((folder / "metrics.json").read_text())
    assert list(metrics["test"])[:3] == ["auc", "log_loss", "ece"] and metrics["test"]["auc"]["value"] > 0.6
    assert set(metrics["baselines"]) == {"chance", "majority", "shallow"}
    page = (folder / "report.html").read_text()
    assert "Low and high probabilities" in page and "Can its probabilities be believed?" in page
    said = [json.loads(CliRunner().invoke(app, ["predict", str(folder), text, "--json"]).output)["probability"]
            for text in ("3.5,b", "3.5,a", ",never", '"",a')]
    assert said[0] > said[1] + 0.2 and 0 < said[2] < 1
    wrong = CliRunner().invoke(app, ["predict", str(folder), "3.5,a,b"])
    assert wrong.exit_code == 2 and "found 3 fields, expected 2 (price, site): give every row the same" in wrong.stderr
    exported = CliRunner().invoke(app, ["export", str(folder), "--data-dir", str(tmp_path)])
    assert exported.exit_code == 0, exported.output
    onnx = CliRunner().invoke(app, ["export", str(folder), "--format", "onnx", "--data-dir", str(tmp_path)])
    assert onnx.exit_code == 0 or "needs tf2onnx" in onnx.stderr, onnx.output
    served = tf.saved_model.load(str(folder / "serving"))
    assert float(served.serve(tf.constant([["3.5", "b"]]))["probability"][0]) == pytest.approx(said[0], abs=1e-5)


def test_criteo_of_tfds_is_framed_and_read():
    pytest.importorskip("tensorflow_datasets")
    import tensorflow_datasets as tfds

    framing = frame("criteo")  # the uplift data set: 12 numbers, what was done, and whether there was a visit
    assert framing.pair == ("click_log", "distribution") and isinstance(framing.outputs, Event)
    assert set(framing.inputs.numeric) == {*(f"f{i}" for i in range(12)), "treatment"}
    assert framing.inputs.categorical == ("exposure",)  # neither the visit nor what comes of it
    builder = tfds.builder("criteo")
    with tfds.testing.mock_data(num_examples=4):
        from recipes.datasets import tfds_source

        x, y = next(tfds_source._pairs(builder, "train", *choose(builder.info.features,
                                       supervised=builder.info.supervised_keys)).as_numpy_iterator())
    assert not list(framing.inputs.problems(x)) and not list(framing.outputs.problems(y))
    assert x[-1] in (b"true", b"false")


def test_rows_of_tfds_need_a_y_that_says_yes_or_no():
    f = pytest.importorskip("tensorflow_datasets").features
    features = f.FeaturesDict({"user_id": np.int64, "price": np.float32, "site": f.Text(), "bought": np.bool_})
    assert frame(features, y="bought").inputs == ClickLog(numeric=("price",), categorical=("user_id", "site"))
    with pytest.raises(UserError, match="no pair of the framework"):
        frame(features)


def test_the_simulated_log_is_what_it_says():
    from sklearn.metrics import roc_auc_score

    x, y = simulated_clicks.log(40_000, 7)
    clicks, propensity, rate = y.T
    assert clicks.mean() == pytest.approx((propensity * rate).mean(), abs=0.006)
    for place in np.unique(propensity)[[0, -1]]:
        here = propensity == place
        assert clicks[here].mean() == pytest.approx((propensity * rate)[here].mean(), abs=0.02)
    assert len(np.unique(propensity)) == simulated_clicks.PLACES and propensity.max() == 1
    assert (x == simulated_clicks.log(40_000, 7)[0]).all() and not (x[:8] == simulated_clicks.log(80, 8)[0][:8]).all()
    test = simulated_clicks.log(click_rate.COUNTS["test"], 2, placed=False)[1]
    assert roc_auc_score(test[:, 0], test[:, 2]) == pytest.approx(click_rate.TRUTH, abs=5e-5)
    assert click_rate.recipe().target == pytest.approx(click_rate.TRUTH - 0.002)


def test_default_is_deepfm_and_several_names_are_refused():
    assert type(building.framing_for(("click_log", "distribution")).outputs) is Event
    assert registry.build("click_log", "distribution", size="tiny").name.endswith("deepfm")
    with pytest.raises(UserError, match="'deepfm' does not fit Distribution: choose another output"):
        registry.build(ClickLog(), registry.Distribution())
    assert sources.GENERIC["click_log", "distribution"]["optimizer"] == "rows"

"""Series and numbers: windows without a look ahead, levels, intervals, guesses, and users' own tables."""
import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from typer.testing import CliRunner

import registry
from recipes import evaluate, pipeline, sources
from recipes.__main__ import app
from recipes.datasets import series, series_files, tables
from recipes.datasets.readers import from_files
from registry import Framing, Label, Numbers, Series, UserError
from registry.predicting import answerer

NAMES = ("load", "heat")
FRAMING = Framing(Series(past=24, num_channels=2, names=NAMES, season=12),
                  Numbers(names=NAMES, future=6, channels=(0, 1), figures="standard"))


def measured(n=400):
    time, rng = np.arange(n), np.random.default_rng(0)
    waves = np.stack([np.sin(2 * np.pi * time / 12), np.cos(2 * np.pi * time / 12) * 3 + 20], 1)
    return waves + 0.1 * rng.normal(size=waves.shape)


def cut(rows, framing=FRAMING, answers=None):
    borders = {"train": (0, 240), "validation": (240, 320), "test": (320, 400)}
    parts = {split: [series.Stretch(rows, rows if answers is None else answers, *border)]
             for split, border in borders.items()}
    return series.windows("measured", framing, parts, {"by": dict.fromkeys(borders, "steps")})


def examples(data, split):
    return [(np.asarray(x), np.asarray(y)) for x, y in data.splits[split].as_numpy_iterator()]


def test_nothing_of_the_future_is_seen():
    rows, now = measured(), 330  # in the test part
    changed = rows.copy()
    changed[now:] = 1e6 * np.random.default_rng(1).normal(size=changed[now:].shape)
    before, after = cut(rows), cut(changed)
    assert before.framing == after.framing and before.framing.inputs.mean  # what was measured on training
    for split in ("train", "validation"):
        for a, b in zip(examples(before, split), examples(after, split), strict=True):
            np.testing.assert_array_equal(a[0], b[0])
            np.testing.assert_array_equal(a[1], b[1])
    a, b = examples(before, "test")[now - 320], examples(after, "test")[now - 320]
    np.testing.assert_array_equal(a[0], b[0])  # the window that ends now
    assert not np.array_equal(a[1], b[1])
    np.testing.assert_allclose(a[0], rows[now - 24 : now], rtol=1e-6)
    np.testing.assert_allclose(a[1], rows[now : now + 6], rtol=1e-6)


def test_every_window_is_cut_once_and_ends_in_its_split():
    data = cut(measured())
    assert data.counts == {"train": 240 - 24 - 6 + 1, "validation": 80 - 6 + 1, "test": 80 - 6 + 1}
    last = examples(data, "train")[-1][1]
    np.testing.assert_allclose(last, measured()[234:240], rtol=1e-6)


def test_windows_are_not_parted_by_chance():
    from recipes.datasets.folds import folded

    with pytest.raises(UserError, match="received --folds 5 for a series, whose windows overlap"):
        folded(cut(measured()), 1, 5)


def test_means_are_those_of_the_training_rows_and_reach_a_run():
    data = cut(measured())
    np.testing.assert_allclose(data.framing.outputs.mean, measured()[:240].mean(0))
    np.testing.assert_allclose(data.framing.inputs.std, measured()[:240].std(0))
    adapted = FRAMING.measured(data.framing).adapt(lambda: examples(data, "train"))
    assert adapted.inputs == data.framing.inputs and adapted.outputs.std == data.framing.outputs.std


def test_gaps_carry_the_past_forward_and_answers_with_gaps_are_left_out():
    rows = measured()
    rows[100:103] = np.nan
    data = cut(rows)
    np.testing.assert_array_equal(series.carried(rows)[100:103], rows[[99, 99, 99]])
    left_out = data.record["left_out"]["train"]
    assert left_out == 3 + 5 and data.counts["train"] == 240 - 24 - 6 + 1 - left_out
    assert all(np.isfinite(x).all() and np.isfinite(y).all() for x, y in examples(data, "train"))
    rows[100:115] = np.nan  # more than a quarter of a window
    assert cut(rows).record["left_out"]["train"] > 15 + 5


def test_constant_channels_become_zero():
    rows = measured()
    rows[:, 1] = 5
    framing = cut(rows).framing
    x = framing.inputs.stem(framing.inputs.tensors())
    model = keras.Model(x._keras_history.operation.input, x)
    assert (np.asarray(model(rows[None, :24].astype("float32")))[..., 1] == 0).all()


@pytest.mark.parametrize("name", ["dlinear", "patchtst"])
@pytest.mark.parametrize("each", ["last", "standard"])
def test_a_level_that_is_taken_out_is_put_back(name, each, tmp_path):
    framing = cut(measured()).framing
    framing = dataclasses.replace(framing, inputs=dataclasses.replace(framing.inputs, each=each))
    model = registry.build(framing.inputs, framing.outputs, name, "tiny")
    answer, x = answerer(model, framing), measured()[None, :24].astype("float32")
    shifted = answer(tf.constant(x + np.array([7, -5], "float32")))["numbers"]
    np.testing.assert_allclose(shifted, answer(tf.constant(x))["numbers"] + np.array([7, -5]), atol=2e-3)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_array_equal(again({"series": x}), model({"series": x}))


@pytest.mark.parametrize("name", ["dlinear", "patchtst"])
def test_channels_answer_for_themselves_in_the_order_of_the_columns(name):
    inputs = Series(past=24, num_channels=3, each="standard")
    outputs = Numbers(names=("c", "a"), future=4, channels=(2, 0))
    model = registry.build(inputs, outputs, name, "tiny")
    x = np.random.default_rng(0).normal(size=(2, 24, 3)).astype("float32")
    other = x.copy()
    other[..., :2] += np.random.default_rng(1).normal(size=(2, 24, 2))
    a, b = np.asarray(model(x)), np.asarray(model(other))
    assert a.shape == (2, 4, 2)
    np.testing.assert_allclose(a[..., 0], b[..., 0], atol=1e-5)  # column c reads channel 2 alone
    assert abs(a[..., 1] - b[..., 1]).max() > 1e-3


def test_dlinear_learns_waves_better_than_guesses():
    data = cut(measured())
    framing, parts = data.framing, {k: pipeline.encode(data.framing, v) for k, v in data.splits.items()}
    keras.utils.set_random_seed(0)
    model = registry.build(framing.inputs, framing.outputs, "dlinear")
    model.compile(keras.optimizers.Adam(0.01), framing.outputs.loss())
    model.fit(pipeline.epoch(parts["train"], 16, 0, 0).repeat(), epochs=1, steps_per_epoch=200, verbose=0)
    answers = evaluate.answer(model, framing, pipeline.batches(parts["test"]))
    found = evaluate.point(framing, answers)
    guesses = evaluate.guesses(framing, answers.truth, evaluate.tally(framing, parts["train"]), 0, parts["test"])
    assert set(guesses) == {"mean", "persistence", "seasonal"}
    mse = {name: evaluate.point(framing, guess)["mse"] for name, guess in guesses.items()}
    assert found["mse"] < mse["seasonal"] < mse["mean"] and mse["seasonal"] < mse["persistence"]
    truth = np.stack([y for _, y in examples(data, "test")])
    now = np.stack([x[-1:] for x, _ in examples(data, "test")])
    z = (truth - now) / np.array(framing.outputs.std)
    assert mse["persistence"] == pytest.approx((z**2).mean(), rel=1e-4)
    tuned = framing.outputs.tuned(answers)
    assert len(tuned.spread) == 12
    _, spans = tuned.answers(answers.given)
    inside = (spans[..., 0] <= answers.truth) & (answers.truth <= spans[..., 1])
    assert 0.75 < inside.mean() < 0.9


def test_quantiles_are_learned_and_answered_in_order():
    rng = np.random.default_rng(0)
    framing = Framing(registry.Vector(1, mean=(0.0,), std=(1.0,)),
                      Numbers(quantiles=(0.9, 0.1, 0.5), mean=(0.0,), std=(1.0,)))
    keras.utils.set_random_seed(0)
    model = registry.build(framing.inputs, framing.outputs, "perceptron")
    x = np.zeros((4000, 1), "float32")
    model.compile(keras.optimizers.Adam(0.05), framing.outputs.loss())
    model.fit({"vector": x}, rng.normal(size=(4000, 1)).astype("float32"), batch_size=500, epochs=25, verbose=0)
    answer = framing.outputs.decode(model(x[:1]))
    assert [float(answer[key][0, 0]) for key in ("low", "numbers", "high")] == pytest.approx([-1.28, 0, 1.28], abs=0.15)
    _, spans = framing.outputs.answers(model(x[:1]))
    assert spans[0, 0, 0] < spans[0, 0, 1]
    with pytest.raises(UserError, match="expected shares between 0 and 1"):
        Numbers(quantiles=(10, 90))


def test_figures_are_of_z_scores_or_raw():
    outputs = Numbers(names=("a", "b"), mean=(0.0, 5.0), std=(1.0, 10.0), figures="standard")
    truth, given = np.zeros((4, 2), "float32"), np.ones((4, 2), "float32")
    truth[1] = given[1] = 3
    for figures, mse in (("standard", 0.75), ("raw", 0.75 * (1 + 100) / 2)):
        framing = Framing(registry.Vector(), dataclasses.replace(outputs, figures=figures))
        point = evaluate.point(framing, evaluate.Answers(truth, given, None))
        assert point["mse"] == pytest.approx(mse) and point["rmse"] == pytest.approx(mse**0.5)
        assert point["r2"] == pytest.approx(1 - 0.75 / truth[:, 0].var())


def test_windows_that_overlap_are_resampled_together():
    rng = np.random.default_rng(0)
    walk = np.repeat(rng.normal(size=40), 12)[:, None, None] * np.ones((1, 12, 1))  # neighbours are alike
    outputs = Numbers(future=12, mean=(0.0,), std=(1.0,))
    answers = evaluate.Answers(walk, np.zeros_like(walk), None)
    together = evaluate.with_intervals(Framing(Series(), outputs), answers)["mse"]
    alone = evaluate.with_intervals(Framing(Series(), dataclasses.replace(outputs, future=1)), evaluate.Answers(
        walk[:, :1], np.zeros_like(walk[:, :1]), None))["mse"]
    assert together["high"] - together["low"] > 2 * (alone["high"] - alone["low"])


def test_persistence_of_labels_is_what_holds_now():
    names = ("rain", "sun")
    framing = Framing(Series(past=24, num_channels=3, names=("wind", *names)), Label(names=names))
    hot = np.eye(2)[np.arange(400) // 5 % 2]
    rows = np.concatenate([measured()[:, :1], hot], 1)
    data = cut(rows, framing, np.array([names[i].encode() for i in hot.argmax(1)], object))
    parts = {split: pipeline.encode(data.framing, raw) for split, raw in data.splits.items()}
    truth = np.stack([y for _, y in parts["test"].examples.as_numpy_iterator()])
    made = evaluate.guesses(data.framing, truth, evaluate.tally(data.framing, parts["train"]), 0, parts["test"])
    assert evaluate.point(data.framing, made["persistence"])["accuracy"] == pytest.approx(0.8, abs=0.03)


@pytest.mark.shared
def test_the_protocol_of_ett_is_the_published_one(folders):
    from recipes import electricity

    data = electricity.data(folders)
    assert data.counts == {"train": 8640 - 336 - 96 + 1, "validation": 2880 - 96 + 1, "test": 2880 - 96 + 1}
    parts = pipeline.encode(data.framing, data.splits["test"])
    truth = np.stack([y for _, y in parts.examples.as_numpy_iterator()])
    made = data.framing.inputs.guesses(data.framing.outputs, parts.examples.as_numpy_iterator())
    persistence = evaluate.point(data.framing, evaluate.Answers(truth, *made["persistence"]))
    # "Repeat" of Zeng et al. 2023 (https://arxiv.org/abs/2205.13504)
    assert persistence["mse"] == pytest.approx(1.295, abs=1e-3) and persistence["mae"] == pytest.approx(0.713, abs=1e-3)


@pytest.mark.shared
def test_gaps_of_the_airports_are_counted(folders):
    from recipes import temperature, weather

    data = temperature.data(folders)
    assert set(data.record["missing_hours"]) == {"EWR", "JFK", "LGA"} and data.record["left_out"]["test"] > 0
    x, y = examples(data, "test")[0]
    assert x.shape == (72, 10) and y.shape == (24, 1) and np.isfinite(x).all() and np.isfinite(y).all()
    days = weather.data(folders)
    assert days.counts["test"] == 365 and days.record["missing"] == 0


def test_networks_of_the_study_have_as_many_parameters():
    from recipes import approximation
    from recipes.studies import approximation as study

    for variables in (1, 2):
        deep = study.networks(variables)[len(study.WIDTHS):]
        counts = [study.parameters(variables, units, depth) for depth, units in deep]
        assert [depth for depth, _ in deep] == list(study.DEPTHS) and max(counts) < 1.03 * min(counts)
        for depth, units in deep:
            model = registry.build(registry.Vector(variables), Numbers(), "mlp", units=units, depth=depth)
            assert model.count_params() == study.parameters(variables, units, depth)
    x = np.array([[0.0, 0.0], [0.5, 0.0]])
    np.testing.assert_allclose(approximation.value("ripples", x), [1, -1])


# users' own tables

def table(n=300, edit=lambda rows: rows, head="when,load,heat,kind"):
    from datetime import datetime, timedelta

    rows = [[(datetime(2024, 1, 1) + timedelta(hours=i)).isoformat(" "), f"{np.sin(i / 4):.4f}", f"{i % 24}",
             "ab"[i // 7 % 2]] for i in range(n)]
    return "\n".join([head, *(",".join(row) for row in edit(rows))]) + "\n"


def write(folder, text):
    (folder / "mine.csv").write_text(text)
    return folder / "mine.csv"


def edited(row, column, value):
    def edit(rows):
        rows[row][column] = value
        return rows

    return edit


def swapped(rows):
    rows[10], rows[11] = rows[11], rows[10]
    return rows


def doubled(rows):
    return rows[:11] + rows[10:]


def without_some(rows):
    return rows[:100] + rows[104:]


COLUMNS = {"y": "load", "time": "when"}
BAD = {
    "unsorted": (swapped, {}, "line 13: time .* comes after .*sort the rows by time"),
    "twice": (doubled, {}, "line 13: time .* stands twice after .*line 12.*keep one row"),
    "no time": (edited(4, 0, "noon"), {}, "line 6, column 'when': 'noon' is no time; expected such as 2024-01-31"),
    "uneven": (edited(4, 0, "2024-01-01 04:20:00"), {}, "line 6: time .* is no whole number of steps .* resample"),
    "infinite": (edited(4, 1, "inf"), {}, "line 6, column 'load': 'inf' is no finite number. Correct it"),
    "no number": (edited(4, 1, "much"), {}, "line 6, column 'load': 'much' is no finite number"),
    "window too long": (None, {"past": "400"}, "300 steps: a window of 400 steps of the past and .*is longer"),
    "part too short": (None, {"past": "20", "future": "40"}, "validation has 30 steps and no window of 20 .* 40 ahead"),
    "no steps": (None, {"past": "many"}, "received past=many in --columns: expected a number of steps"),
    "constant": (lambda rows: [[a, "1", c, d] for a, _, c, d in rows], {}, "load never changes, so there is nothing"),
    "unknown column": (None, {"y": "laod"}, "unknown column 'laod' for y .*mean 'load'"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=list(BAD))
def test_bad_tables_are_told_before_training(case, tmp_path):
    edit, columns, message = case
    path = write(tmp_path, table(edit=edit or (lambda rows: rows)))
    with pytest.raises(UserError, match=message):
        from_files(path, "series:vector", columns={**COLUMNS, **columns})


def test_gaps_of_a_table_are_filled_and_said(tmp_path):
    path = write(tmp_path, table(edit=lambda rows: edited(50, 1, "")(without_some(rows))))
    data = from_files(path, "series:vector", columns={**COLUMNS, "past": "24", "future": "3"})
    assert "4 steps without a row" in data.record["notes"][0][0] and data.record["left_out"]["train"] > 0
    assert data.framing.inputs.names == ("load", "heat") and data.framing.outputs.channels == (0,)
    assert all(np.isfinite(x).all() for x, _ in examples(data, "train"))


def test_a_constant_channel_is_noted(tmp_path):
    path = write(tmp_path, table(edit=lambda rows: [[a, b, "3", d] for a, b, _, d in rows]))
    notes = from_files(path, "series:vector", columns=COLUMNS).record["notes"]
    assert notes[0][0] == "channel heat that never changes"


def test_run_and_predict_on_a_table(tmp_path):
    path, call = write(tmp_path, table()), CliRunner().invoke
    result = call(app, ["run", "--data", str(path), "--as", "series:vector", "--columns",
                        "x=load,heat,y=load,time=when,past=24,future=3", "--out", str(tmp_path / "runs"), "--set",
                        "epochs=1", "--set", "shallow={'epochs': 1}", "--size", "tiny", "--set", "season=24"])
    assert result.exit_code == 0, result.output + result.stderr
    folder = next(tmp_path.glob("runs/mine/*"))
    metrics = json.loads((folder / "metrics.json").read_text())
    assert set(metrics["baselines"]) == {"mean", "persistence", "seasonal", "shallow"}
    steps = np.load(folder / "evidence.npz")
    assert {"model", "shallow", "persistence"} <= set(steps["models"]) and (steps["steps"] > 0).all()
    assert (folder / "pictures" / "steps.png").exists() and list((folder / "pictures").glob("forecast_*.png"))
    said = call(app, ["predict", str(folder), str(path), "--json"])
    assert said.exit_code == 0, said.output + said.stderr + repr(said.exception)
    answer = json.loads(said.output)
    assert len(answer["numbers"]["load"]) == 3 and answer["low"]["load"][0] < answer["high"]["load"][0]
    piped = call(app, ["predict", str(folder), "-", "--json"], input=path.read_bytes())
    assert json.loads(piped.output)["numbers"] == answer["numbers"]
    short = write(tmp_path, table(5))
    bad = call(app, ["predict", str(folder), str(short)])
    assert bad.exit_code == 2 and "found 5 steps of the past, expected 24 or more" in bad.stderr
    loaded = tf.saved_model.load(str(folder / "serving"))
    raw = series_files.past(str(write(tmp_path, table())), "mine", Series(past=24, names=("load", "heat")))
    np.testing.assert_allclose(loaded.serve(tf.constant(raw[None]))["numbers"][0, :, 0], answer["numbers"]["load"],
                               atol=1e-4)


def test_a_table_with_a_label_at_each_step(tmp_path):
    data = from_files(write(tmp_path, table()), "series:label",
                      columns={"y": "kind", "time": "when", "past": "12"})
    assert data.framing.outputs.names == ("a", "b") and data.framing.inputs.names == ("load", "heat")
    x, y = examples(data, "train")[0]
    assert x.shape == (12, 2) and y == b"b"  # the 13th hour


def test_vector_to_vector_reads_a_table(tmp_path):
    data = from_files(write(tmp_path, table()), "vector:vector", columns={"y": "load"})
    x, y = examples(data, "train")[0]
    assert data.framing.inputs.names == ("heat",) and x.shape == (1,) and y.shape == (1,)
    recipe = sources.generic(data)
    assert recipe.metric == "mse" and recipe.framing.outputs.names == ("load",)


def test_times_keep_fractions_of_a_second_and_zones_count():
    rows = [(2, ["2024-01-01 00:00:00.1"]), (3, ["2024-01-01 01:00:00.2+01:00"])]
    first, second = tables.times(tables.Table("log.csv", ["time"], rows), "time")
    assert second - first == np.timedelta64(100, "ms")

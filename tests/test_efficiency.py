"""What a step takes and what holds it up, what the device can do, and memory that stays flat."""
import csv
import gc
import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from typer.testing import CliRunner

import registry
from recipes import efficiency, peaks, pipeline
from recipes.recipe import Recipe
from registry import Framing, Label, Vector, cost

FRAMING = Framing(Vector(100), Label(("a", "b")))


@pytest.fixture
def peak(monkeypatch):
    monkeypatch.setattr(peaks, "matrix", lambda *_: 1e9)
    monkeypatch.setattr(peaks, "bandwidth", lambda *_: 1e9)


def told(step, fed, batch=64, **settings):
    recipe = Recipe("test", FRAMING, architecture="mlp", optimizer="sgd", **settings)
    model = registry.build(FRAMING.inputs, "label", "mlp", units=50, depth=1)
    found = {"step_seconds": step, "fed_seconds": fed, "waiting_error": 0.01, "batches": [[batch, 1]] * 8}
    return efficiency.told(found, model, recipe), cost.total(model)


def test_operations_and_bytes_against_what_the_device_can_do(peak):
    found, one = told(0.02, 0.0199)
    assert found["flops_per_second"] == pytest.approx(64 * one.training_flops / 0.02)
    assert found["share_of_peak"] == pytest.approx(found["flops_per_second"] / 1e9)
    assert found["bound"] == "compute" and found["waiting_for_input"] == pytest.approx(0.005)
    assert found["times_the_floor"] == pytest.approx(0.0199e9 / (64 * one.training_flops))
    assert told(0.02, 0.01)[0]["bound"] == "input" and told(0.02, 0.01)[0]["waiting_for_input"] == pytest.approx(0.5)
    assert told(0.02, 0.02, batch=1)[0]["bound"] == "memory"  # the weights and their update, for one example


def test_a_peak_that_a_step_surpasses_is_measured_again(peak, monkeypatch):
    monkeypatch.setattr(peaks, "matrix", lambda bfloat16=False, again=False: 1e12 if again else 1e3)
    assert told(0.02, 0.0199)[0]["peak_flops_per_second"] == 1e12
    assert told(1e6, 1e6)[0]["peak_flops_per_second"] == 1e3


def test_the_same_batches_are_timed_with_the_pipeline_and_without():
    read, seen = [], []

    def note(x):
        read.append(int(x))
        return x

    batches = tf.data.Dataset.range(100).map(lambda x: tf.py_function(note, [x], tf.int64)).map(
        lambda x: ({"vector": tf.fill((3, 2), tf.ensure_shape(x, ()))}, x))

    def fit(source, steps, watch):
        seen.append([int(y) for _, y in source.take(steps)])
        for _ in range(steps):
            watch.after(1, 0.0)

    found = efficiency.measured(fit, batches, 100)
    assert seen == [list(range(10))] * 2 * efficiency.ROUNDS and found["batches"] == [[3, 2, 0]] * efficiency.TIMED
    assert len(read) <= (1 + efficiency.ROUNDS) * 12  # once into memory, once a round by the pipeline
    assert efficiency.measured(fit, batches, 3) is None


def test_a_step_that_is_disturbed_now_and_then_has_its_usual_time(monkeypatch):
    now, rounds = [0.0], iter(range(100))
    monkeypatch.setattr(efficiency.time, "perf_counter", lambda: now[0])
    batches = tf.data.Dataset.range(40).map(lambda x: ({"vector": tf.zeros((3, 2))}, x))

    def fit(source, steps, watch):
        number = next(rounds)
        for step in range(steps):
            now[0] += (0.011 if number % 2 == 0 else 0.01) + 0.5 * (step == 2 + number // 2)  # another step each round
            watch.after(1, 0.0)

    found = efficiency.measured(fit, batches, 40, (7, 1e9))
    assert found["step_seconds"] == pytest.approx(0.011) and found["fed_seconds"] == pytest.approx(0.01)
    assert 0 <= found["waiting_error"] < 0.3
    assert efficiency.measured(fit, batches, 40, (2, 1e9))["waiting_error"] is None


def test_a_run_whose_calls_make_many_steps_tells_what_one_takes(tmp_path, quick):
    from recipes.__main__ import app

    result = CliRunner().invoke(app, ["run", "digits", "--sample", "--set", "steps_per_execution=50",
                                      "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output + result.stderr
    speed = json.loads(next(tmp_path.glob("digits/*/metrics.json")).read_text())["speed"]
    assert speed["step_seconds"] > 0 and 0 <= speed["waiting_for_input"] < 1


def test_what_is_read_and_what_is_written_have_lengths_of_their_own():
    numbers = {"frames": tf.ones((4, 90)), "samples": tf.ones((4, 90, 80)), "previous": tf.ones((4, 6), "int32")}
    assert efficiency._size(numbers) == [4, 90, 6]


def test_peaks_are_measured_once_for_a_device(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(peaks, "TIMES", 1)
    monkeypatch.setattr(peaks, "SIDE", 64)
    first = peaks.matrix()
    (device, kept), = json.loads((tmp_path / "taskzoo/peaks.json").read_text()).items()
    assert kept == {"float32": first} and "TensorFlow" in device
    assert peaks.matrix() == first > 0
    (tmp_path / "taskzoo/peaks.json").write_text("{damaged")
    assert peaks.matrix() > 0


def test_bench_prints_what_a_step_reaches_and_who_has_none(tmp_path):
    from recipes.__main__ import app

    result = CliRunner().invoke(app, ["bench", "catch", "digits", "--sample", "--seconds", "2", "--csv",
                                      str(tmp_path / "steps.csv")])
    assert result.exit_code == 1, result.output + result.stderr
    assert "catch: it learns from what it plays" in result.output
    (row,) = csv.DictReader((tmp_path / "steps.csv").open())
    assert row["recipe"] == "digits" and row["model"] == "vgg" and row["bound"] in ("input", "compute", "memory")
    assert 0 < float(row["share_of_peak"]) < 1 and float(row["times_the_floor"]) > 1
    assert 1 < float(row["start_seconds"]) < 600 and 300 < float(row["peak_rss_mb"]) < 4096


def test_the_memory_of_who_started_a_process_is_not_its_own():
    held = np.ones(10**8)  # 800 MB, while this process starts the other
    code = "from recipes import device; print(device.peak_rss_mb())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert held.nbytes / 2**20 > 700 > float(told) > 5


def test_memory_stays_flat_where_data_is_ten_times_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "CACHE_BYTES", 8 * 2**20)
    monkeypatch.setattr(pipeline, "SHUFFLE_BYTES", 2**20)
    raw = tf.data.Dataset.range(20_000).map(lambda i: (tf.fill((1000,), tf.cast(i, tf.float32)),
                                                       tf.constant("a")))
    framing = Framing(Vector(1000, mean=(0.0,) * 1000, std=(1.0,) * 1000), Label(("a", "b")))
    (tmp_path / "data").mkdir()
    part = pipeline.encode(framing, raw, str(tmp_path / "data" / "cache"))
    assert part.count == 20_000 and sum(
        path.stat().st_size for path in (tmp_path / "data").iterdir()) > 70 * 2**20
    before = _held()
    for number in range(3):
        count = sum(1 for _ in pipeline.epoch(part, 100, 0, number))
        assert count == 200
    assert _held() - before < 30 * 2**20


def _held():
    gc.collect()
    keras.backend.clear_session()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

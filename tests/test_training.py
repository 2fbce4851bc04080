"""Training: reproducible, resumable after a kill at any moment, stopped clearly, averaged and validated rightly."""
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from recipes import checkpoint, evaluate, pipeline, sources
from recipes.lengths import READ_AT_A_TIME
from recipes.recipe import Recipe
from recipes.stopping import Interrupted
from recipes.train import train
from registry import Audio, Framing, Image, Label, UserError, Vector, WordSeq, build
from registry.outputs import Tags, Tree

ROOT = Path(__file__).parents[1]
VECTOR = Framing(Vector(6), Label(("a", "b", "c")))


def recipe_of(framing=VECTOR, **settings):
    plain = {"architecture": "mlp", "size": "tiny", "epochs": 4, "batch_size": 64, "learning_rate": 0.01}
    return Recipe("test", framing, **{**plain, **settings})


def trained(recipe, folder, resume=False, spoil=None, validate=None):
    """Train the recipe on its framing's sample and return (model, told)."""
    from rich.console import Console

    folder.mkdir(parents=True, exist_ok=True)
    data = sources.sample_data(recipe.framing)
    framing = recipe.framing.adapt(lambda: data.splits["train"].as_numpy_iterator())
    recipe = dataclasses.replace(recipe, framing=framing)
    parts = {k: pipeline.encode(framing, v) for k, v in data.splits.items()}
    keras.utils.set_random_seed(recipe.seed)
    model = build(framing.inputs, framing.outputs, recipe.architecture, recipe.size, **recipe.options)
    if spoil:
        spoil(model)
    validate = validate or evaluate.validator(
        framing, pipeline.batches(parts["validation"]), framing.outputs.loss())
    return model, train(model, recipe, parts["train"], validate, folder, Console(quiet=True), resume)


def test_learns_and_keeps_the_best_weights(tmp_path):
    model, told = trained(recipe_of(epochs=12), tmp_path)
    assert told["best"] > 0.85
    best = max(row["val_accuracy"] for row in told["history"])
    assert told["best"] == best == told["history"][told["best_epoch"] - 1]["val_accuracy"]
    rows = (tmp_path / "history.csv").read_text().splitlines()
    assert len(rows) == 13 and rows[0].startswith("epoch,loss,learning_rate,seconds,val_accuracy")


def test_keeping_the_last_weights(tmp_path):
    settings = {"epochs": 12, "learning_rate": 0.05}  # so fast that the figure goes up and down
    best, told = trained(recipe_of(**settings), tmp_path / "best")
    last, told_last = trained(recipe_of(**settings, keep="last"), tmp_path / "last")
    assert told["best_epoch"] < told_last["best_epoch"] == 12
    assert told["best"] >= told_last["best"] == told["history"][-1]["val_accuracy"]
    assert not np.array_equal(best.get_weights()[0], last.get_weights()[0])


def test_forecast_is_told_once_and_only_where_an_epoch_is_long(capsys):
    from rich.console import Console

    from recipes.progress import TIMED, WARM, Watcher

    for steps, told in ((WARM + TIMED, 1), (WARM + TIMED - 1, 0)):
        watch = Watcher(steps, 3, 0, Console(width=200))
        for _ in range(3 * steps):
            watch.on_train_batch_end(0, {"loss": 1.0})
        assert capsys.readouterr().out.count("ms a step") == told


def test_same_seed_same_weights_other_seed_other_weights(tmp_path):
    first, again, other = (trained(recipe_of(seed=s, epochs=2), tmp_path / n)[0].get_weights()
                           for s, n in ((0, "a"), (0, "b"), (1, "c")))
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other))


SETTINGS = [{}, {"optimizer": "sgd", "learning_rate": 0.1}, {"ema": 0.9, "label_smoothing": 0.1},
            {"options": {"dropout": 0.2}, "clip_norm": 1.0}]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_resumed_in_mid_epoch_ends_as_uninterrupted(tmp_path, settings, monkeypatch):
    whole, told = trained(recipe_of(**settings), tmp_path / "whole")

    from recipes import progress

    real = progress.Watcher

    def stopping(*args):
        watch = real(*args)
        count = watch.on_train_batch_end

        def end(batch, logs=None):
            if watch.step == 12:
                watch.stopped = "SIGTERM"
            count(batch, logs)

        watch.on_train_batch_end = end
        return watch

    monkeypatch.setattr("recipes.train.Watcher", stopping)
    with pytest.raises(KeyboardInterrupt, match="SIGTERM after epoch 1, step 5"):
        trained(recipe_of(**settings), tmp_path / "parts")
    monkeypatch.setattr("recipes.train.Watcher", real)
    resumed, told_again = trained(recipe_of(**settings), tmp_path / "parts", resume=True)
    for a, b in zip(whole.get_weights(), resumed.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert told_again["resumed"] == 1
    for a, b in zip(told["history"], told_again["history"]):
        assert a["val_accuracy"] == b["val_accuracy"] and abs(a["loss"] - b["loss"]) < 1e-4


@pytest.mark.parametrize("settings", [{"ema": 0.9}, {}], ids=str)
def test_sigterm_breaks_validation_off_and_nothing_is_lost(tmp_path, settings):
    """Validation may take longer than the seconds that schedulers leave."""
    recipe = recipe_of(**settings)
    whole, told = trained(recipe, tmp_path / "whole")

    def validate(model):
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("validation goes on")

    with pytest.raises(Interrupted, match="SIGTERM after epoch 1, which is not validated yet") as stop:
        trained(recipe, tmp_path / "parts", validate=validate)
    assert stop.value.status == 75
    resumed, again = trained(recipe, tmp_path / "parts", resume=True)
    for a, b in zip(whole.get_weights(), resumed.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert [row["val_accuracy"] for row in told["history"]] == [row["val_accuracy"] for row in again["history"]]


COMMAND = (sys.executable, "-m", "recipes", "run")
QUICK = ("digits", "--sample", "--set", "shallow={'epochs': 1, 'size': 'tiny'}")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1"}


def run_to_the_end(cwd, *arguments):
    done = subprocess.run([*COMMAND, *arguments], env=ENVIRONMENT, capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stderr[-2000:]


def signalled(cwd, number, *arguments):
    """Begin a run in cwd/runs, send it a signal after its second epoch, and return (exit status, stderr, folder)."""
    running = subprocess.Popen([*COMMAND, *arguments], env=ENVIRONMENT, cwd=cwd, text=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.time() + 120
    while not list(cwd.glob("runs/digits/*/checkpoint/epoch_00002*.npz")) and time.time() < deadline:
        time.sleep(0.05)
    running.send_signal(number)
    _, stderr = running.communicate(timeout=60)
    return running.returncode, stderr, next(cwd.glob("runs/digits/*"))


def test_killed_run_resumes_to_the_same_figures(tmp_path):
    """SIGKILL in the middle of training, as a user would meet it: run, kill, run --resume."""
    arguments = (*QUICK, "--set", "epochs=6")
    run_to_the_end(tmp_path, *arguments, "--out", "whole")
    _, _, folder = signalled(tmp_path, signal.SIGKILL, *arguments)
    assert not (folder / "metrics.json").exists()
    run_to_the_end(tmp_path, "--resume", str(folder))
    figures = [json.loads(next(tmp_path.glob(f"{which}/digits/*/metrics.json")).read_text())
               for which in ("whole", "runs")]
    assert figures[0]["test"] == figures[1]["test"]
    assert figures[1]["resumed"] == 1 and figures[1]["speed"]["epochs"] == 6


def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path):
    status, stderr, folder = signalled(tmp_path, signal.SIGINT, *QUICK, "--set", "epochs=5000")
    assert status == 130 and "Traceback" not in stderr
    assert "stopped by SIGINT" in stderr and f"python -m recipes run --resume runs/digits/{folder.name}" in stderr
    assert list((folder / "checkpoint").glob("*.npz")) and not (folder / "metrics.json").exists()


def test_damaged_checkpoint_is_an_error_and_the_one_before_serves(tmp_path):
    trained(recipe_of(), tmp_path)
    first, last = sorted((tmp_path / "checkpoint").glob("*.npz"))
    data = bytearray(last.read_bytes())
    data[len(data) // 2] ^= 0xFF
    last.write_bytes(bytes(data))
    with pytest.raises(UserError, match=f"{last.name} is damaged.*go on from {first.name}"):
        trained(recipe_of(), tmp_path, resume=True)
    last.write_bytes(bytes(data[: len(data) // 3]))
    with pytest.raises(UserError, match="is damaged"):
        trained(recipe_of(), tmp_path, resume=True)
    last.unlink()
    assert trained(recipe_of(), tmp_path, resume=True)[1]["epochs"] == 4


def test_checkpoint_of_another_model_is_refused(tmp_path):
    trained(recipe_of(epochs=1), tmp_path)
    with pytest.raises(UserError, match="belongs to another model"):
        trained(recipe_of(epochs=1, options={"units": 5}), tmp_path, resume=True)


def test_full_disk_is_told_and_the_checkpoint_before_is_kept(tmp_path, monkeypatch):
    real = np.savez

    def full(file, **arrays):
        if json.loads(arrays["state"].tobytes())["epoch"] == 2:
            raise OSError(28, "No space left on device")
        real(file, **arrays)

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(UserError, match="cannot write the checkpoint.*No space left.*--resume"):
        trained(recipe_of(), tmp_path)
    monkeypatch.setattr(np, "savez", real)
    assert trained(recipe_of(), tmp_path, resume=True)[1]["epochs"] == 4


def test_nan_stops_with_its_step(tmp_path):
    def spoil(model):
        model.layers[-1].bias.assign(np.full(3, np.nan))

    with pytest.raises(UserError, match="loss became nan at step 1.*learning_rate"):
        trained(recipe_of(), tmp_path, spoil=spoil)


def test_patience_stops_and_minutes_stop(tmp_path):
    _, told = trained(recipe_of(epochs=50, patience=2, learning_rate=0.5), tmp_path / "a")
    assert told["epochs"] == told["best_epoch"] + 2 < 50
    _, told = trained(recipe_of(epochs=50, minutes=1e-6), tmp_path / "b")
    assert told["epochs"] == 1


def test_average_of_weights_is_what_is_validated_and_kept(tmp_path):
    model, told = trained(recipe_of(ema=0.95, epochs=6), tmp_path)
    data = sources.sample_data(VECTOR)
    framing = VECTOR.adapt(lambda: data.splits["train"].as_numpy_iterator())
    part = pipeline.encode(framing, data.splits["validation"])
    again = evaluate.point(framing, evaluate.answer(model, framing, pipeline.batches(part)))
    assert again["accuracy"] == pytest.approx(told["best"])


def test_checkpoints_keep_the_newest_two(tmp_path):
    trained(recipe_of(), tmp_path)
    assert [p.name[:11] for p in sorted((tmp_path / "checkpoint").iterdir())] == ["epoch_00003", "epoch_00004"]
    assert checkpoint.KEEP == 2


def test_answers_stand_in_the_order_of_the_examples_whatever_was_answered_together():
    framing = Framing(WordSeq(num_buckets=64), Tags())
    part = pipeline.encode(framing, sources.sample_data(framing).splits["train"])
    model = build(framing.inputs, framing.outputs, size="tiny")
    one, other = (evaluate.answer(model, framing, batches, framing.outputs.loss())
                  for batches in (pipeline.batches(part), pipeline.alike(part, 8)))
    assert [row.tolist() for row in one.truth] == [row.tolist() for row in other.truth]
    assert [row.tolist() for row in one.given] == [row.tolist() for row in other.given]
    assert other.scores_loss == pytest.approx(one.scores_loss, abs=1e-5)
    padded = [sum(numbers["words"].shape[1] * len(numbers["words"]) for numbers, *_ in batches)
              for batches in (pipeline.batches(part), pipeline.alike(part, 8))]
    assert padded[1] < padded[0]


def test_batches_to_answer_are_large_but_bounded_and_hold_little_padding():
    lengths = np.random.default_rng(0).geometric(0.02, 3000) + 1
    lengths[:3] = 1, 20_000, 9_000
    examples = tf.data.Dataset.from_tensor_slices(lengths).map(lambda n: tf.ones(n, "int32"))
    examples = examples.map(lambda words: ({"words": words}, words))
    seen, shapes = [], []
    for numbers, _, places in pipeline.alike(pipeline.Encoded(examples, 3000, lengths, 0)):
        seen += places.numpy().tolist()
        shapes.append(numbers["words"].shape)
    assert sorted(seen) == list(range(3000))
    assert all(rows == 1 or rows * times <= READ_AT_A_TIME for rows, times in shapes)
    assert len(shapes) < 60 and sum(rows * times for rows, times in shapes) < 1.1 * lengths.sum()
    odd = [rows for rows, _ in shapes if rows & (rows - 1)]
    assert max(rows for rows, _ in shapes) >= 128 and len(odd) <= 1, "few sizes: layers are compiled for each"


def test_examples_that_wait_for_their_batch_are_few_where_they_are_large(monkeypatch):
    monkeypatch.setattr(pipeline, "SHUFFLE_BYTES", 1000)
    lengths = np.random.default_rng(0).integers(1, 50, 350)
    examples = tf.data.Dataset.from_tensor_slices(lengths).map(lambda n: tf.ones(n, "int32"))
    examples = examples.map(lambda words: ({"words": words}, words))
    seen = [places.numpy() for *_, places in pipeline.alike(pipeline.Encoded(examples, 350, lengths, 3500), 64)]
    assert sorted(np.concatenate(seen)) == list(range(350))
    assert all(places.min() // 100 == places.max() // 100 for places in seen), "100 examples are 1000 bytes"


def test_batches_hold_every_example_once_and_like_lengths_together():
    framing = Framing(WordSeq(num_buckets=50), Tags())
    part = pipeline.encode(framing, sources.sample_data(framing).splits["train"])
    batches = list(pipeline.epoch(part, 32, 0, 0))
    assert len(batches) == pipeline.steps_per_epoch(part, 32)
    lengths = sorted(int(n) for numbers, _ in batches for n in np.count_nonzero(numbers["words"], 1))
    assert lengths == sorted(part.lengths.tolist())
    for numbers, targets in batches:
        assert ((np.asarray(numbers["words"]) == 0) == (np.asarray(targets) == -1)).all()
        real = np.count_nonzero(numbers["words"], 1)
        assert real.max() - real.min() <= 3


SAMPLED = [Framing(Image(8, 8, 1), Label(("a", "b"))), Framing(WordSeq(num_buckets=50), Tags()),
           Framing(WordSeq(num_buckets=50), Tree()), Framing(Audio(8000), Label(("a", "b")))]


@pytest.mark.parametrize("framing", SAMPLED, ids=lambda framing: "-".join(framing.pair))
def test_rows_of_arrays_are_the_batches_that_single_examples_make(framing, monkeypatch):
    raw = sources.sample_data(framing).splits["train"].take(150)
    framing = framing.adapt(raw.as_numpy_iterator)
    held = pipeline.encode(framing, raw)
    monkeypatch.setattr(pipeline, "HELD_BYTES", 0)
    monkeypatch.setattr(pipeline, "RAGGED_BYTES", 0)
    single = pipeline.encode(framing, raw)
    assert held.held and not single.held
    assert (held.count, held.bytes, held.mean_lengths) == (single.count, single.bytes, single.mean_lengths)
    for batches in (lambda part: pipeline.epoch(part, 32, 3, 5), pipeline.alike, pipeline.batches):
        assert all(batches(part).options().autotune.enabled is False for part in (held, single))  # see `steady`
        for one, other in zip(batches(held), batches(single), strict=True):
            for a, b in zip(*map(tf.nest.flatten, (one, other)), strict=True):
                assert a.dtype == b.dtype
                np.testing.assert_array_equal(a, b)


def test_order_depends_on_seed_and_epoch_alone():
    framing = Framing(Image(8, 8, 1), Label(("a", "b")))
    part = pipeline.encode(framing, sources.sample_data(framing).splits["train"])

    def order(seed, number):
        return np.concatenate([np.asarray(n["image"]).reshape(len(n["image"]), -1)[:, :4]
                               for n, _ in pipeline.epoch(part, 64, seed, number)])

    assert (order(0, 1) == order(0, 1)).all()
    assert not (order(0, 1) == order(0, 2)).all() and not (order(0, 1) == order(1, 1)).all()


def test_large_data_is_cached_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "CACHE_BYTES", 10)
    framing = Framing(Image(8, 8, 1), Label(("a", "b")))
    part = pipeline.encode(framing, sources.sample_data(framing).splits["train"], str(tmp_path / "cache"))
    assert part.count == 512 and list(tmp_path.glob("cache*"))


def test_fused_adam_equals_that_of_keras():
    from recipes.optimizers import adam

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 5)).astype("float32"), rng.integers(3, size=64)
    ids = rng.integers(20, size=(64, 2))
    ends = []
    for make in (adam, keras.optimizers.Adam):
        keras.utils.set_random_seed(0)
        a, b = keras.Input((5,)), keras.Input((2,), dtype="int32")
        z = keras.layers.Concatenate()([a, keras.layers.Flatten()(keras.layers.Embedding(20, 4)(b))])
        model = keras.Model([a, b], keras.layers.Dense(3)(z))
        optimizer = make(0.01, weight_decay=0.1, global_clipnorm=0.5, use_ema=True, ema_momentum=0.9)
        model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit([x, ids], y, epochs=5, batch_size=16, shuffle=False, verbose=0)
        ends.append([v.numpy() for v in (*model.variables, *optimizer.variables)])
    for fused, plain in zip(*ends):
        np.testing.assert_allclose(fused, plain, rtol=2e-4, atol=1e-6)

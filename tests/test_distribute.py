"""Training on replicas and by workers: equal to one device, every example once, and the same end after any failure."""
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import distribute_equal
import numpy as np
import pytest
import tensorflow as tf
from rich.console import Console
from test_training import recipe_of, trained
from typer.testing import CliRunner

from recipes import checkpoint, limits, sources
from recipes.distributed import cluster as clusters
from recipes.distributed import environment, launching
from recipes.distributed.shares import units_of
from recipes.distributed.trainer import Trainer
from recipes.recipe import Recipe
from registry import Framing, Label, UserError, Vector

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**{k: v for k, v in os.environ.items() if k != "TF_CONFIG"}, "PYTHONPATH": str(ROOT),
               "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
EQUAL = {  # replicas: {case of distribute_equal.py: the largest difference that is rounding}
    2: {"convolution": 1e-5, "crf": 1e-5, "transcript": 1e-5, "neighbours": 1e-5, "rows": 1e-5,
        "low_convolution": 1e-2, "mixed_convolution": 1e-2, "mixed_tags": 1e-3},
    3: {"adam_clipped": 1e-4, 'tags:{"steps": 3, "accumulation": 2}': 1e-5}}


@pytest.mark.parametrize("replicas", EQUAL)
def test_replicas_equal_one_device(replicas):
    """The gradient of the whole batch, clipped after the sum; batch norm over all; a last batch of one example."""
    run = subprocess.run([sys.executable, "tests/distribute_equal.py", str(replicas), *EQUAL[replicas]], cwd=ROOT,
                         env=ENVIRONMENT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    found = json.loads(run.stdout.splitlines()[-1])
    for case, most in EQUAL[replicas].items():
        assert found[case] <= most < found[case + " moved"] / 10, (case, found)


def test_accumulation_and_several_steps_a_call_equal_the_batch_on_one_device():
    case = 'crf:{"accumulation": 3, "steps": 2}'
    found = distribute_equal.differences(1, [case])
    assert found[case] <= 1e-6 < found[case + " moved"] / 10


@pytest.mark.parametrize("steps", [1, 2])
def test_killed_while_a_checkpoint_is_written_inside_an_epoch(steps, tmp_path, monkeypatch):
    """What is left is a part of a file under another name; going on from the one before ends with the same weights."""
    whole, _ = trained(recipe_of(), tmp_path / "whole")
    recipe, real, saves = recipe_of(save_minutes=1e-9, steps_per_execution=steps), os.replace, []

    def killed(old, new):
        saves.append(new)
        if len(saves) == 5:
            raise SystemExit("killed")
        real(old, new)

    monkeypatch.setattr(checkpoint.os, "replace", killed)
    with pytest.raises(SystemExit):
        trained(recipe, tmp_path / "killed")
    monkeypatch.setattr(checkpoint.os, "replace", real)
    left = sorted(path.name for path in (tmp_path / "killed/checkpoint").iterdir())
    assert sum(name.endswith(".partial") for name in left) == 1 and "step_0000000" not in left[0]
    model, told = trained(recipe, tmp_path / "killed", resume=True)
    assert told["resumed"] == 1 and told["epochs"] == 4
    for a, b in zip(whole.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize(("workers", "local"), [(1, 2), (1, 3), (2, 1), (2, 2)])
def test_every_example_goes_to_one_replica(workers, local):
    """Over an epoch in which batches are shorter than there are replicas; what fills a replica's gap counts nothing."""

    class Strategy:
        num_replicas_in_sync = workers * local

    batches = tf.data.Dataset.range(31).batch(10).map(lambda x: ({"x": x}, x))
    seen, count = [], 0
    for worker in range(workers):
        trainer = Trainer.__new__(Trainer)
        trainer.cluster = clusters.Cluster(Strategy(), "test", workers, worker)
        for (numbers, targets), real in trainer._shares(batches).take(4 * local):
            assert np.array_equal(numbers["x"], targets) and len(targets) >= 1
            seen += list(targets.numpy()) * int(real)
            count += 1
    assert sorted(seen) == list(range(31)) and count == 4 * workers * local


def test_units_are_what_a_loss_is_a_mean_over():
    """A batch's loss is the mean of its parts' losses, weighed by units; where targets are odd, the domain tells."""
    from zoo.layers.nearness import softmax

    rng = np.random.default_rng(0)
    targets = rng.integers(-1, 5, (7, 4)).astype("int32")
    scores = rng.normal(size=(7, 5)).astype("float32")
    loss = softmax(5, kept=np.linspace(0.2, 1, 5, dtype="float32"))
    parts = [(loss(targets[i::2], scores[i::2]), units_of(loss, targets[i::2])) for i in range(2)]
    mean = sum(a * b for a, b in parts) / sum(b for _, b in parts)
    assert float(mean) == pytest.approx(float(loss(targets, scores)), abs=1e-6)


def test_mistakes_about_strategies_are_told(monkeypatch):
    with pytest.raises(UserError, match="parameter servers.*multi_worker"):
        clusters.begin("parameter_server")
    with pytest.raises(UserError, match="mirrored"):
        clusters.begin("miror")
    with pytest.raises(UserError, match="leave out one"):
        clusters.begin("none", 2)
    for key in ("TF_CONFIG", environment.HOSTS, "SLURM_PROCID"):
        monkeypatch.delenv(key, raising=False)
    with pytest.raises(UserError, match="set TF_CONFIG"):
        clusters.begin("multi_worker")
    assert clusters.begin() is clusters.ALONE
    monkeypatch.setenv("TF_CONFIG", '{"cluster": {"ps": ["a:1"]}}')
    with pytest.raises(UserError, match="cannot be understood"):
        environment.task()
    with pytest.raises(UserError, match="accumulation=0.*from 1 to 64"):
        limits.validated(Recipe("test", Framing(Vector(2), Label(("a", "b"))), accumulation=0))


def test_cluster_of_slurm_and_of_kubernetes(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "")  # which `task` sets
    monkeypatch.setenv(environment.HOSTS, "train-0.train:2222,train-1.train:2222")
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "1")
    assert environment.several() and environment.task() == environment.Task(2, 1)
    assert json.loads(os.environ["TF_CONFIG"])["cluster"]["worker"][1] == "train-1.train:2222"
    monkeypatch.setenv("TF_CONFIG", "")
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "2")
    with pytest.raises(UserError, match="a number from 0 to 1"):
        environment.task()
    monkeypatch.delenv(environment.HOSTS)
    step = {"PROCID": 2, "STEP_NUM_TASKS": 4, "STEP_NODELIST": "n[1-2]", "STEP_TASKS_PER_NODE": "2(x2)"}
    for key, value in step.items():
        monkeypatch.setenv(f"SLURM_{key}", str(value))
    assert environment.several() and environment.task() == environment.Task(4, 2)
    assert json.loads(os.environ["TF_CONFIG"])["cluster"]["worker"] == ["n1:8888", "n1:8889", "n2:8888", "n2:8889"]


def test_learning_rate_of_a_larger_batch():
    recipe = Recipe("test", Framing(Vector(2), Label(("a", "b"))), batch_size=64, learning_rate=0.1, optimizer="sgd")
    console = Console(quiet=True)
    assert sources.of_batch(recipe, 256, console).learning_rate == pytest.approx(0.4)
    adam = Recipe("test", recipe.framing, batch_size=64, learning_rate=0.1)
    assert sources.of_batch(adam, 256, console).learning_rate == pytest.approx(0.2)


FAKE = """
import os, pathlib, signal, sys, time
folder, worker = pathlib.Path(sys.argv[1]), int(os.environ["TF_CONFIG"][-3])
tries = len(list(folder.glob(f"try_{worker}_*")))
(folder / f"try_{worker}_{tries}").touch()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))
if "idle" in sys.argv:
    time.sleep(60)
pathlib.Path(os.environ["TASKZOO_ALIVE"]).touch()
print("worker", worker, "attempt", tries, flush=True)
if worker == 1 and tries == 0:
    os.kill(os.getpid(), signal.SIGKILL)
if tries == 1:  # one hangs, and so the other waits
    time.sleep(60)
if "waits" in sys.argv[2:]:
    time.sleep(60)
sys.exit(int(sys.argv[2]) if sys.argv[2].isdecimal() else 0)
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Launch programs that fail as workers do, without TensorFlow: ``fake(restarts, what)`` → (status, printed)."""
    (tmp_path / "fake.py").write_text(FAKE)
    monkeypatch.setattr(launching, "PROGRAM", (sys.executable, str(tmp_path / "fake.py")))

    def launch(restarts, what, hang=1.0):
        console = Console(record=True, width=300, quiet=False, file=open(os.devnull, "w"))
        return launching.launch([str(tmp_path), what], 2, tmp_path, restarts, hang, console), console.export_text()

    return launch


def test_launcher_starts_all_again_after_a_death_and_a_hang(fake, tmp_path, capfd):
    status, told = fake(2, "0")
    assert status == 0 and len(list(tmp_path.glob("try_*"))) == 6
    assert re.search(r"worker 1 was killed by SIGKILL; the end of .*worker_1.log:\n  worker 1 attempt 0", told)
    assert re.search(r"has made no step for \d+ s and was ended", told) and "starting all again (2 of 2)" in told
    assert "worker 0 attempt 2" in capfd.readouterr().out  # what the chief says is seen


def test_launcher_gives_up_and_passes_statuses_on(fake):
    status, told = fake(0, "0")
    assert status == 1 and "giving up" in told
    fake(1, "0")
    assert fake(3, "2")[0] == 2  # the user's mistake is not repeated


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the processors' seconds in Linux's /proc")
def test_launcher_sees_that_nobody_computes_before_the_first_step(fake):
    status, told = fake(0, "idle")
    assert status == 1 and "all others have computed nothing for 1 s and were ended" in told


def test_real_workers_killed_and_stopped_end_with_the_weights_of_one_process(tmp_path):
    """SIGKILL of a worker inside an epoch: all begin again. SIGTERM of one: all save, status 75. Then to the end."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 4))
    lines = [",".join(f"{v:.4f}" for v in row) + f",{'abc'[int(row[0] > 0) + int(row[1] > 0)]}" for row in rows]
    (tmp_path / "data.csv").write_text("\n".join(["a,b,c,d,label", *lines]) + "\n")
    settings = {"optimizer": "sgd", "learning_rate": 0.02, "epochs": 12, "patience": 0, "precision": "float32",
                "batch_size": 32, "save_minutes": 0.001}
    run = ["run", "--data", "data.csv", "--as", "vector:label", "--architecture", "linear",
           *(part for key, value in settings.items() for part in ("--set", f"{key}={value}"))]
    launch = [sys.executable, "-m", "recipes", "launch", "--max-restarts", "1", "--", *run, "--folder", "two"]
    one = subprocess.run([sys.executable, "-m", "recipes", *run, "--folder", "one"], cwd=tmp_path, env=ENVIRONMENT,
                         capture_output=True, text=True)
    assert one.returncode == 0, one.stderr[-2000:]
    with open(tmp_path / "told", "w") as file, subprocess.Popen(
            launch, cwd=tmp_path, env=ENVIRONMENT, stdout=file, stderr=file, text=True) as launcher:
        try:
            _killed_and_stopped(launcher, tmp_path)
        finally:
            launcher.terminate()
    assert launcher.returncode == 75, (tmp_path / "told").read_text()[-3000:]
    assert "worker 1 was killed by SIGKILL" in (tmp_path / "told").read_text()
    assert not (tmp_path / "two/metrics.json").exists()
    done = subprocess.run(launch, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    from recipes import folder as folders

    weights = [folders.load_model(tmp_path / name).get_weights() for name in ("one", "two")]
    assert max(float(np.abs(a - b).max()) for a, b in zip(*weights, strict=True)) < 1e-5
    told = [json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("one", "two")]
    assert told[1]["resumed"] == 2 and told[0]["test"]["accuracy"] == pytest.approx(told[1]["test"]["accuracy"])
    assert json.loads((tmp_path / "two/environment.json").read_text())["workers"] == 2


def _killed_and_stopped(launcher, folder):
    """Kill worker 1, wait until all are at work again, and stop one of them as a scheduler would."""
    after = _step_after(folder / "two", (0, 0), launcher)
    os.kill(_children(launcher.pid)[1], signal.SIGKILL)
    while "starting all again" not in (folder / "told").read_text() and launcher.poll() is None:
        time.sleep(0.05)
    _step_after(folder / "two", after, launcher)
    os.kill(_children(launcher.pid)[1], signal.SIGTERM)
    launcher.wait(600)


def _step_after(folder, place, launcher):
    """Wait for a checkpoint behind a place (epoch, step), and return where it stands."""
    deadline = time.time() + 600
    while time.time() < deadline and launcher.poll() is None:
        for path in folder.glob("checkpoint/epoch_*.npz"):
            found = tuple(map(int, re.findall(r"\d+", path.stem)))
            if found > place:
                return found
        time.sleep(0.02)
    raise AssertionError(f"no checkpoint after {place}: {(folder.parent / 'told').read_text()[-3000:]}")


def _children(pid):
    return sorted(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def test_games_are_refused():
    from recipes.__main__ import app

    result = CliRunner().invoke(app, ["run", "catch", "--sample", "--strategy", "mirrored"])
    assert result.exit_code == 2 and "by playing trains on one device" in result.stderr


def test_scaling_times_steps_and_the_sum_over_replicas(tmp_path):
    from recipes.__main__ import app

    result = CliRunner().invoke(app, ["scaling", "digits", "--sample", "--replicas", "2", "--steps", "2", "--set",
                                      "steps_per_execution=8", "--csv", str(tmp_path / "scaling.csv")])
    assert result.exit_code == 0, result.output
    head, row = (line.split(",") for line in (tmp_path / "scaling.csv").read_text().splitlines())
    told = dict(zip(head, map(float, row)))
    assert told["replicas"] == 2 and told["efficiency"] == 1 and 0 < told["all_reduce_ms"] < 10 * told["step_ms"]

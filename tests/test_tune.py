"""The search: what it samples, how it stops and goes on, what it leaves, and its processes."""
import csv
import dataclasses
import functools
import json
import os
import re
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recipes import catalogue
from recipes.__main__ import app

ROOT = Path(__file__).parents[1]
QUICK = ("digits", "--sample", "--architectures", "linear,perceptron", "--tuner", "random", "--trials", "4", "--set",
         "epochs=4", "--no-test")


def tune(out, *arguments):
    return CliRunner().invoke(app, ["tune", *map(str, arguments), "--out", str(out)])


def folder_in(out):
    return next(Path(out).glob("*/tune-*"))


def rows(out):
    """Return trials.csv without what differs between equal searches: the time."""
    found = list(csv.DictReader((folder_in(out) / "trials.csv").open()))
    return [{key: value for key, value in row.items() if key not in ("seconds", "resumed")} for row in found]


def results(out):
    return {path.parent.name: path.read_bytes() for path in folder_in(out).glob("trials/*/result.json")}


@pytest.fixture(autouse=True)
def fast(quick):
    """Pictures are drawn, but not turned into pixels."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A search of four trials that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole")
    result = tune(out, *QUICK)
    assert result.exit_code == 0, result.output + result.stderr
    return out


def drafted(out, **options):
    """Return a `Search` with its folder, of digits at the tiny size."""
    from recipes import sources
    from recipes.tuning import begin, search

    settings = {"tuner": "random", "trials": 6, "minutes": 0.0, "seed": 0, "max_parameters": None,
                "max_latency_ms": None, "median": True, "data_folders": [None, None], **options}
    made = begin.drafted(sources.source_of("digits", sample=True), ["epochs=4"], "linear,perceptron", out, **settings)
    search.make(made)
    return made


def oracle_of(search, workers=1):
    from recipes.tuning import budget, oracle, space

    declaration = space.declared(search.candidates, search.fixed)
    return oracle.oracle(search, declaration, budget.Budget(search, declaration), workers)


def test_a_search_leaves_its_trials_a_report_and_a_winner(whole):
    folder, found = folder_in(whole), rows(whole)
    assert len(found) == 4 and {row["architecture"] for row in found} == {"linear", "perceptron"}
    assert all(row["status"] in ("finished", "stopped") and float(row["value"]) >= 0 for row in found)
    page = (folder / "report.html").read_text()
    assert all(f'id="{part}"' in page for part in ("winner", "tried", "trials", "again"))
    best = max(found, key=lambda row: float(row["value"]))
    recipe = catalogue.module(str(folder / "winner.py")).recipe()
    assert recipe.name == "digits_tuned" and recipe.architecture == best["architecture"] and recipe.epochs == 4
    assert (recipe.learning_rate, recipe.batch_size) == (float(best["learning_rate"]), int(best["batch_size"]))


def test_a_search_that_was_interrupted_goes_on_and_finds_the_same(whole, tmp_path, monkeypatch):
    from recipes.tuning import stopping

    check, calls = stopping.Clock.check, []

    def interrupt(clock):
        calls.append(clock)
        if len(calls) == 10:  # in the third trial, after an epoch
            raise KeyboardInterrupt
        check(clock)

    monkeypatch.setattr(stopping.Clock, "check", interrupt)
    first = tune(tmp_path, *QUICK)
    assert first.exit_code == 130 and "go on with the same command" in first.stderr
    before = results(tmp_path)
    assert 0 < len(before) < 4
    assert tune(tmp_path, *QUICK).exit_code == 0
    assert rows(tmp_path) == rows(whole)
    assert before.items() <= results(tmp_path).items()
    assert any(json.loads(one)["resumed"] for one in results(tmp_path).values())


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds processes in Linux's /proc")
def test_killed_processes_lose_no_trial_and_run_none_twice(whole, tmp_path):
    command = [sys.executable, "-m", "recipes", "tune", *QUICK, "--workers", "2", "--no-median", "--out", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    _until(lambda: any(tmp_path.glob("*/tune-*/trials/*/history.csv")))
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    worker = next(pid for pid in children
                  if b"KERASTUNER_TUNER_ID=worker1" in Path(f"/proc/{pid}/environ").read_bytes())
    os.kill(int(worker), signal.SIGKILL)
    assert any("another takes its place" in line for line in iter(process.stdout.readline, ""))
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.kill()  # the parent alone: its processes must not go on without it
    process.communicate()
    _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))
    before = results(tmp_path)
    assert tune(tmp_path, *QUICK, "--no-median").exit_code == 0
    assert before.items() <= results(tmp_path).items() and len(results(tmp_path)) == 4
    settings = [{key: row[key] for key in ("trial", "architecture", "learning_rate", "batch_size")}
                for row in rows(tmp_path)]
    assert settings == [{key: row[key] for key in settings[0]} for row in rows(whole)]
    for log in folder_in(tmp_path).glob("trials/*/log.txt"):
        epochs = re.findall(r"^epoch +(\d+)/", log.read_text(), re.MULTILINE)
        assert sorted(set(epochs)) == ["1", "2", "3", "4"] and len(epochs) <= 6, log  # the running one may be again


def _until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def test_a_kill_between_two_files_loses_no_trial(tmp_path):
    search = drafted(tmp_path)
    oracle, state = oracle_of(search), search.folder / "oracle" / "oracle.json"
    first = oracle.create_trial("tuner0")
    before_second = state.read_text()
    second = oracle.create_trial("tuner1")
    state.write_text(before_second)  # the trial was saved, the list of trials was not
    oracle = oracle_of(search)
    assert oracle.create_trial("tuner0").trial_id == first.trial_id
    again = oracle.create_trial("tuner1")
    assert (again.trial_id, again.hyperparameters.values) == (second.trial_id, second.hyperparameters.values)


def test_a_kill_between_two_files_runs_no_trial_twice(tmp_path):
    search = drafted(tmp_path)
    oracle, state = oracle_of(search), search.folder / "oracle" / "oracle.json"
    trial = oracle.create_trial("tuner0")
    running = state.read_text()
    oracle.update_trial(trial.trial_id, {"accuracy": 0.5})
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    state.write_text(running)  # the trial's end was saved, the list still says that it runs
    oracle = oracle_of(search)
    assert oracle.create_trial("tuner0").trial_id != trial.trial_id
    assert oracle.end_order == [trial.trial_id]


def test_the_seed_decides_what_is_tried(tmp_path):
    def sampled(seed):
        oracle = oracle_of(drafted(tmp_path / str(len(list(tmp_path.iterdir()))), seed=seed))
        return [oracle.create_trial(f"tuner{i}").hyperparameters.values for i in range(3)]

    assert sampled(0) == sampled(0) != sampled(1)


@pytest.fixture
def few(monkeypatch):
    """Few steps to the optimum of the Gaussian process, which is looked for fifty times for each sample."""
    import scipy.optimize

    monkeypatch.setattr(scipy.optimize, "minimize",
                        functools.partial(scipy.optimize.minimize, options={"maxiter": 2}))


@pytest.mark.parametrize("tuner", ["bayesian", "hyperband"])
def test_two_workers_find_the_same_whoever_is_faster(tuner, tmp_path, few):
    def sampled(first):
        """Return the values of 7 trials of which two run at a time and the older or the newer ends first."""
        oracle = oracle_of(drafted(tmp_path / first.__name__, tuner=tuner, trials=7), workers=2)
        running = {}
        while len(oracle.end_order) < 7:
            for name in ("worker0", "worker1"):
                if name not in running and (one := oracle.create_trial(name)).status == "RUNNING":
                    running[name] = one
            trial = running.pop(first(running, key=lambda name: running[name].trial_id))
            value = zlib.crc32(str(trial.hyperparameters.values).encode()) % 97 / 97
            oracle.update_trial(trial.trial_id, {"accuracy": value})
            trial.status = "COMPLETED"
            oracle.end_trial(trial)
        return oracle.end_order, [oracle.trials[i].hyperparameters.values for i in oracle.start_order]

    found = sampled(min), sampled(max)
    assert found[0][0] != found[1][0] and found[0][1] == found[1][1]


def test_trials_on_replicas_give_what_one_device_gives(tmp_path):
    """In a process of its own: devices are divided once."""
    arguments = [*QUICK, "--architectures", "linear", "--set", "dropout=0", "--trials", "2"]
    assert tune(tmp_path / "one", *arguments).exit_code == 0
    run = subprocess.run([sys.executable, "-m", "recipes", "tune", *arguments, "--out", str(tmp_path / "two"),
                          "--strategy", "mirrored", "--replicas", "2"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    one, two = ([json.loads(found)["history"] for _, found in sorted(results(tmp_path / which).items())]
                for which in ("one", "two"))
    assert len(two) == 2 and one == [pytest.approx(history, abs=0.01) for history in two]
    refused = tune(tmp_path, *QUICK, "--strategy", "multi_worker")
    assert refused.exit_code == 2 and "a trial trains in one process" in refused.stderr


def test_bayesian_sampling_is_repeated_after_a_kill_and_stays_within_budgets(tmp_path, few):
    search = drafted(tmp_path, tuner="bayesian", max_parameters=2000)
    oracle = oracle_of(search)
    for _ in range(4):
        trial = oracle.create_trial("tuner0")
        oracle.update_trial(trial.trial_id, {"accuracy": trial.hyperparameters.values.get("perceptron/dropout", 0.3)})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    oracle.save()
    drawn = oracle.create_trial("tuner0").hyperparameters.values
    trials = {i: json.loads((search.folder / f"oracle/trial_{i}/trial.json").read_text()) for i in oracle.trials}
    assert {one["hyperparameters"]["values"]["architecture"] for one in trials.values()} == {"perceptron"}
    again = oracle_of(search)
    again.trials.pop(max(again.trials)), again.start_order.pop(), again._retry_queue.clear()
    again._tried_so_far.discard(again._compute_values_hash(drawn))
    assert again.create_trial("tuner0").hyperparameters.values == drawn


def test_samples_over_budget_are_no_trials(tmp_path):
    result = tune(tmp_path, *QUICK, "--trials", 2, "--max-parameters", 1000)
    assert result.exit_code == 0 and "too many parameters" in result.output
    assert all(int(row["parameters"]) <= 1000 and row["status"] != "failed" for row in rows(tmp_path))
    assert len(rows(tmp_path)) == 2


@pytest.mark.parametrize("budget", ["--max-parameters=10", "--max-latency-ms=0.000001"])
def test_a_budget_that_nothing_fits_is_told_at_once(tmp_path, budget, monkeypatch):
    from recipes.tuning import budget as budgets

    monkeypatch.setattr(budgets, "TRIES", 6)
    result = tune(tmp_path, *QUICK, budget)
    assert result.exit_code == 2 and "none of" in result.stderr and "the fewest parameters were 650" in (
        result.stderr.lower())
    assert not list(tmp_path.glob("*/tune-*"))


def test_hyperband_goes_on_from_checkpoints(tmp_path):
    result = tune(tmp_path, "digits", "--sample", "--architectures", "linear", "--tuner", "hyperband", "--set",
                  "epochs=3", "--trials", 5, "--no-test")
    assert result.exit_code == 0, result.output + result.stderr
    found = [json.loads(one) for _, one in sorted(results(tmp_path).items())]
    assert {one["epochs"] for one in found} == {1, 3}
    promoted = next(one for one in found if one["epochs"] == 3)
    assert promoted["resumed"] and promoted["history"][:1] in [one["history"] for one in found if one["epochs"] == 1]
    log = (folder_in(tmp_path) / "trials" / promoted["trial"] / "log.txt").read_text()
    assert "epoch   1/3" not in log and "epoch   2/3" in log


def test_trials_that_fail_are_grouped_by_their_cause(tmp_path, monkeypatch):
    from recipes import running
    from registry.errors import UserError

    def fail(recipe, *_, **__):
        if recipe.architecture == "linear":
            raise MemoryError
        raise UserError("the loss became nan at step 3 (epoch 1): lower the learning rate")

    monkeypatch.setattr(running, "alone", fail)
    result = tune(tmp_path, *QUICK, "--trials", 30)
    assert result.exit_code == 1 and "no trial gave a value" in result.output
    said = " ".join(result.output.split())
    assert re.search(r"\d failed \([\d, ]+\): the loss became no number", said)
    assert re.search(r"\d failed \([\d, ]+\): out of memory", said)
    assert len(rows(tmp_path)) == 5 and "5 of 30 trials: it gave up" in said
    assert "out of memory" in (folder_in(tmp_path) / "report.html").read_text()


def test_the_minutes_end_a_search_that_more_minutes_go_on_with(tmp_path):
    result = tune(tmp_path, *QUICK, "--trials", 1, "--minutes", 0.0001)
    assert result.exit_code == 1 and "minutes of the search are over" in result.output
    result = tune(tmp_path, *QUICK, "--trials", 1, "--minutes", 5)
    assert result.exit_code == 0 and "going on with" in result.output and len(rows(tmp_path)) == 1


def test_the_winner_is_tested_once_beside_the_untuned_recipe(tmp_path, monkeypatch):
    from recipes import measuring

    command = ("digits", "--sample", "--set", "architecture=linear", "--set", "epochs=1", "--trials", 1)
    with monkeypatch.context() as patch:
        patch.setattr(measuring, "measure", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert tune(tmp_path, *command).exit_code == 130
    result = tune(tmp_path, *command)
    assert result.exit_code == 0, result.output + result.stderr
    assert len(list(tmp_path.glob("*/*/config.json"))) == 2  # the run that was stopped was gone on with
    assert "untuned" in result.output and "winner" in result.output
    tested = json.loads((folder_in(tmp_path) / "tested.json").read_text())
    for which, recipe in (("untuned", "digits"), ("winner", "digits_tuned")):
        metrics = json.loads((Path(tested[which]["folder"]) / "metrics.json").read_text())
        assert metrics["recipe"] == recipe and metrics["test"]["accuracy"]["value"] >= 0
    assert json.loads((Path(tested["winner"]["folder"]) / "metrics.json").read_text())["validation"]["value"] == (
        float(rows(tmp_path)[0]["value"]))
    assert "run folder" not in tune(tmp_path, *command).output
    assert CliRunner().invoke(app, ["evaluate", tested["winner"]["folder"]]).exit_code == 0


def test_the_median_rule():
    from recipes.tuning.stopping import hopeless

    good = [[0.5, 0.7, 0.6, 0.8], [0.4, 0.6, 0.7, 0.8], [0.5, 0.6, 0.6, 0.9], [0.1, 0.2, 0.3, 0.4]]
    assert "median" in hopeless("accuracy", [0.5, 0.4], good, 4)  # the others' best after two: 0.7, 0.6, 0.6, 0.2
    assert not hopeless("accuracy", [0.6, 0.7], good, 4)
    assert not hopeless("accuracy", [0.0], good, 4)  # too early to tell
    assert not hopeless("accuracy", [0.0, 0.0], good[:3], 4)  # too few to compare with
    assert "median" in hopeless("mse", [0.9, 0.9], good, 4) and not hopeless("mse", [0.0, 0.9], good, 4)


@pytest.mark.parametrize("pair", ["image:label", "image:action", "word_seq:tags", "word_seq:text", "audio:text",
                                  "series:vector", "word:distribution", "click_log:distribution"])
def test_every_pair_has_a_space_whose_defaults_are_a_recipe(pair):
    from recipes.tuning import space
    from registry import building

    name = next(name for name in catalogue.RECIPES
                if catalogue.module(name).recipe().framing.pair == tuple(pair.split(":")))
    recipe = catalogue.module(name).recipe()
    candidates = {one: dataclasses.replace(recipe, architecture=one, size="base", options={})
                  for one in building.fitting(recipe.framing)}
    declaration = space.declared(candidates)
    names = {hp.name for hp in declaration.space}
    for one, candidate in candidates.items():
        hp = space.of_values(declaration, {"architecture": one} | {
            p.name: p.default for p in declaration.space if p.name.startswith(f"{one}/")} if len(candidates) > 1 else {
            p.name: p.default for p in declaration.space})
        found = space.recipe_of(hp, candidates)
        assert found.learning_rate == pytest.approx(candidate.learning_rate) and found.architecture == one
        assert {n for n in names if n.endswith("learning_rate")}, "the learning rate is always searched"


BAD = {"tuner": ("digits", "--tuner", "bayes"), "pair": ("digits", "--architectures", "bilstm"),
       "name": ("nosuch",), "file": ("nosuch.py",), "nothing": (), "folder": ("--resume", "tests"),
       "setting": ("digits", "--set", "epoch=3"), "resume": ("--resume", "tests", "--limit", "5"),
       "all": ("digits", "--sample", "--architectures", "linear", "--set", "learning_rate=0.1", "--set", "warmup=0.1",
               "--set", "batch_size=8", "--set", "dropout=0.1")}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_told_in_one_line(case, tmp_path):
    result = tune(tmp_path, *BAD[case])
    assert result.exit_code == 2 and result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_recipe_file_of_ones_own_is_run(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("import dataclasses\nfrom recipes import digits\ndata = digits.data\n\n\ndef recipe():\n"
                    "    return dataclasses.replace(digits.recipe(), name='mine', architecture='linear', options={})\n")
    result = CliRunner().invoke(app, ["run", str(path), "--sample", "--set", "epochs=1", "--out", str(tmp_path)])
    assert result.exit_code == 0 and list(tmp_path.glob("mine/*/metrics.json")), result.output + result.stderr
    path = tmp_path / "broken.py"
    path.write_text("def recipe():\n    return 1\n")
    result = CliRunner().invoke(app, ["run", str(path)])
    assert result.exit_code == 2 and "no data" in result.stderr


def test_a_search_is_held_by_one_process(whole):
    import fcntl

    with (folder_in(whole) / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        result = tune(whole, *QUICK)
    assert result.exit_code == 2 and "running already" in result.stderr


def test_importance_names_the_setting_that_decides():
    from recipes.pictures import tuning

    rows = [{"settings": {"architecture": "ab"[i % 2], "learning_rate": 10.0 ** -(i % 5)} | (
                          {"units": i % 3} if i % 2 else {}),
             "value": -abs(i % 5 - 2.0), "status": "finished"} for i in range(30)]
    settings = tuning.varied(rows)
    assert list(settings) == ["architecture", "learning_rate", "units"] and settings["units"] == [0, 1, 2]
    (first, share), *_ = tuning.importance("accuracy", rows, settings)
    assert first == "learning_rate" and share > 0.8
    assert not tuning.importance("accuracy", rows[:4], settings)
    assert {picture.name for picture in tuning.pictures("accuracy", rows)} == {"progress", "parallel", "importance"}
    assert tuning.place(None, settings["units"]) < 0 == tuning.place(1e-4, settings["learning_rate"])


def test_a_trial_whose_process_dies_again_and_again_fails(tmp_path):
    from recipes.tuning import trial
    from registry.errors import UserError

    for _ in range(trial.STARTS):
        trial._count_starts(tmp_path)
    with pytest.raises(UserError, match="ended 4 times after epoch 0"):
        trial._count_starts(tmp_path)
    (tmp_path / "history.csv").write_text("epoch\n1\n")  # it got further: it is begun anew
    trial._count_starts(tmp_path)

"""Reports, made from synthetic run folders."""
import json

import numpy as np
import pytest
from run_folders import NASTY, base_run, image_run, parse, put, saved_model, tags_run, vector_run

from recipes.report import read_run, report
from registry.errors import MissingData, UserError


def check_alone(page, markup):
    """The page needs nothing from outside, and says in words what its pictures show."""
    assert not page.all("script") and not page.all("link")
    assert all(attrs["src"].startswith("data:image/png;base64,") for attrs in page.all("img"))
    assert all(attrs["srcset"].startswith("data:image/png;base64,") for attrs in page.all("source"))
    assert all(len(attrs["alt"]) > 10 for attrs in page.all("img"))
    assert "http://" not in markup and "https://" not in markup
    assert len(page.ids) == len(set(page.ids))
    targets = [attrs["href"] for attrs in page.all("a")]
    assert targets and {t.lstrip("#") for t in targets} <= set(page.ids)


def test_image_report(tmp_path):
    run = image_run(tmp_path / "run")
    saved_model(run, np.random.default_rng(0).normal(size=(3, 3, 1, 6)))
    path = report(run)
    assert path == run / "report.html"
    page = parse(path)
    check_alone(page, path.read_text(encoding="utf-8"))
    sections = ["comparison", "line", "curves", "confusion", "calibration", "mistakes", "filters", "data"]
    assert page.ids == sections + ["speed", "configuration", "environment"]
    made = {p.stem for p in (run / "pictures").glob("*.png")}
    expected = {"comparison", "comparison_closer", "line", "loss", "validation", "learning_rate", "confusion"}
    assert made == expected | {"mistakes", "filters", "balance", "reliability", "certainty"}
    for said in (
        "98.44\u00a0%",
        "97.64–99.24",
        "better than the shallow model (p = 0.002)",
        "The target of 98.00\u00a0% is",
    ):
        assert said in page.text
    for said in ("reached", "61,706", "60.9 k parameters", "class 3 has 7 examples", "2.21.0", "41.7"):
        assert said in page.text or said == "41.7"
    assert "python -m recipes run digits --set 'note=a b'" in page.text
    assert "75\u00a0% fewer errors" in page.text  # (1 - .9388) → (1 - .9844)


def test_tags_report_escapes_every_word(tmp_path):
    run = tags_run(tmp_path / "run")
    path = report(run)
    markup = path.read_text(encoding="utf-8")
    page = parse(path)
    check_alone(page, markup)
    assert "<script" not in markup and NASTY in page.text and "狗" in page.text
    assert {"tags", "confusion", "mistakes", "data"} <= set(page.ids) and "filters" not in page.ids
    assert (run / "pictures" / "tags.png").is_file() and (run / "pictures" / "lengths.png").is_file()
    assert "3 more sentences" in page.text and "98.8\u00a0%" in page.text
    wrong = [a for a in page.all("span") if a.get("class") == "word bad"]
    assert len(wrong) == 15 * 3  # NOUN is right at the first and the fifth word


def test_vector_report_lists_mistakes(tmp_path):
    page = parse(report(vector_run(tmp_path / "run")))
    assert "mistakes" in page.ids and "test example" in page.text and "versicolor" in page.text
    assert "missing" not in page.ids


@pytest.mark.parametrize("field", ["recipe", "architecture", "verdict"])
def test_metrics_are_escaped(tmp_path, field, quick):
    run = vector_run(tmp_path / "run")
    metrics = json.loads((run / "metrics.json").read_text())
    put(run, metrics={**metrics, field: NASTY}, config={"name": NASTY, NASTY: NASTY})
    assert "<script" not in report(run).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["config.json", "environment.json", "history.csv", "line.json", "profile.json", "evidence.npz"]
)
def test_any_part_may_be_missing(tmp_path, name, quick):
    run = image_run(tmp_path / "run")
    (run / name).unlink()
    page = parse(report(run))
    assert "missing" in page.ids and name.split(".")[0] in page.text


def test_only_metrics(tmp_path, quick):
    put(tmp_path, metrics={"test": {"accuracy": {"value": 0.5}}})
    page = parse(report(tmp_path))
    assert page.ids == ["comparison", "missing"] and "50.00\u00a0%" in page.text


def test_no_shallow_model_no_target_no_intervals(tmp_path, quick):
    run = image_run(tmp_path / "run")
    metrics = json.loads((run / "metrics.json").read_text())
    metrics.update(baselines=None, shallow=None, target=None, verdict=None, speed=None)
    metrics["test"] = {"accuracy": {"value": 0.9844, "low": None, "high": float("nan")}}
    put(run, metrics=metrics)
    page = parse(report(run))
    assert "98.44\u00a0% accuracy on the test split." in page.text and "target" not in page.text.split("Against")[0]
    assert not (run / "pictures" / "comparison_closer.png").exists()


def test_empty_test_split_and_no_mistakes(tmp_path, quick):
    run = image_run(tmp_path / "run")
    put(run, metrics={"test": {}})
    truth = np.arange(10)
    np.savez(run / "evidence.npz", truth=truth, predicted=truth, names=truth.astype(str))
    page = parse(report(run))
    assert "no test result" in page.text and "mistakes" not in page.ids


def test_damaged_files(tmp_path, quick):
    with pytest.raises(MissingData, match="metrics.json is not there"):
        report(tmp_path)
    run = image_run(tmp_path / "run")
    (run / "evidence.npz").write_bytes(b"PK\x03\x04 no zip")
    (run / "model.keras").write_bytes(b"no zip")
    assert "the evidence cannot be read" in parse(report(run)).text
    (run / "line.json").write_text("[{")
    with pytest.raises(UserError, match=r"line\.json is damaged"):
        report(run)


def test_history_keeps_the_last_row_of_an_epoch(tmp_path, quick):
    run = base_run(tmp_path / "run", pair="image→label", names=["a", "b"])
    (run / "history.csv").write_text("epoch,loss,val_accuracy\n1,2,0.1\n2,1.5,\n2,1.0,0.4\n3,,0.5\n")
    assert [row["loss"] for row in read_run(run).history][:2] == [2.0, 1.0]
    page = parse(report(run))
    assert any("best 50.00\u00a0% at epoch 3" in attrs["alt"] for attrs in page.all("img"))


def test_lower_is_better(tmp_path, quick):
    run = base_run(tmp_path / "run", pair="audio→text", metric="wer", value=0.12, names=["a"])
    metrics = json.loads((run / "metrics.json").read_text())
    put(run, metrics={**metrics, "target": 0.09})
    page = parse(report(run))
    assert "12.00\u00a0% WER" in page.text and "missed" in page.text


def test_report_twice_is_the_same(tmp_path):
    run = vector_run(tmp_path / "run")
    assert report(run).read_bytes() == report(run).read_bytes()
    assert not list(run.rglob("*.part"))


def test_unwritable_folder(tmp_path):
    run = vector_run(tmp_path / "run")
    (run / "pictures").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="cannot write the report"):
        report(run)

"""Comparisons of synthetic run folders."""
import pytest
from run_folders import base_run, image_run, parse, tags_run

from recipes.compare import compare
from registry.errors import MissingData, UserError


def test_compare(tmp_path, capsys):
    from rich.console import Console

    runs = [
        image_run(tmp_path / "runs" / str(i), value=value, seed=i, batch_size=size)
        for i, (value, size) in enumerate([(0.97, 32), (0.9844, 64), (0.9644, 64)])
    ]
    table = compare(runs, out=tmp_path / "out")
    Console(width=200).print(table)
    said = capsys.readouterr().out
    for part in ("98.44", "97.64–99.24", "batch_size=64", "61,706", "runs/1", "97.44", "± 1.41 sd", "of 2 seeds"):
        assert part in said
    assert [row.style for row in table.rows] == ["", "bold", "", ""]
    path = tmp_path / "out" / "compare.html"
    page = parse(path)
    assert "batch_size=32" in page.text and (tmp_path / "out" / "compare.png").is_file()


def test_compare_different_metrics(tmp_path, quick):
    runs = [
        image_run(tmp_path / "a"),
        tags_run(tmp_path / "b", metric="f1", value=0.4),
        base_run(tmp_path / "c", pair="audio→text", metric="wer", value=0.2, names=["x"]),
    ]
    table = compare(runs, out=tmp_path)
    assert [row.style for row in table.rows] == ["bold"] * 3


def test_compare_needs_runs(tmp_path):
    with pytest.raises(UserError, match="nothing to compare"):
        compare([])
    with pytest.raises(MissingData):
        compare([tmp_path])

"""Bad examples are left out where that is asked for, counted, and the same ones again when a run goes on."""
import json

import numpy as np
import pytest
import soundfile
from tones import RATE
from typer.testing import CliRunner

from recipes import sources
from recipes.__main__ import app
from recipes.datasets.readers import from_files
from recipes.skipping import skipping
from registry import UserError


def test_bad_sounds_are_left_out_and_counted_where_that_is_asked_for(tones, tmp_path):
    import shutil

    shutil.copytree(tones, tmp_path / "data")
    (tmp_path / "data" / "low" / "0.wav").write_bytes(b"")
    soundfile.write(tmp_path / "data" / "high" / "x.wav", np.zeros(2000), RATE)
    args = ["run", "--data", str(tmp_path / "data"), "--as", "audio:label", "--architecture", "frame_mlp", "--size",
            "tiny", "--set", "epochs=1", "--set", "shallow={'epochs': 1}", "--out", str(tmp_path / "out")]
    stopped = CliRunner().invoke(app, args)
    assert stopped.exit_code == 2 and "0.wav (the file is empty)" in " ".join(stopped.stderr.split())
    found = CliRunner().invoke(app, [*args, "--skip-bad"])
    assert found.exit_code == 0, found.output
    (run,) = (tmp_path / "out").glob("*/*")
    profile = json.loads((run / "profile.json").read_text())
    assert len(profile["record"]["skipped"]) == 2 and sum(
        profile[split]["examples"] for split in ("train", "validation", "test")) == 39
    assert "2 bad examples, which are left out, such as: corrupt sound" in " ".join(found.output.split())
    assert "2 bad examples, which are left out" in (run / "report.html").read_text()
    again = CliRunner().invoke(app, ["evaluate", str(run)])
    figure = json.loads((run / "metrics.json").read_text())["test"]["accuracy"]["value"]
    assert again.exit_code == 0 and f"test accuracy: {figure:.4f}" in again.output, again.output + again.stderr


def test_texts_too_long_for_what_an_architecture_puts_together_are_left_out(spoken):
    long = "low high low"  # over 20 frames, but not over 10
    spoken.write_text(spoken.read_text().replace("\n4.wav,low", f"\n4.wav,{long}", 1))
    source = sources.source_of(path=spoken, pair="audio:text", skip_bad=True)
    recipe, data = sources.load(source, None)
    wide = sources.overridden(source, recipe, ["stride=4"], "crnn")
    assert skipping(source, data, recipe)[0] == source
    found, rest = skipping(source, data, wide)
    ((split, places),) = found["skipped"].items()
    assert len(places) == 1 and rest.counts[split] == data.counts[split] - 1
    assert "characters over" in rest.record["skipped"][0]
    _, again = sources.load(json.loads(json.dumps(found)), None)  # as a resumed run does
    texts = [[y for _, y in one.splits[split].as_numpy_iterator()] for one in (rest, again)]
    assert texts[0] == texts[1] and len(texts[0]) == rest.counts[split] and long.encode() not in texts[0]
    told = CliRunner().invoke(app, ["check", "--data", str(spoken), "--as", "audio:text", "--skip-bad"])
    assert told.exit_code == 0, told.output


def test_nothing_but_bad_sounds(tmp_path):
    for label in "ab":
        (tmp_path / label).mkdir()
        (tmp_path / label / "0.wav").write_bytes(b"x")
    with pytest.raises(UserError, match="all 2 files are bad, such as: corrupt sound"):
        from_files(tmp_path, "audio:label", skipped=[])

"""A name for each frame: files of times, TIMIT's splits, speech by eSpeak NG, figures, whole runs, the page."""
import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

import registry
from recipes.__main__ import app
from recipes.datasets import timed, timit
from recipes.datasets.readers import from_files
from recipes.pictures.text import FALLING
from registry import Audio, FrameTags, Framing, UserError

RATE = 2000
SMALL = FrameTags(names=("_", "a", "b"))


def arrays(*rows):
    return [np.array(row) for row in rows]


def test_frames_and_segments_are_counted():
    truth, given = arrays([0, 1, 1, 2, 2, 0], [1, 1]), arrays([0, 1, 2, 2, 1, 0], [1, 1])
    sums = SMALL.counts(truth, given)
    assert sums.tolist() == [[2, 6, 1, 2], [0, 2, 0, 1]]  # a b a for a b: one to leave out
    assert SMALL.scores_of(sums.sum(0), 2) == {"frame_error": 2 / 8, "segment_error": pytest.approx(1 / 3)}
    unknown = SMALL.counts(arrays([-2, 1]), arrays([1, 1]))
    assert unknown.tolist() == [[1, 2, 1, 2]]


def test_errors_fall():
    assert all(metric in FALLING for metric in FrameTags.metrics)


def test_segments_are_said_with_their_seconds():
    row = {"tags": np.array([b"_", b"a", b"a", b"b", b""]), "frame_seconds": np.float32(0.01),
           "probabilities": np.array([1, 0.5, 0.7, 1, 0], "float32")}
    said = SMALL.said(row)["segments"]
    assert [(one["tag"], one["begin"], one["end"]) for one in said] == [("_", 0, 0.01), ("a", 0.01, 0.03),
                                                                        ("b", 0.03, 0.04)]
    assert said[1]["probability"] == pytest.approx(0.6)
    assert SMALL.shown({"input": "x.wav", "segments": said}) == "x.wav: 0.00 _  0.01 a  0.03 b"


def test_a_frame_has_the_tag_of_its_middle():
    inputs = Audio(rate=1000)  # ten samples a frame
    sound = np.append(np.ones(35, "float32"), np.zeros(40, "float32"))
    assert timed.of_frames(sound, (0, 0.006, 0.02, 0.02), ("_", "a", "b", "c"), inputs).tolist() == ["_", "a", "c", "c"]
    assert inputs.length(sound) == 4 == np.asarray(inputs.encoder()(sound[None])["frames"]).sum()


def test_frames_and_tags_must_be_as_many():
    found = [" ".join(problem) for problem in SMALL.problems([b"a", b"x"], 3)]
    assert found == ["3 frames and 2 tags as many tags as frames give each frame one tag",
                     "tag 'x' one of _, a, b correct the tag, or leave the example out"]


def test_each_frame_is_answered():
    with pytest.raises(UserError, match="received stride=2 for 'crnn': expected 1, since each of the frames"):
        registry.build("audio", "tags", "crnn", "tiny", stride=2)
    with pytest.raises(UserError, match="'bilstm' does not fit FrameTags"):
        registry.build("word_seq", FrameTags(), "bilstm", "tiny")


def test_names_are_learned_from_training():
    framing = Framing(Audio(), FrameTags(names=(), silence="sil"))
    ys = [(np.ones(300, "float32"), np.array([b"b", b"sil"])), (np.ones(300, "float32"), np.array([b"a"]))]
    assert framing.adapt(lambda: iter(ys)).outputs == FrameTags(("a", "b", "sil"), "sil")


def speak(path, parts, suffix=".txt", seed=0, kind="WAV"):
    """Write a sound of stretches (seconds, tag) and its file of times; "high" and "low" are tones."""
    tones = {"low": 150, "high": 600, None: 0}
    place, lines, waves = 0.0, [], []
    for seconds, tag in parts:
        waves.append(0.4 * np.sin(2 * np.pi * tones[tag] * np.arange(round(seconds * RATE)) / RATE))
        unit = RATE if suffix.lower() == ".phn" else 1
        if tag:
            lines.append(f"{place * unit:.6g}\t{(place + seconds) * unit:.6g}\t{tag}")
        place += seconds
    sound = np.concatenate(waves)
    sound += 0.01 * np.random.default_rng(seed).normal(size=len(sound))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, RATE, format=kind, subtype="PCM_16")
    path.with_suffix(suffix).write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Thirty sounds of tones and silence, and when each is heard."""
    path, rng = tmp_path_factory.mktemp("timed"), np.random.default_rng(1)
    for i in range(30):
        parts = [(rng.integers(5, 15) / 100, ("low", "high", None)[k]) for k in rng.integers(3, size=5)]
        speak(path / f"{i}.wav", parts, ".txt" if i % 2 else ".PHN", i)
    return path


def test_a_folder_of_times_is_learned_predicted_and_shown(folder, tmp_path):
    found = CliRunner().invoke(app, [
        "run", "--data", str(folder), "--as", "audio:tags", "--size", "tiny", "--set", "epochs=30", "--set",
        "batch_size=4", "--set", "learning_rate=0.02", "--set", "shallow={'epochs': 3}", "--out", str(tmp_path)])
    assert found.exit_code == 0, found.output
    (run,) = tmp_path.glob("*/*")
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["test"]["frame_error"]["value"] < 0.2 < metrics["baselines"]["majority"]["frame_error"]["value"]
    page = (run / "report.html").read_text()
    assert "What it heard, and when" in page and "<audio" in page and "of the frames are wrong" in page
    told = CliRunner().invoke(app, ["predict", str(run), str(folder / "0.wav"), "--json"])
    answer = json.loads(told.output)
    heard = {line.split("\t")[2] for line in (folder / "0.PHN").read_text().splitlines()}
    assert heard <= {one["tag"] for one in answer["segments"]}


@pytest.mark.parametrize("line, message", [
    ("0.1 0.2", "line 1: found '0.1 0.2', expected begin, end and a tag"),
    ("0.1 x b", "line 1: found '0.1 x b', expected begin"),
    ("0.2 0.3 a\n0.1 0.4 b", "line 2: 0.1 to 0.4 s after 0.3 s: expected times in their order"),
    (None, "has no times")])
def test_bad_files_of_times(line, message, tmp_path):
    for i in range(3):
        speak(tmp_path / f"{i}.wav", [(0.3, "low")])
    (tmp_path / "2.txt").unlink()
    if line:
        (tmp_path / "2.txt").write_text(line)
    with pytest.raises(UserError, match=message):
        from_files(tmp_path, "audio:tags")


def test_a_folder_without_training(tmp_path):
    speak(tmp_path / "test" / "a.wav", [(0.3, "low")])
    with pytest.raises(UserError, match="has no sounds for training: it has test only"):
        from_files(tmp_path, "audio:tags")


def test_a_folder_without_sounds(tmp_path):
    with pytest.raises(UserError, match="has no sounds: expected files that end in .wav"):
        from_files(tmp_path, "audio:tags")
    (tmp_path / "a.wav").write_text("x")
    with pytest.raises(UserError, match="is a file: expected a folder with sounds, the times of each beside it"):
        from_files(tmp_path / "a.wav", "audio:tags")


def test_timit_as_the_literature_uses_it(tmp_path):
    for speaker in ("TRAIN/DR1/FCJF0", "TRAIN/DR2/MABC0", "TEST/DR1/FAKS0", "TEST/DR1/MDAB0", "TEST/DR1/MXYZ0"):
        for sentence in ("SA1", "SI9", "SX3"):
            speak(tmp_path / "TIMIT" / speaker / f"{sentence}.WAV", [(0.1, "low"), (0.1, None)], ".PHN",
                  kind="NIST")
            (tmp_path / "TIMIT" / speaker / f"{sentence}.TXT").write_text("0 99 She had your dark suit.\n")
    place = tmp_path / "TIMIT" / "TRAIN" / "DR1" / "FCJF0" / "SI9.PHN"
    place.write_text("0 40 h#\n40 80 ix\n80 120 tcl\n120 160 t\n160 200 q\n")
    data = timit.read(tmp_path)
    assert data.counts == {"train": 4, "validation": 2, "test": 2}  # neither SA nor speakers beyond the core
    tags = {tag for _, y in data.splits["train"].as_numpy_iterator() for tag in y.tolist()}
    assert tags == {b"low", b"sil", b"ih", b"t"} and data.framing.outputs.silence == "sil"
    with pytest.raises(UserError, match="no folders TRAIN and TEST: expected TIMIT as the LDC delivers it"):
        timit.read(tmp_path / "TIMIT" / "TRAIN")


def test_espeak_says_when_each_phone_begins():
    pytest.importorskip("espeakng_loader")
    from recipes.datasets.espeak import Speaker

    samples, phones = (speaker := Speaker()).say("a cat sat", "en-us+m3", speed=150)
    names, begins = zip(*phones)
    assert [name for name in names if name != "_"] == ["a#", "k", "a", "t", "s", "a", "t"]
    assert list(begins) == sorted(begins) and begins[-1] <= len(samples) and speaker.rate == 22050
    loud = np.abs(samples.astype(float))
    vowel, closure = slice(begins[2], begins[2] + 1500), slice(begins[3] - 400, begins[3] - 50)
    assert loud[vowel].mean() > 20 * loud[closure].mean()  # the t is its burst, after silence
    longer, _ = speaker.say("a cat sat", "en-us+f2", speed=100)
    assert len(longer) > 1.2 * len(samples)
    with pytest.raises(UserError, match="no voice 'en-xx'"):
        speaker.say("a", "en-xx")


def test_without_espeak_it_is_said_how_to_install_it(monkeypatch):
    import sys

    from recipes.datasets import espeak

    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    monkeypatch.setattr(espeak.ctypes.util, "find_library", lambda name: None)
    with pytest.raises(UserError, match="found no eSpeak NG.*pip install 'taskzoo\\[speech\\]'"):
        espeak.Speaker()


def test_it_learns_tones(sample):
    framing = Framing(Audio(rate=RATE, num_mels=16, window_ms=32), replace(SMALL, names=("_", "a", "b", "c", "d")))
    model = registry.build(framing.inputs, framing.outputs, "tcn", "tiny", dropout=0.0)
    numbers, targets = sample(framing, 32)
    model.compile("adam", framing.outputs.loss())
    for _ in range(150):
        model.train_on_batch(numbers, targets)
    given, _ = framing.outputs.answers(model(numbers), numbers)
    truth = [row[row >= 0] for row in targets]
    assert framing.outputs.scores_of(framing.outputs.counts(truth, given).sum(0), 32)["frame_error"] < 0.15

"""Sounds: files of every kind read alike, samples become frames, bad ones are told, whole runs on folders of sounds."""
import json

import numpy as np
import pytest
import soundfile
import tensorflow as tf
from tones import RATE, tone
from typer.testing import CliRunner

from recipes import check, prediction
from recipes.__main__ import app
from recipes.datasets import sounds
from recipes.datasets.readers import from_files
from registry import Audio, Framing, Label, UserError, WordSeq, tfds_features


@pytest.mark.parametrize("name, rate, kind, channels", [
    ("a.wav", RATE, "PCM_16", 1), ("b.wav", RATE, "PCM_U8", 1), ("c.wav", 96_000, "PCM_24", 2),
    ("d.flac", 44_100, "PCM_16", 1), ("e.wav", 11_025, "FLOAT", 2), ("f.ogg", 16_000, "VORBIS", 1)])
def test_files_of_every_kind_are_the_same_sound(name, rate, kind, channels, tmp_path):
    wave = np.repeat(tone(rate=rate)[:, None], channels, 1)
    soundfile.write(tmp_path / name, wave, rate, subtype=kind)
    read = sounds.decode(tmp_path / name, RATE)
    assert read.dtype == np.float32 and abs(len(read) - RATE // 2) <= 1
    middle = slice(200, 3800)
    np.testing.assert_allclose(read[middle], tone()[middle], atol=0.06 if name == "f.ogg" else 0.02)


def test_stereo_is_the_mean_of_its_channels(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.stack([tone(), np.zeros_like(tone())], 1), RATE, subtype="FLOAT")
    np.testing.assert_allclose(sounds.decode(tmp_path / "a.wav", RATE), tone() / 2, atol=1e-6)


def broken(path, kind):
    """Write a file that is no sound."""
    soundfile.write(path, tone(), RATE)
    content = path.read_bytes()
    path.write_bytes({"empty": b"", "text": b"hello\n" * 99, "cut": content[:20], "noise": bytes(range(256)) * 9}[kind])


@pytest.mark.parametrize("kind, message", [
    ("empty", "corrupt sound .*x.wav \\(the file is empty\\): expected a whole .wav"),
    ("text", "corrupt sound .*x.wav \\(its content is text\\)"), ("cut", "corrupt sound .*x.wav"),
    ("noise", "corrupt sound .*x.wav")])
def test_what_is_no_sound_is_told_in_one_line(kind, message, tones, tmp_path):
    broken(tmp_path / "x.wav", kind)
    with pytest.raises(UserError, match=message) as told:
        sounds.decode(tmp_path / "x.wav", RATE)
    assert "\n" not in str(told.value)
    with pytest.raises(UserError, match=message):
        sounds.inspect(tmp_path / "x.wav")


def test_a_file_without_samples_is_told(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.zeros(0), RATE)
    with pytest.raises(UserError, match="x.wav holds no samples: expected a recording. Remove the file."):
        sounds.inspect(tmp_path / "x.wav")


BAD = [(np.zeros(RATE, "float32"), "silence only.*leave the recording out"),
       (tone(seconds=0.005), "40 samples.*at least 0.01 s at 8000 samples a second"),
       (np.stack([tone(), tone()]), r"shape \(2, 4000\).*give one channel"),
       (np.append(tone(), np.nan).astype("float32"), "nan among the samples.*finite"),
       (tone() * 32767, "a sample of .*samples between -1 and 1")]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_problems_of_a_sound(number):
    import re

    value, message = BAD[number]
    found = [" ".join(problem) for problem in Audio(rate=RATE).problems(value)]
    assert len(found) == 1 and re.search(message, found[0]), found
    assert not list(Audio(rate=RATE).problems(tone()))


def test_check_finds_silence_with_the_examples_number(tones, tmp_path):
    (tmp_path / "a").symlink_to(tones / "low")
    (tmp_path / "b").mkdir()
    for i in range(15):
        soundfile.write(tmp_path / "b" / f"{i}.wav", tone(200 + i), RATE)
    soundfile.write(tmp_path / "b" / "silent.wav", np.zeros(RATE), RATE)
    data = from_files(tmp_path, "audio:label")
    findings, _ = check.check(data, data.framing)
    assert sum("found silence only" in str(f) and "field audio" in str(f) for f in findings) == 1


def test_frames_hold_the_samples_and_padding_is_not_real():
    domain = Audio(rate=RATE)
    numbers = {k: v.numpy() for k, v in domain.encoder()(prediction.together([tone(), tone(seconds=0.123)])).items()}
    assert numbers["samples"].shape == (2, 50, 80) and numbers["samples"].dtype == "int16"
    assert numbers["frames"].sum(1).tolist() == [50, 13]
    np.testing.assert_allclose(numbers["samples"][0].ravel() / 32767, tone(), atol=2e-5)
    alone = domain.encoder()(tone(seconds=0.123)[None])
    assert alone["samples"].shape == (1, 13, 80)
    ended = domain.encoder()(np.pad(tone(), (0, 999))[None])  # digital silence at the end does not count
    np.testing.assert_array_equal(ended["samples"][0], numbers["samples"][0])


def test_the_domain_learns_its_bands_and_length():
    waves = [tone(300 + 50 * i, 0.3 + i / 100) for i in range(40)]
    domain = Audio(rate=RATE).adapt(iter(waves))
    assert len(domain.mean) == len(domain.std) == 40 and not domain.needs_adapting
    assert domain.seconds == pytest.approx(0.69, abs=0.02)
    kept = Audio(rate=RATE, seconds=0.4).adapt(iter(waves))
    assert kept.seconds == 0.4 and kept.mean == domain.mean
    numbers = domain.encoder()(prediction.together(waves))
    features = np.asarray(domain.stem({k: tf.constant(v) for k, v in numbers.items()}))
    real = features[np.asarray(numbers["frames"]) > 0]
    assert abs(real.mean()) < 0.1 and abs(real.std() - 1) < 0.1


def test_features_with_sounds_imply_a_framing():
    import tensorflow_datasets as tfds

    label = tfds.features.ClassLabel(names=["no", "yes"])
    audio = tfds.features.Audio(sample_rate=RATE)
    features = tfds.features.FeaturesDict({"audio": audio, "audio/filename": tfds.features.Text(), "label": label})
    assert tfds_features.frame(features) == Framing(Audio(rate=RATE), Label(("no", "yes")))
    stereo = tfds.features.FeaturesDict({"audio": tfds.features.Audio(shape=(None, 2)), "label": label})
    with pytest.raises(UserError, match="Audio \\+ ClassLabel → audio→label"):
        tfds_features.frame(stereo)
    assert tfds_features.frame(tfds.features.FeaturesDict({"text": tfds.features.Text(), "label": label})).inputs \
        == WordSeq()


def test_a_folder_of_sounds_is_learned_predicted_and_exported(tones, tmp_path):
    def call(*arguments):
        return CliRunner().invoke(app, [str(a) for a in arguments])

    made = call("run", "--data", tones, "--as", "audio:label", "--architecture", "text_cnn", "--size", "tiny",
                "--set", "epochs=8", "--set", "learning_rate=0.01", "--out", tmp_path)
    assert made.exit_code == 0, made.output + made.stderr
    run = next(tmp_path.glob("*/*/metrics.json")).parent
    assert json.loads((run / "metrics.json").read_text())["test"]["accuracy"]["value"] > 0.5
    soundfile.write(tmp_path / "x.flac", tone(320, rate=44_100), 44_100)
    told = call("predict", run, tmp_path / "x.flac", "--json")
    assert told.exit_code == 0, told.output + told.stderr
    answer = json.loads(told.stdout.strip().splitlines()[-1])
    assert answer["label"] in ("low", "high")
    loaded = tf.saved_model.load(str(run / "serving"))
    served = loaded.serve(sounds.decode(tmp_path / "x.flac", RATE)[None])
    assert served["label"].numpy()[0].decode() == answer["label"]
    missing = call("predict", run, tmp_path / "y.wav")
    assert missing.exit_code == 2 and "no such file; give the path of a sound" in missing.stderr


def test_files_and_lone_folders_are_refused(tones, tmp_path):
    with pytest.raises(UserError, match="is a file: expected a folder with a folder of sounds for each label"):
        from_files(tones / "low" / "0.wav", "audio:label")
    with pytest.raises(UserError, match="has 0 folders.*expected one folder of sounds for each label"):
        from_files(tones / "low", "audio:label")


def test_check_says_what_is_done_with_unusual_sounds(tones, tmp_path):
    import shutil

    shutil.copytree(tones, tmp_path / "data")
    soundfile.write(tmp_path / "data" / "low" / "x.wav", np.stack([tone(), tone()], 1), RATE)
    soundfile.write(tmp_path / "data" / "low" / "y.wav", tone(rate=96_000), 96_000, subtype="PCM_U8")
    data = from_files(tmp_path / "data", "audio:label")
    told = " ".join(str(finding) for finding in check.check(data, data.framing)[0])
    for part in ("found 1 of 42 sounds at 96000 samples a second, expected 8000: they are resampled",
                 "found 1 of 42 sounds with several channels, expected one: their mean is taken",
                 "found 1 of 42 sounds of 8 bits, expected 16 or more"):
        assert part in told


@pytest.mark.parametrize("way", ("a sound", "paths"))
def test_predict_reads_sounds_and_paths_from_standard_input(way, tones, monkeypatch):
    import io
    import sys

    file = tones / "low" / "3.wav"
    content = file.read_bytes() if way == "a sound" else f"{file}\n{file}\n".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    found = list(prediction.read(["-"], Framing(Audio(rate=RATE), Label(("a", "b")))))
    assert [shown for shown, _ in found] == (["-"] if way == "a sound" else [str(file)] * 2)
    for _, sound in found:
        np.testing.assert_array_equal(sound, sounds.decode(file, RATE))


def test_learned_filters_are_drawn_beside_the_mel_bands(tones, tmp_path):
    import registry
    from recipes.pictures import hearing

    model = registry.build(Audio(rate=RATE, bands="learned", num_mels=12), Label(("a", "b")), "frame_mlp", "tiny")
    model.save(tmp_path / "model.keras")
    waves, rate = hearing.learned(tmp_path / "model.keras")
    assert waves.shape[1] == 24 and rate == RATE
    peaks = hearing.answers(waves).argmax(0)
    np.testing.assert_allclose(peaks, hearing.triangles(12, RATE).argmax(0), atol=4)  # untrained, they are mel bands
    registry.build(Audio(rate=RATE), Label(("a", "b")), "frame_mlp", "tiny").save(tmp_path / "other.keras")
    assert hearing.learned(tmp_path / "other.keras") is None

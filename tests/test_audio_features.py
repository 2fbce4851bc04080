"""Features of sounds from files: read, refused, framed, learned, served; texts written from sounds by attention."""
import json
import struct
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from typer.testing import CliRunner

import registry
from recipes import evaluate, prediction
from recipes.__main__ import app
from recipes.datasets import feature_files
from recipes.evidence import spoken
from registry import Audio, AudioFeatures, Framing, Text, Transcript, UserError
from registry.framing import from_config, to_config
from registry.outputs import pieces

SMALL = AudioFeatures(num_features=3)


def test_numpy_and_sphinx_files_hold_the_same(tmp_path):
    features = np.random.default_rng(0).normal(size=(7, 13)).astype("float32")
    np.save(tmp_path / "a.npy", features)
    (tmp_path / "a.mfc").write_bytes(struct.pack(">i", 91) + features.astype(">f4").tobytes())
    for kind in ("npy", "mfc"):
        np.testing.assert_array_equal(feature_files.read(tmp_path / f"a.{kind}"), features)


@pytest.mark.parametrize("name, content, message", [
    ("a.mfc", b"", "corrupt features .*a.mfc: found 0 bytes, expected a number of coefficients"),
    ("a.mfc", struct.pack(">i", 13) + b"\0" * 48, "found 52 bytes"), ("a.npy", b"x", "corrupt features .*a.npy"),
    ("b.npy", np.zeros(4), r"b.npy holds float64 of shape \(4,\): expected numbers of shape \(frames, features\)")])
def test_bad_feature_files_are_told(name, content, message, tmp_path):
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    else:
        np.save(tmp_path / name, content)
    with pytest.raises(UserError, match=message):
        feature_files.read(tmp_path / name)


@pytest.mark.parametrize("raw, message", [
    (np.ones(3), r"shape \(3,\) \(frames, 3\)"), (np.ones((4, 2)), r"shape \(4, 2\) \(frames, 3\)"),
    (np.zeros((0, 3)), "no frames"), (np.full((2, 3), np.nan), "nan among the features"), (np.zeros((4, 3)), "zeros")])
def test_problems_of_features(raw, message):
    import re

    (found,) = SMALL.problems(raw)
    assert re.search(message, " ".join(found))
    assert not list(SMALL.problems(np.ones((4, 3))))


def test_a_grid_of_bands_and_times_is_that_of_times_and_bands():
    import keras

    from zoo.layers.frames import AsFrames, AsGrid, MaskedConv2D

    frames, mask = np.random.default_rng(0).normal(size=(2, 9, 7)).astype("float32"), tf.sequence_mask([9, 4])
    for strides in ((1, 2), (2, 2), (2, 1)):
        plain, turned = MaskedConv2D(3, (5, 3), strides), MaskedConv2D(3, (3, 5), strides[::-1], time=2)
        x = plain(AsGrid()(frames), mask=mask)
        turned.build((None, 7, None, 1))
        turned.set_weights([np.swapaxes(plain.kernel, 0, 1), plain.bias])
        y = turned(AsGrid(time=2)(frames), mask=mask)
        np.testing.assert_allclose(np.swapaxes(x, 1, 2), y, atol=1e-6)
        np.testing.assert_allclose(AsFrames()(x), AsFrames(time=2)(y), atol=1e-6)
        np.testing.assert_array_equal(turned.compute_mask(y, mask), plain.compute_mask(x, mask))
        inputs = keras.Input((None, 7))
        ends = AsFrames(time=2)(MaskedConv2D(3, (3, 5), strides[::-1], time=2)(AsGrid(time=2)(inputs)))
        assert ends.shape == (None, None, AsFrames()(x).shape[-1])


@pytest.mark.parametrize("domain", [SMALL, replace(SMALL, mels=8, decibels=20, standardise="training")])
def test_padding_changes_no_number_and_no_feature(domain):
    raw = np.random.default_rng(1).normal(-9, size=(1, 6, 3)).astype("float32")
    padded = np.pad(raw, ((0, 0), (0, 5), (0, 0)))
    encode = domain.encoder()
    for key, value in encode(padded).items():
        np.testing.assert_array_equal(value, encode(raw)[key])
    assert domain.length(padded[0]) == 6
    long = {"features": padded, "frames": (np.arange(11)[None] < 6).astype("int32")}
    short, stem = encode(raw), domain.stem
    np.testing.assert_allclose(np.asarray(stem({k: tf.constant(v) for k, v in long.items()}))[:, :6],
                               stem(short), atol=1e-5)
    assert stem(short).shape == (1, 6, 3 * (domain.mels or 3))


def test_means_are_those_of_training():
    values = [np.random.default_rng(i).normal(i, 2, size=(50, 3)).astype("float32") for i in range(4)]
    learned = replace(SMALL, standardise="training").adapt(iter(values))
    whole = np.concatenate(values)
    np.testing.assert_allclose(learned.mean, whole.mean(0), atol=1e-4)
    numbers = {"features": tf.constant(whole[None]), "frames": tf.ones((1, len(whole)), tf.int32)}
    stem = np.asarray(replace(learned, differences=False).stem(numbers))[0]
    np.testing.assert_allclose([stem.mean(0), stem.std(0)], [[0] * 3, [1] * 3], atol=1e-2)
    assert not SMALL.needs_adapting and not learned.needs_adapting


@pytest.mark.parametrize("transform", ["orthonormal", "sphinx"])
def test_energies_made_back_do_not_know_how_loud_the_recording_was(transform):
    from scipy.fft import dct, idct

    energies = np.random.default_rng(2).normal(-6, 3, size=(40, 20)).astype("float32")
    cepstra = dct(energies, norm="ortho" if transform == "orthonormal" else None)[:, :13]
    cepstra = cepstra if transform == "orthonormal" else cepstra / 40  # Sphinx: the mean of the products
    domain = AudioFeatures(mels=20, transform=transform, decibels=60, standardise="training", differences=False)
    domain = domain.adapt(iter([cepstra]))

    def stem(raw):
        return np.asarray(domain.stem({"features": tf.constant(raw[None]), "frames": tf.ones((1, 40), tf.int32)}))[0]

    louder = cepstra + (3 * np.sqrt(20) if transform == "orthonormal" else 3) * (np.arange(13) == 0)
    np.testing.assert_allclose(stem(louder.astype("float32")), stem(cepstra), atol=1e-4)
    np.testing.assert_allclose([stem(cepstra).mean(0), stem(cepstra).std(0)], [[0] * 20, [1] * 20], atol=1e-3)
    smooth = (idct(dct(energies, norm="ortho")[:, :13], n=20, norm="ortho"))
    np.testing.assert_allclose(np.asarray(domain._features(cepstra[None]))[0], (smooth - smooth.max()).clip(
        -60 * np.log(10) / 10), atol=1e-3)


def test_a_framing_of_features_is_kept_and_read_again():
    framing = Framing(replace(SMALL, hide_time=0.1), Transcript(alphabet=("a",)))
    assert from_config(json.loads(json.dumps(to_config(framing)))) == framing


@pytest.mark.parametrize("name, outputs", [
    ("bilstm", Transcript(alphabet=tuple("abc"))), ("conformer", registry.FrameTags()),
    ("crnn", registry.Label(("a", "b"))), ("frame_linear", Transcript(alphabet=tuple("abc")))])
def test_what_takes_sequences_takes_features(name, outputs):
    framing = Framing(SMALL, outputs)
    model = registry.build(SMALL, outputs, name, "tiny")
    raws = [x for x, _ in framing.sample(np.random.default_rng(0), 3)]
    served = registry.serving(model, framing).serve(tf.constant(prediction.together(raws)))
    assert all(len(value) == 3 for value in served.values())


def test_what_takes_grids_is_refused():
    with pytest.raises(UserError, match="'vgg' takes grid features and 'audio' gives sequence"):
        registry.build(SMALL, "label", "vgg", "tiny")


@pytest.fixture
def table(tmp_path):
    """Thirty files of features, and a table of what was said."""
    framing, rng = Framing(SMALL, Transcript(alphabet=tuple("abc"))), np.random.default_rng(2)
    lines = ["path,text"]
    for i, (x, y) in enumerate(framing.sample(rng, 30)):
        np.save(tmp_path / f"{i}.npy", x)
        lines.append(f"{i}.npy,{y.decode()}")
    (tmp_path / "said.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "said.csv"


def test_a_table_of_feature_files_is_learned_and_predicted(table, tmp_path):
    found = CliRunner().invoke(app, ["run", "--data", str(table), "--as", "audio:text", "--architecture", "bilstm",
                                     "--size", "tiny", "--set", "epochs=2", "--set", "shallow={'epochs': 1}", "--out",
                                     str(tmp_path / "out")])
    assert found.exit_code == 0, found.output
    (run,) = (tmp_path / "out").glob("*/*")
    assert "<audio" not in (run / "report.html").read_text()  # there is nothing to play
    told = CliRunner().invoke(app, ["predict", str(run), str(tmp_path / "0.npy"), "--json"])
    assert set(json.loads(told.output)) >= {"text", "probability"}
    again = ["evaluate", str(run), "--split", "validation", "--set"]
    searched = CliRunner().invoke(app, [*again, "beams=4", "--set", "language=1.0"])
    assert searched.exit_code == 0 and "validation wer:" in searched.output
    refused = CliRunner().invoke(app, [*again, "epochs=3"])
    assert refused.exit_code == 2 and "what can be set of an answer is beams, language, bonus" in " ".join(
        refused.stderr.split())


def test_files_of_other_features_are_told(table, tmp_path):
    np.save(tmp_path / "3.npy", np.ones((4, 2), "float32"))
    from recipes.datasets.readers import from_files

    data = from_files(table, "audio:text")
    with pytest.raises(Exception, match="3.npy holds 2 features: expected 3, as the other files have"):
        for split in data.splits.values():
            list(split.as_numpy_iterator())


@pytest.mark.shared
def test_an4_has_the_published_counts_and_runs(folders, tmp_path):
    from recipes import an4

    data = an4.data(folders)
    assert data.counts == {"train": 850, "validation": 98, "test": 130}
    words = [word for split in data.splits.values() for _, y in split.as_numpy_iterator() for word in y.split()]
    assert len(words) == 5442 + 773
    pairs = list(data.splits["test"].as_numpy_iterator())
    assert {x.shape[1] for x, _ in pairs} == {13} and b"RUBOUT G M E F THREE NINE" in [y for _, y in pairs]


def test_a_text_is_written_from_a_sound_by_attention(sample):
    words = (f"{pieces.SPACE}ba", f"{pieces.SPACE}de")
    outputs = Text(unit="word", judged_as="speech", max_pieces=12, beams=2, pieces=words)
    framing = Framing(Audio(rate=2000, num_mels=16, window_ms=32), outputs)
    model = registry.build(framing.inputs, outputs, "seq2seq", "tiny", stride=2)
    examples = framing.sample(np.random.default_rng(0), 4)
    numbers, targets = sample(framing, 4)
    ba, de = pieces.FIRST, pieces.FIRST + 1
    given = evaluate.Answers([np.array([ba, de])] * 4, [np.array([ba, de, ba])] * 4, None)
    letters = spoken.when(model, framing, examples[0][0], given.given[0], 2.0)
    assert len(letters) == 3 and all(0 < second < 2 for _, second in letters)
    sums = outputs.counts(given.truth, given.given)
    assert outputs.scores_of(sums.sum(0), 4)["wer"] == pytest.approx(0.5)
    assert set(outputs.guesses(targets, outputs.tally([(numbers, row) for row in targets]),
                               np.random.default_rng(0), ())) == {"chance", "majority"}

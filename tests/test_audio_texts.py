"""What is said in sounds: tables of files and texts, room for texts, the recipes' splits, what can be held out."""
import numpy as np
import pytest
import tensorflow as tf
from tones import RATE
from typer.testing import CliRunner

from recipes import check
from recipes.__main__ import app
from recipes.datasets.readers import from_files
from registry import Audio, Framing, Transcript, UserError


def test_a_table_of_sounds_and_texts_is_read(spoken):
    data = from_files(spoken, "audio:text")
    assert data.framing == Framing(Audio(rate=RATE), Transcript(alphabet=()))
    x, y = next(data.splits["train"].as_numpy_iterator())
    assert x.dtype == np.float32 and set(y.decode().split()) <= {"low", "high"}
    findings, _ = check.check(data, data.framing)
    assert not [f for f in findings if f.level == "error"]
    assert data.framing.adapt(lambda: data.splits["train"].as_numpy_iterator()).outputs.alphabet == tuple(" ghilow")
    spoken.write_text(spoken.read_text().replace("\n3.wav", "\nthree.wav"))
    with pytest.raises(UserError, match="said.csv line 5, column 'path': no sound .*three.wav"):
        from_files(spoken, "audio:text")


def test_texts_too_long_for_their_sound_stop_before_training(spoken):
    spoken.write_text(spoken.read_text().replace("0.wav,high", "0.wav," + "high " * 40, 1))
    data = from_files(spoken, "audio:text")
    findings, _ = check.check(data, data.framing)
    assert any("characters over 30 frames, expected at least" in str(f) and "right recording" in str(f)
               for f in findings)


def test_what_an_architecture_puts_together_leaves_less_room_for_texts(spoken):
    data = from_files(spoken, "audio:text")
    assert not [f for f in check.check(data, data.framing)[0] if f.level == "error"]
    findings, _ = check.check(data, data.framing, stride=20)
    assert any("characters over 2 frames" in str(f) for f in findings)
    from recipes.recipe import Recipe, stride

    ways = (("crnn", {}), ("crnn", {"stride": 4}), ("bilstm", {}), (None, {}))
    made = [Recipe(name="x", framing=data.framing, data="", metric="wer", architecture=name, options=options)
            for name, options in ways]
    assert [stride(one) for one in made] == [2, 4, 1, 2]


def test_yesno_is_read_with_its_words(folders):
    from recipes.datasets.tfds_source import from_tfds

    data = from_tfds("yesno", folders)
    assert data.framing == Framing(Audio(rate=RATE), Transcript(alphabet=()))
    assert data.counts["train"] + data.counts["validation"] == data.counts["test"] == 30
    texts = [y.decode().split() for _, y in data.splits["test"].as_numpy_iterator()]
    assert all(len(words) == 8 and set(words) <= {"yes", "no"} for words in texts)


def test_strings_of_digits_share_no_recording(folders):
    from recipes import speech_digits

    data = speech_digits.data(folders)
    x, y = next(data.splits["test"].as_numpy_iterator())
    again, _ = next(data.splits["test"].as_numpy_iterator())
    assert (x == again).all() and set(y.decode()) <= set("0123456789 ") and 1 <= len(y.split()) <= 7
    assert data.counts == {"train": 4000, "validation": 500, "test": 500}


def test_each_speaker_is_held_out(folders):
    from recipes import catalogue

    module = catalogue.module("spoken_digits")
    data = module.data(folders, holdout=["speaker", "theo"])
    assert data.counts == {"train": 1800, "validation": 200, "test": 500}
    assert data.record["splits"]["test"]["by"] == "speaker theo tests"
    official = module.data(folders)
    assert official.counts == {"train": 2000, "validation": 250, "test": 250}
    x, y = next(iter(official.splits["test"]))
    assert x.dtype == tf.float32 and float(tf.reduce_max(abs(x))) <= 1 and y.numpy().decode() in "0123456789"


@pytest.mark.parametrize("arguments, message", [
    (("run", "digits", "--holdout", "speaker"), "--holdout speaker: what can be held out of digits is nothing"),
    (("run", "spoken_digits", "--holdout", "speakr"), "is speaker. Did you mean 'speaker'"),
    (("run", "spoken_digits", "--holdout", "speaker", "--folds", "3"), "--folds and --holdout: choose one")])
def test_what_cannot_be_held_out_is_told(arguments, message):
    told = CliRunner().invoke(app, list(arguments))
    assert told.exit_code == 2 and message in told.stderr


def test_yesno_joins_the_words_of_recordings_anew(folders):
    from recipes import yesno

    pieces = [np.r_[np.zeros(2000), loud * np.sin(np.arange(3000) / 3), np.zeros(2000)] for loud in (0.5, 0.4, 0.6)]
    first, second, _ = np.cumsum([len(word) for word in yesno.words_of(np.concatenate(pieces).astype("float32"))])
    assert 5000 < first < 9000 and 12_000 < second < 16_000  # both in the pauses
    made = list(yesno.rejoined([(np.concatenate(pieces).astype("float32"), b"no yes no")], 20).as_numpy_iterator())
    assert {text for _, text in made} > {b"yes no no"} and all(len(text.split()) == 3 for _, text in made)
    data = yesno.data(folders)
    texts = [text for _, text in data.splits["train"].as_numpy_iterator()]
    assert len(texts) == data.counts["train"] == 27 + yesno.REJOINED
    assert not any(text.startswith(b"yes") for text in texts[:27])
    assert sum(text.startswith(b"yes") for text in texts[27:]) > 50

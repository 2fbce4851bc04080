"""Tones, and files of them: sounds that are easily told apart."""
import numpy as np
import pytest
import soundfile

RATE = 8000


def tone(frequency=440, seconds=0.5, rate=RATE, loud=0.5):
    return (loud * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)).astype("float32")


@pytest.fixture(scope="session")
def tones(tmp_path_factory):
    """Forty sounds of two labels, of different lengths."""
    path, rng = tmp_path_factory.mktemp("sounds"), np.random.default_rng(0)
    for label, frequency in (("low", 300), ("high", 1500)):
        (path / label).mkdir()
        for i in range(20):
            sound = tone(frequency * (1 + i / 50), 0.3 + i / 100) + 0.01 * rng.normal(size=int((0.3 + i / 100) * RATE))
            soundfile.write(path / label / f"{i}.wav", sound, RATE)
    return path


@pytest.fixture
def spoken(tmp_path):
    """Thirty sounds and a table of what is said in them: low and high tones."""
    rows = ["path,text"]
    for i in range(30):
        said = [("low", 300), ("high", 1500)][:: 1 if i % 3 else -1][: 1 + i % 2]
        wave = np.concatenate([np.append(tone(f * (1 + i / 100), 0.3), np.zeros(800, "float32")) for _, f in said])
        soundfile.write(tmp_path / f"{i}.wav", wave, RATE)
        rows.append(f"{i}.wav,{' '.join(name for name, _ in said)}")
    (tmp_path / "said.csv").write_text("\n".join(rows))
    return tmp_path / "said.csv"

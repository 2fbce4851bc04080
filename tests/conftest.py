"""What the tests share: quiet TensorFlow, a cache that is not the user's, the offline folder of real data, encoded
samples, quick pictures."""
import gc
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("MPLCONFIGDIR", str(Path.home() / ".cache" / "matplotlib"))  # where its list of fonts is
os.environ["XDG_CACHE_HOME"] = str(Path(__file__).parents[1] / ".pytest_cache" / "user")  # peaks of a busy machine

import pytest  # noqa: E402
from tones import spoken, tones  # noqa: E402, F401


@pytest.fixture(scope="session")
def offline():
    """The offline folder of real data: TASKZOO_OFFLINE_DIR, or ../shared beside the checkout."""
    folder = Path(os.environ.get("TASKZOO_OFFLINE_DIR") or Path(__file__).parents[2] / "shared").absolute()
    if not (folder / "tfds").is_dir():
        pytest.skip(f"needs real data: set TASKZOO_OFFLINE_DIR ({folder} has none)")
    return folder


@pytest.fixture(scope="session")
def folders(offline, tmp_path_factory):
    """Where recipes find data: a data folder of their own, and the offline folder."""
    from recipes.datasets.folders import Folders

    return Folders(tmp_path_factory.mktemp("data_dir"), offline)


@pytest.fixture
def sample():
    """Encoded synthetic examples of a framing as one batch: ``sample(framing, n)`` → (numbers, targets)."""

    def encode(framing, n=16, seed=0):
        import numpy as np

        from recipes import pipeline, sources

        data = sources.sample_data(framing)
        part = pipeline.encode(framing, data.splits["train"].skip(seed).take(n))
        batch = part.examples.padded_batch(n, padding_values=pipeline._padding(part.examples.element_spec)) \
            if part.sequences else part.examples.batch(n)
        numbers, targets = next(iter(batch))
        return {k: np.asarray(v) for k, v in numbers.items()}, np.asarray(targets)

    return encode


@pytest.fixture
def quick(monkeypatch):
    """Draws every picture in full, but skips turning it into pixels, which is most of the time."""
    from recipes.pictures import style

    one = style.png(lambda theme: style.figure(10, 10), style.LIGHT)
    monkeypatch.setattr(style, "png", lambda draw, theme: one if draw(theme) else None)


@pytest.fixture(autouse=True, scope="module")
def settled():
    """Lets Python's garbage collector leave alone what stays after a module's tests: graphs and layers by the million,
    over which each full collection would go again."""
    yield
    gc.collect()
    gc.freeze()

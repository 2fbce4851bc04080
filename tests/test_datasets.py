"""TFDS data sets: found, prepared, cut; our own builders; the offline folder; fetching."""
import hashlib
import json
import shutil
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from recipes import sources
from recipes.datasets import cutting, network, our_builders, publisher
from recipes.datasets.fetch import fetch
from recipes.datasets.folders import Folders
from recipes.datasets.readers import from_files
from recipes.datasets.source import take
from recipes.datasets.tfds_source import from_tfds
from registry import Framing, Image, Label, MissingData, UserError
from registry.outputs.tags import UNIVERSAL

tfds = pytest.importorskip("tensorflow_datasets")


class RepeatedTexts(tfds.core.GeneratorBasedBuilder):
    """2,000 examples of 800 different texts, no split but for training, and a test split without labels."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = {"text": tfds.features.Text(), "label": tfds.features.ClassLabel(names=["even", "odd"])}
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(2000, None), "test": self._generate_examples(5, -1)}

    def _generate_examples(self, num, label):
        for i in range(num):
            yield i, {"text": f"text {i % 800}", "label": i % 2 if label is None else label}


@pytest.fixture(scope="module")
def repeated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repeated")
    tfds.disable_progress_bar()
    RepeatedTexts(data_dir=str(folder)).download_and_prepare()
    return Folders(folder)


@pytest.fixture
def no_network(monkeypatch):
    monkeypatch.setattr(network, "reachable", lambda *_: False)


def rows(data, split):
    return list(data.splits[split].as_numpy_iterator())


def snapshot(folder):
    return sorted((str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*"))


def test_cut_is_by_hash(repeated):
    data = from_tfds("repeated_texts", repeated)
    examples = {s: rows(data, s) for s in data.splits}
    assert {s: len(e) for s, e in examples.items()} == data.counts and sum(data.counts.values()) == 2000
    seen = {s: {x for x, _ in e} for s, e in examples.items()}
    assert sum(map(len, seen.values())) == 800  # no text on both sides
    assert 0.05 < data.counts["test"] / 2000 < 0.15 and 0.05 < data.counts["validation"] / 2000 < 0.15
    again = from_tfds("repeated_texts", repeated)
    assert all(rows(again, s) == examples[s] for s in data.splits)
    assert data.record["splits"]["validation"] == {"from": "train", "by": "hash of x, 10%",
                                                   "examples": data.counts["validation"]}
    assert data.framing.outputs == Label(names=("even", "odd")) and examples["test"][0][1] in (b"even", b"odd")
    json.dumps(data.record)


def test_splits_and_features_can_be_chosen(repeated):
    data = from_tfds("repeated_texts", repeated, splits={"train": "train[:50%]", "test": "train[50%:]"})
    assert data.counts["test"] == 1000 and data.counts["train"] + data.counts["validation"] == 1000
    assert from_tfds("repeated_texts", repeated, y="label").record["x"] == "text"
    with pytest.raises(UserError, match="unknown split 'nope'"):
        from_tfds("repeated_texts", repeated, splits={"test": "nope"})
    with pytest.raises(UserError, match="unknown split 'dev': choose among train, validation, test"):
        from_tfds("repeated_texts", repeated, splits={"dev": "train"})


def test_take(repeated):
    data = take(from_tfds("repeated_texts", repeated), 7)
    assert set(data.counts.values()) == {7} and len(rows(data, "train")) == 7
    with pytest.raises(UserError, match="limit of 0"):
        take(data, 0)


def test_no_source_waits_for_the_autotuner(repeated, tmp_path):
    (tmp_path / "a.csv").write_text("text,label\n" + "".join(f"some {i},{i % 2}\n" for i in range(60)))
    for data in (from_tfds("repeated_texts", repeated), from_files(tmp_path / "a.csv", "word_seq:label"),
                 sources.sample_data(Framing(Image(8, 8, 1), Label()))):
        assert all(split.options().autotune.enabled is False for split in data.splits.values()), data.name


@pytest.mark.parametrize("num", [3, 4, 11, 100, 499, 500, 3000])
def test_cut_sizes(num):
    hashes = np.repeat([cutting.hash_of(str(i).encode()) for i in range(num)], 2)
    masks = cutting.cut(hashes, {"validation": 0.1, "test": 0.1}, "x")
    assert sum(m.astype(int) for m in masks.values()).tolist() == [1] * len(hashes)
    assert all(set(hashes[a]).isdisjoint(hashes[b]) for a, b in [(masks["train"], masks["test"])])
    assert min(m.sum() for m in masks.values()) >= max(2, 0.14 * num)


def test_too_few_to_cut():
    with pytest.raises(UserError, match="2 different examples, too few to cut into train, validation, test"):
        cutting.cut([1, 1, 2], {"validation": 0.1, "test": 0.1}, "x")


def test_incomplete_folder_is_told(repeated, tmp_path):
    shutil.copytree(repeated.data_dir, tmp_path / "copy")
    next((tmp_path / "copy").rglob("*train.tfrecord*")).unlink()
    with pytest.raises(UserError, match="is incomplete, repeated_texts-train.tfrecord"):
        from_tfds("repeated_texts", Folders(tmp_path / "copy"))


def test_digits_need_no_network(tmp_path, no_network):
    data = from_tfds("digits8x8", Folders(tmp_path))
    assert data.framing.inputs == Image(height=8, width=8, channels=1)
    assert data.counts["train"] + data.counts["validation"] == 898 and data.counts["test"] == 899
    from sklearn.datasets import load_digits

    digits = load_digits()
    wanted = {(np.rint(x * 255 / 16).astype("uint8").tobytes(), str(y).encode())
              for x, y in zip(digits.images[898:], digits.target[898:])}
    assert {(x.tobytes(), y) for x, y in rows(data, "test")} == wanted


def entities(data, split):
    return sum(tag.startswith(b"B-") for _, tags in rows(data, split) for tag in tags)


@pytest.mark.shared
@pytest.mark.parametrize("name, counts, spans", [
    ("wnut17", (3394, 1009, 1287), (1975, 836, 1079)),
    ("uner/zh_gsd", (3997, 500, 500), (6136, 810, 767)),
])
def test_entities_have_the_published_counts(folders, no_network, name, counts, spans):
    data = from_tfds(name, folders)
    assert tuple(data.counts.values()) == counts and data.framing.outputs.scheme == "bio"
    assert tuple(entities(data, split) for split in data.splits) == spans
    assert all(len(x) == len(y) > 0 for x, y in rows(data, "validation"))


@pytest.mark.shared
def test_treebank_has_the_published_words(folders, no_network):
    data = from_tfds("universal_dependencies/en_ewt", folders)
    assert data.framing.outputs.names == UNIVERSAL and data.record["splits"]["validation"]["from"] == "dev"
    assert [sum(len(x) for x, _ in rows(data, s)) for s in ("validation", "test")] == [25_149, 25_094]


@pytest.mark.shared
def test_mnist(folders):
    data = from_tfds("mnist", folders)
    assert data.counts["train"] + data.counts["validation"] == 60_000 and data.counts["test"] == 10_000
    assert 2700 < data.counts["validation"] < 3300
    image, label = next(data.splits["validation"].as_numpy_iterator())
    assert image.shape == (28, 28, 1) and image.dtype == "uint8" and label.decode() in Label().names


@pytest.mark.shared
def test_text_as_label(folders):
    data = from_tfds("clinc_oos", folders, y="intent_name")
    assert len(data.framing.outputs.names) == 150 and data.counts["validation"] == 3000
    with pytest.raises(UserError, match="intent: Tensor.*y may be Text"):
        from_tfds("clinc_oos", folders)


@pytest.fixture
def small_offline(offline, tmp_path):
    """A copy of the offline folder's entities."""
    for name in ("wnut17", "uner_zh_gsd"):
        folder = tmp_path / "offline" / "data" / name
        folder.mkdir(parents=True)
        for file in (offline / "data" / name).iterdir():
            shutil.copyfile(file, folder / file.name)
    return tmp_path / "offline"


@pytest.mark.shared
def test_offline_folder_is_only_read(small_offline, tmp_path, no_network):
    before = snapshot(small_offline)
    from_tfds("wnut17", Folders(tmp_path / "data", small_offline))
    assert snapshot(small_offline) == before and (tmp_path / "data" / "wnut17").is_dir()


@pytest.mark.shared
def test_damaged_publishers_files(small_offline, tmp_path, no_network):
    folders = Folders(tmp_path / "data", small_offline)
    file = small_offline / "data" / "wnut17" / "emerging.dev.conll"
    file.write_bytes(file.read_bytes() + b"x\tO\n")
    with pytest.raises(UserError, match="emerging.dev.conll is not the file that its publisher offers: sha256 .*e053b"):
        from_tfds("wnut17", folders)
    packed = small_offline / "data" / "uner_zh_gsd" / "zh_gsd-ud-dev.iob2.xz"
    packed.write_bytes(packed.read_bytes()[:-100])
    with pytest.raises(UserError, match="zh_gsd-ud-dev.iob2.xz is truncated"):
        from_tfds("uner/zh_gsd", folders)
    file.unlink()
    with pytest.raises(MissingData, match="'wnut17' is not here"):
        from_tfds("wnut17", folders)


@pytest.mark.parametrize("name", ["cifar10", "wnut17", "universal_dependencies/en_ewt"])
def test_missing_data_without_network(tmp_path, no_network, name):
    (tmp_path / "offline").mkdir()
    start = time.monotonic()
    with pytest.raises(MissingData) as caught:
        from_tfds(name, Folders(tmp_path / "data", tmp_path / "offline"))
    assert time.monotonic() - start < 5
    for part in (repr(name), str(tmp_path / "data"), str(tmp_path / "offline" / "tfds"),
                 str(tmp_path / "offline" / "data"), f"python -m recipes fetch {name} --to DIR", "--offline-dir"):
        assert part in str(caught.value)


def test_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "a"))
    monkeypatch.setenv("TASKZOO_OFFLINE_DIR", str(tmp_path))
    assert Folders().resolve() == Folders(tmp_path / "a", tmp_path)
    monkeypatch.setenv("TASKZOO_OFFLINE_DIR", str(tmp_path / "none"))
    with pytest.raises(MissingData, match="offline folder .*none does not exist"):
        Folders().resolve()
    monkeypatch.delenv("TFDS_DATA_DIR")
    monkeypatch.delenv("TASKZOO_OFFLINE_DIR")
    assert str(Folders().resolve().data_dir).endswith("tensorflow_datasets") and Folders().resolve().offline_dir is None


def test_unknown_name_and_unwritable_folder(tmp_path, no_network):
    with pytest.raises(UserError, match="unknown data set 'wnut71'.*Did you mean 'wnut17'"):
        from_tfds("wnut71", Folders(tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="digits8x8"):
        from_tfds("digits8x8", Folders(tmp_path / "file"))


class Publisher(BaseHTTPRequestHandler):
    """Serves FILES, and parts of them where a range is asked for."""

    FILES: dict = {}
    asked: list = []

    def do_GET(self):
        content = self.FILES[self.path]
        start = int(self.headers.get("Range", "bytes=0-")[6:].rstrip("-"))
        self.asked.append((self.path, start))
        self.send_response(206 if start else 200)
        self.end_headers()
        self.wfile.write(content[start:])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_fetch_publishers_files(server, tmp_path, monkeypatch):
    from recipes.datasets import wnut17

    content = {s: f"{s}\tO\nBonn\tB-location\n\n".encode() * 3 for s in ("train", "validation", "test")}
    files = {s: publisher.Published(f"{s}.conll", f"{server}/{s}", hashlib.sha256(c).hexdigest())
             for s, c in content.items()}
    monkeypatch.setattr(wnut17, "FILES", files)
    monkeypatch.setattr(Publisher, "FILES", {f"/{s}": c for s, c in content.items()})
    monkeypatch.setattr(Publisher, "asked", [])
    folder = tmp_path / "data" / "wnut17"
    folder.mkdir(parents=True)
    (folder / "train.conll.part").write_bytes(content["train"][:10])
    (folder / "test.conll").write_bytes(b"damaged")
    assert fetch("wnut17", tmp_path) == [{"name": "wnut17", "folder": str(folder), "state": "fetched"}]
    assert sorted(Publisher.asked) == [("/test", 0), ("/train", 10), ("/validation", 0)]
    assert {s: (folder / f"{s}.conll").read_bytes() for s in files} == content and "CC BY" in (
        folder / "SOURCE.txt").read_text()
    assert fetch(["wnut17"], tmp_path)[0]["state"] == "there" and len(Publisher.asked) == 3
    monkeypatch.setattr(network, "reachable", lambda *_: False)
    data = from_tfds("wnut17", Folders(tmp_path / "own", tmp_path))
    assert data.counts == {"train": 3, "validation": 3, "test": 3}


def test_fetch_refuses_other_content(server, tmp_path, monkeypatch):
    from recipes.datasets import wnut17

    monkeypatch.setattr(Publisher, "FILES", {"/a": b"other"})
    monkeypatch.setattr(wnut17, "FILES", {"train": publisher.Published("a", f"{server}/a", "0" * 64)})
    with pytest.raises(UserError, match="is not the file that its publisher offers"):
        fetch("wnut17", tmp_path)
    assert not [p for p in (tmp_path / "data" / "wnut17").iterdir()]


def test_fetch_without_network(tmp_path, no_network):
    for name in ("wnut17", "cifar10"):
        with pytest.raises(MissingData, match=f"'{name}' is not in .* no network: run `python -m recipes fetch {name}"):
            fetch([name], tmp_path)
    with pytest.raises(UserError, match="unknown data set"):
        fetch(["cifar11"], tmp_path)
    with pytest.raises(UserError, match="no data set to fetch"):
        fetch([], tmp_path)
    assert fetch("digits8x8", tmp_path)[0]["state"] == "fetched"
    assert fetch("digits8x8", tmp_path)[0]["state"] == "there"
    data = from_tfds("digits8x8", Folders(tmp_path / "own", tmp_path))
    assert data.record["folder"].startswith(str(tmp_path / "tfds"))


def test_reachable(server):
    assert network.reachable([server])
    start = time.monotonic()
    assert not network.reachable(["http://127.0.0.1:9", "https://name.invalid"])
    assert time.monotonic() - start < 4


def test_our_builders_are_named_as_registered():
    import importlib

    for name, module in our_builders().items():
        importlib.import_module(module)
        assert name in tfds.list_builders()


@pytest.mark.shared
def test_no_english_sentence_is_in_two_splits(folders):
    from recipes import catalogue

    data = catalogue.module("translation").data(folders)
    sides = {split: {x for x, _ in rows.as_numpy_iterator()} for split, rows in data.splits.items()}
    assert sum(data.counts.values()) == 26_388 and data.framing.pair == ("word_seq", "text")
    assert sum(map(len, sides.values())) == len(set.union(*sides.values())) == 25_331
    assert 1000 < data.counts["test"] < 1700 and 1000 < data.counts["validation"] < 1700


@pytest.mark.shared
@pytest.mark.parametrize(("language", "counts"), [("eng_us", (33_344, 4_168, 4_168)), ("ice", (800, 100, 100))])
def test_pronunciations_of_a_language_by_name(folders, language, counts):
    from recipes import catalogue

    data = catalogue.module(f"pronunciation/{language}").data(folders)
    assert tuple(data.counts[split] for split in ("train", "validation", "test")) == counts
    x, y = next(data.splits["test"].as_numpy_iterator())
    assert x and b" " in y and data.framing.pair == ("word_seq", "text")

"""Reports and comparisons, made from synthetic run folders."""

import json
import zipfile
from html.parser import HTMLParser

import numpy as np
import pytest

from recipes.compare import compare
from recipes.pictures import confusion, filters, line, markup, style, text
from recipes.report import Run, read_run, report
from registry.errors import MissingData, UserError

VOID = {"meta", "img", "br", "source", "link", "hr", "input"}
NASTY = "<script>alert('x')</script>"


class Page(HTMLParser):
    """Collects tags, ids and text, and fails on tags that are not closed in order."""

    def __init__(self, markup):
        super().__init__()
        self.open, self.tags, self.ids, self.text = [], [], [], ""
        self.feed(markup)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [v for k, v in attrs if k == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


def parse(path):
    return Page(path.read_text(encoding="utf-8"))


def put(folder, **files):
    """Write JSON files named by keyword."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def entry(value, half=0.012):
    return {"value": value, "low": value - half, "high": value + half}


def box(name, role, made, shape, parameters=0, flops=0, why=""):
    return {
        "name": name,
        "role": role,
        "made": made,
        "output_shape": shape,
        "parameters": parameters,
        "flops": flops,
        "why": why,
    }


def base_run(folder, *, pair, metric="accuracy", value=0.9844, names=(), lengths=None, seed=0, **config):
    """Write what every run leaves but its evidence."""
    learned = 0.9388 if value > 0.5 else value / 2
    counts = {str(name): 80 + 7 * i % 40 for i, name in enumerate(names)}
    split = {"examples": sum(counts.values()), "classes": counts, "lengths": lengths}
    put(
        folder,
        metrics={
            "recipe": "digits",
            "pair": pair,
            "architecture": "lenet",
            "parameters": 61_706,
            "flops_per_example": 833_040,
            "test": {metric: entry(value, 0.008), "examples": 899},
            "baselines": {
                "chance": {metric: entry(0.1)},
                "majority": {metric: entry(0.113)},
                "shallow": {metric: entry(learned)},
            },
            "shallow": {"architecture": "linear", "parameters": 3_610, "seconds": 1.84},
            "verdict": "better than the shallow model (p = 0.002)",
            "target": 0.98,
            "speed": {
                "examples_per_second": 5120.4,
                "seconds": 41.7,
                "epochs": 30,
                "peak_rss_mb": 811,
                "flops_per_second": 12.8e9,
                "peak_flops_per_second": 360e9,
                "bound": "input",
            },
            "resumed": 0,
            "seed": seed,
        },
        config={
            "name": "digits",
            "pair": pair,
            "architecture": "lenet",
            "size": "base",
            "seed": seed,
            **config,
        },
        environment={
            "command": ["python", "-m", "recipes", "run", "digits", "--set", "note=a b"],
            "versions": {"tensorflow": "2.21.0", "keras": "3.15.1"},
            "device": "2 cores",
            "git": {"commit": "0123abc", "changed": False},
        },
        line=[
            box(
                "pixels",
                "encode",
                "by hand",
                "(B, 8, 8, 1) uint8",
                why="an image is already a grid of numbers",
            ),
            box("scale", "stem", "by hand", "(B, 8, 8, 1)", 0, 64, "bytes become numbers around zero"),
            box("lenet", "body", "learned", "(B, 4, 4, 16)", 60_856, 832_000, "near pixels belong together"),
            box("linear", "head", "learned", f"(B, {len(names)})", 850, 850),
            box("argmax", "decode", "by hand", "label", why="the most probable name is the answer"),
        ],
        profile={"train": split, "validation": split, "test": split, "findings": ["class 3 has 7 examples"]},
    )
    lines = ["epoch,loss,learning_rate,val_loss,val_" + metric + ",seconds"]
    for epoch in range(1, 31):
        rate = 0.001 * min(epoch / 3, (31 - epoch) / 28)
        lines.append(
            f"{epoch},{2.3 * 0.82**epoch + 0.02},{rate},{2.1 * 0.84**epoch + 0.09 + epoch / 900},"
            f"{value * (1 - 0.6 * 0.8**epoch)},1.4"
        )
    (folder / "history.csv").write_text("\n".join(lines) + "\n")
    return folder


def answers(rng, num_examples, num_classes, share_wrong=0.08):
    """Return truth, predicted and probabilities that agree with each other."""
    truth = rng.integers(0, num_classes, num_examples)
    wrong = rng.random(num_examples) < share_wrong
    shift = rng.integers(1, min(num_classes, 4), num_examples)
    predicted = np.where(wrong, (truth + shift) % num_classes, truth)
    sure = rng.uniform(0.6, 1, num_examples).astype("float32")
    probabilities = np.repeat(((1 - sure) / (num_classes - 1))[:, None], num_classes, axis=1)
    probabilities[np.arange(num_examples), predicted] = sure
    return truth, predicted, probabilities.astype("float32")


def image_run(folder, *, num_classes=10, channels=1, names=None, side=8, **options):
    """Write a run of image → label."""
    rng = np.random.default_rng(0)
    names = names or [str(i) for i in range(num_classes)]
    base_run(folder, pair="image→label", names=names, **options)
    truth, predicted, probabilities = answers(rng, 90 * num_classes, num_classes)
    wrong = np.nonzero(truth != predicted)[0]
    index = wrong[np.argsort(-probabilities[wrong].max(1))][:64]
    images = rng.integers(0, 256, (len(index), side, side, channels)).astype("uint8")
    np.savez(
        folder / "evidence.npz",
        truth=truth,
        predicted=predicted,
        probabilities=probabilities,
        names=np.array(names),
        index=index,
        images=images,
    )
    return folder


def vector_run(folder, **options):
    """Write a run of vector → label."""
    names = ["setosa", "versicolor", "virginica"]
    base_run(folder, pair="vector→label", names=names, **options)
    truth, predicted, probabilities = answers(np.random.default_rng(1), 150, 3)
    np.savez(
        folder / "evidence.npz",
        truth=truth,
        predicted=predicted,
        probabilities=probabilities,
        names=np.array(names),
    )
    return folder


def tags_run(folder, *, names=("NOUN", "VERB", "DET", "PRP$"), words=("the", "dog", NASTY, "$5", "狗"), **options):
    """Write a run of word_seq → tags whose words would like to be markup."""
    lengths = {"min": 1, "median": 14, "p95": 38, "max": 159}
    base_run(folder, pair="word_seq→tags", names=names, lengths=lengths, **options)
    sentence = {
        "words": list(words),
        "truth": [names[i % len(names)] for i in range(len(words))],
        "predicted": [names[0]] * len(words),
        "confidence": [0.9876] * len(words),
    }
    confusion = 50 * np.eye(len(names), dtype=int) + np.arange(len(names))
    scores = {
        name: {"precision": 0.95 - 0.01 * i, "recall": 0.9 + 0.003 * i, "f1": 0.925, "support": 900 - i}
        for i, name in enumerate(names)
    }
    put(
        folder,
        evidence={
            "names": list(names),
            "confusion": confusion.tolist(),
            "per_tag": scores,
            "sentences": [sentence] * 15,
        },
    )
    return folder


def saved_model(folder, kernel):
    """Write the parts of model.keras that the filters are read from."""
    h5py = pytest.importorskip("h5py")
    inner = {"class_name": "Functional", "config": {"layers": [{"class_name": "Conv2D", "config": {}}]}}
    layers = [{"class_name": "InputLayer"}, {"class_name": "Rescaling", "config": {"scale": 1}}, inner]
    with h5py.File(folder / "w.h5", "w") as weights:
        weights["layers/functional/layers/conv2d/vars/0"] = kernel
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Functional", "config": {"layers": layers}}))
        archive.write(folder / "w.h5", "model.weights.h5")


@pytest.fixture
def quick(monkeypatch):
    """Draws every picture in full, but skips turning it into pixels, which is most of the time."""
    one = style.png(lambda theme: style.figure(10, 10), style.LIGHT)
    monkeypatch.setattr(style, "png", lambda draw, theme: one if draw(theme) else None)


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
    sections = ["comparison", "line", "curves", "confusion", "mistakes", "filters", "data"]
    assert page.ids == sections + ["speed", "configuration", "environment"]
    made = {p.stem for p in (run / "pictures").glob("*.png")}
    expected = {"comparison", "comparison_closer", "line", "loss", "validation", "learning_rate", "confusion"}
    assert made == expected | {"mistakes", "filters", "balance"}
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


@pytest.mark.parametrize("num_classes", [2, 26, 150, 160])
def test_confusion_of_many_classes(tmp_path, num_classes, quick):
    names = [f"intent_{i}_of_many_with_a_long_name" for i in range(num_classes)]
    page = parse(report(image_run(tmp_path / "run", names=names, num_classes=num_classes)))
    assert f"All {num_classes} classes" in page.text
    assert ("classes with most errors" in page.text) == (num_classes > 150)


@pytest.mark.parametrize("num_classes", [10, 150])
def test_confusion_matrix_is_large_enough_to_read(num_classes):
    names, counts = [f"class {i}" for i in range(num_classes)], np.eye(num_classes, dtype=int)
    width, height = markup.natural_size(style.png(lambda theme: confusion.draw(names, counts, theme), style.DARK))
    assert min(width, height) > num_classes * 11


def test_confusion_counts():
    evidence = {"truth": np.array([0, 0, 1, 2]), "predicted": np.array([0, 1, 1, 0]), "names": np.array(["a", "b"])}
    names, counts = confusion.matrix(Run(folder=None, metrics={}, evidence=evidence))
    assert names == ["a", "b", "2"] and counts.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert confusion.confused(names, counts) == [("a", "b", 1, 0.5), ("2", "a", 1, 1.0)]
    assert confusion.scores(names, counts)[0] == ("a", "50.00", "50.00", "50.00", "2")


def test_letters_that_no_font_has(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "letters", lambda: frozenset(range(128)))
    assert style.drawable(["a b", "狗", "x" * 40]) == ["a b", "#1", "x" * 21 + "…"]
    page = parse(report(image_run(tmp_path / "run", names=["猫", "狗"], num_classes=2)))
    assert "no installed font can draw: #0 猫, #1 狗." in page.text


@pytest.mark.parametrize("shape", [(3, 3, 1, 4), (5, 5, 3, 70), (3, 3, 8, 2)])
def test_filters(tmp_path, shape):
    kernel = np.random.default_rng(0).normal(size=shape)
    saved_model(tmp_path, kernel)
    np.testing.assert_allclose(filters.first_kernel(tmp_path / "model.keras"), kernel, rtol=1e-6)
    put(tmp_path, metrics={})
    (picture,) = filters.pictures(read_run(tmp_path))
    assert style.png(picture.draw, style.LIGHT).startswith(b"\x89PNG")


def test_filters_of_a_model_that_keras_saved(tmp_path):
    keras = pytest.importorskip("keras")
    image = keras.Input((8, 8, 1), name="image")
    stem = keras.layers.Dense(2, name="stem_dense")(image)
    conv = keras.layers.Conv2D(4, 3, name="conv_a")
    keras.Model(image, keras.layers.Conv2D(2, 3)(conv(stem))).save(tmp_path / "model.keras")
    np.testing.assert_array_equal(filters.first_kernel(tmp_path / "model.keras"), conv.kernel.numpy())


def test_report_twice_is_the_same(tmp_path):
    run = vector_run(tmp_path / "run")
    assert report(run).read_bytes() == report(run).read_bytes()
    assert not list(run.rglob("*.part"))


def test_unwritable_folder(tmp_path):
    run = vector_run(tmp_path / "run")
    (run / "pictures").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="cannot write the report"):
        report(run)


def test_pictures_leave_matplotlib_as_it_was(tmp_path):
    matplotlib = pytest.importorskip("matplotlib")
    before = dict(matplotlib.rcParams)
    report(vector_run(tmp_path / "run"))
    assert dict(matplotlib.rcParams) == before


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


def test_boxes_without_names_of_their_own():
    run = Run(folder=None, metrics={"architecture": "vgg"})
    said = [
        line.name_of(run, {"name": name, "role": role})
        for name, role in (("body", "body"), ("head", "head"), ("encode image", "encode"))
    ]
    assert said == ["vgg", "head", "encode image"]
    run.line = [{"name": "body", "role": "body", "made": "learned", "what": NASTY}]
    assert "&lt;script&gt;" in line.section(run, {})


def test_mistakes_as_text(tmp_path, quick):
    run = vector_run(tmp_path / "run")
    arrays = dict(np.load(run / "evidence.npz"))
    index = np.nonzero(arrays["truth"] != arrays["predicted"])[0][:1]
    np.savez(run / "evidence.npz", **arrays, index=index, texts=np.array([NASTY]))
    path = report(run)
    assert NASTY in parse(path).text and "<script" not in path.read_text(encoding="utf-8")


def test_numbers():
    said = [text.short(n) for n in (0, 12, 999, 1000, 61_706, 138_357_544, 1.5e9, 999_999)]
    assert said == ["0", "12", "999", "1 k", "61.7 k", "138 M", "1.5 G", "1 M"]
    said = [text.seconds(s) for s in (0.42, 3.14, 41.7, 100, 750, 7500, None)]
    assert said == ["0.42 s", "3.1 s", "42 s", "1 min 40 s", "12 min 30 s", "2 h 05 min", "–"]
    assert text.value("nats", 1.46971) == "1.470" and text.value("accuracy", None) == "–"
    assert text.pair(["image", "label"]) == text.pair("image→label") == text.pair("image:label")

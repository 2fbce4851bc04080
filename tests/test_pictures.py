"""The pictures of a report, one by one."""
import numpy as np
import pytest
from run_folders import NASTY, image_run, parse, put, saved_model, vector_run

from recipes.pictures import confusion, filters, line, markup, style, text, written
from recipes.report import Run, read_run, report


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


def test_pictures_leave_matplotlib_as_it_was(tmp_path):
    matplotlib = pytest.importorskip("matplotlib")
    before = dict(matplotlib.rcParams)
    report(vector_run(tmp_path / "run"))
    assert dict(matplotlib.rcParams) == before


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


def test_written_texts_and_attention_are_shown(quick):
    one = {"index": 0, "input": "I <see>", "written": "我看", "truth": "我看见", "right": False, "words": ["I", "see"],
           "pieces": ["我", "看"], "weights": [[0.9, 0.1], [0.2, 0.8]]}
    run = Run(None, {}, evidence={"written": [one, {**one, "weights": []}], "signatures": {"bleu": "tok:zh"}})
    (picture,) = written.pictures(run)
    assert picture.name == "attention_0" and "我看" in picture.alt
    axes = picture.draw(style.LIGHT).axes[0]
    assert axes.images[0].get_array().tolist() == one["weights"]
    shown = [label.get_text() for label in (*axes.get_xticklabels(), *axes.get_yticklabels())]
    assert shown == style.drawable(["I", "see", "我", "看"])  # numbered as the legend numbers them
    page = written.section(run, {"attention_0": "<figure>"})
    assert "I &lt;see&gt;" in page and "<figure>" in page and "tok:zh" in page and "BLEU" in page
    assert written.section(Run(None, {}), {}) == "" and not written.pictures(Run(None, {}))


def test_every_part_of_a_report_is_in_the_page():
    import importlib
    import pkgutil

    import recipes.pictures
    from recipes import page

    found = pkgutil.iter_modules(recipes.pictures.__path__)
    modules = [importlib.import_module(f"recipes.pictures.{m.name}") for m in found]
    assert {m.__name__ for m in modules if hasattr(m, "section")} == {m.__name__ for m in page.PARTS}

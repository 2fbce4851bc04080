"""Exports: each answers as the trained model does, in a process that knows nothing of this project too."""
import dataclasses
import importlib.util
import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from rich.console import Console
from typer.testing import CliRunner

import registry
from recipes import agreement, converting, litert_format, onnx_format, running, sources
from recipes import export as exporting
from recipes import folder as folders
from recipes.__main__ import app
from recipes.recipe import Recipe
from registry.errors import UserError

needs_extra = pytest.mark.skipif(any(importlib.util.find_spec(n) is None for n in (
    *exporting.PACKAGES["onnx"], *exporting.PACKAGES["litert"])), reason="needs pip install taskzoo[export]")
IMAGES = registry.Framing(registry.Image(8, 8, 1, rotate=5.0, shift=1), registry.Label(("no", "yes")))
WORDS = registry.WordSeq(min_count=1, embedding=4, char_filters=2, affix=0, gram=0)
TAGS = registry.Framing(WORDS, registry.Tags(("O", "B-x", "I-x"), scheme="bio"))


@dataclasses.dataclass
class Run:
    folder: object
    model: object
    recipe: Recipe
    data: object
    out: object


@pytest.fixture(scope="session")
def image_run(tmp_path_factory):
    """A finished run of its own on synthetic images."""
    out = tmp_path_factory.mktemp("runs")
    source = sources.source_of("digits", sample=True, limit=64)
    recipe = Recipe("digits", IMAGES, architecture="lenet", size="tiny", epochs=1, batch_size=32)
    data = sources.sample_data(IMAGES)
    folder, _ = running.run(recipe, data, source, Console(quiet=True), out)
    recipe, _ = folders.load_recipe(folder)
    return Run(folder, folders.load_model(folder), recipe, data, out)


@pytest.fixture(scope="session")
def tags_run(tmp_path_factory):
    """A model of sentences with a vocabulary, not trained but not at its beginning either."""
    return tagger(tmp_path_factory.mktemp("tags"), TAGS, "text_cnn")


def tagger(folder, framing, architecture, **options):
    data = sources.sample_data(framing)
    framing = framing.adapt(lambda: data.splits["train"].take(20).as_numpy_iterator())
    model = registry.build(framing.inputs, framing.outputs, architecture, "tiny", **options)
    rng = np.random.default_rng(0)
    for weights in model.trainable_variables:
        weights.assign(weights + 0.3 * rng.normal(size=weights.shape))
    return Run(folder, model, Recipe("tags", framing, architecture=architecture), data, folder)


def write(run, format, to, **options):
    return exporting.export(run.folder, run.model, run.recipe, run.data, format, to, **options)


def elsewhere(code, *arguments):
    """Run code in a process that cannot import this project and return what it prints, from JSON."""
    done = subprocess.run([sys.executable, "-c", code, *map(str, arguments)], cwd="/", capture_output=True, text=True,
                          env={"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


PREAMBLE = """
import json, sys
sys.modules.update(dict.fromkeys(("zoo", "registry", "recipes")))  # installed or not, an import of them fails
import numpy as np, tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
def plain(answer):
    return {k: np.char.decode(v.numpy().astype(bytes)).tolist() if v.dtype == tf.string else v.numpy().tolist()
            for k, v in answer.items()}
"""


def compare(given, expected):
    assert given.keys() == expected.keys()
    for key, value in expected.items():
        if value.dtype == tf.string:
            assert given[key] == np.char.decode(value.numpy().astype(bytes)).tolist()
        else:
            np.testing.assert_allclose(given[key], value, atol=1e-5)


def test_saved_model_of_images_answers_without_this_project(image_run, tmp_path):
    path = write(image_run, "saved_model", tmp_path / "serving")
    image = np.stack(agreement.raw_examples(image_run.data, 3))
    larger = image.repeat(2, 1).repeat(2, 2)
    for name, pixels in (("a", image), ("b", larger)):
        np.save(tmp_path / f"{name}.npy", pixels)
    given = elsewhere(PREAMBLE + "print(json.dumps([plain(model.serve(np.load(f))) for f in sys.argv[2:]]))",
                      path, tmp_path / "a.npy", tmp_path / "b.npy")
    serve = registry.serving(image_run.model, image_run.recipe.framing).serve
    for answer, pixels in zip(given, (image, larger)):
        compare(answer, serve(pixels))


def test_saved_model_of_sentences_answers_without_this_project(tags_run, tmp_path):
    path = write(tags_run, "saved_model", tmp_path / "serving")
    assert json.loads((path / "framing.json").read_text())["inputs"]["words"], "the vocabulary travels"
    values = agreement.raw_examples(tags_run.data, 5)
    batches = dict(agreement.calls(tags_run.recipe.framing, values))
    raw = {name: np.char.decode(batch.numpy().astype(bytes)).tolist() for name, batch in batches.items()}
    given, signed = elsewhere(PREAMBLE + """
served = {"serve": model.signatures["serving_default"], "serve_words": model.signatures["serve_words"]}
print(json.dumps([{k: plain(call[k](tf.constant(v))) for k, v in json.loads(sys.argv[2]).items()}
                  for call in ({k: getattr(model, k) for k in served}, served)]))""", path, json.dumps(raw))
    assert given == signed, "TensorFlow Serving answers alike"
    module = registry.serving(tags_run.model, tags_run.recipe.framing)
    assert sorted(given) == ["serve", "serve_words"]
    for name, batch in batches.items():
        compare(given[name], getattr(module, name)(batch))


@needs_extra
@pytest.mark.parametrize("format", ["onnx", "litert"])
def test_numbers_to_scores(format, image_run, tags_run, tmp_path):
    for run in (image_run, tags_run):
        path = write(run, format, tmp_path / f"{run.recipe.name}.model", length=6)
        assert path.stat().st_size > 1000
        beside = json.loads(exporting.beside(path).read_text())
        assert folders.registry_framing.from_config(beside) == run.recipe.framing


@needs_extra
def test_an_lstm_in_litert_with_a_fixed_length(tmp_path):
    run = tagger(tmp_path, TAGS, "bilstm")
    path = write(run, "litert", None, length=5)  # shorter than many of the sentences, longer than others
    assert path == tmp_path / "model.tflite"
    from ai_edge_litert.interpreter import Interpreter

    shapes = {d["name"]: d["shape"].tolist() for d in Interpreter(str(path)).get_input_details()}
    assert [1, 5] in shapes.values()


def test_a_difference_deletes_what_was_written(image_run, tmp_path, monkeypatch):
    def wrong(place, model, framing):
        model.set_weights([w + 0.1 for w in model.get_weights()])
        save(place, model, framing)

    save = exporting._save
    monkeypatch.setattr(exporting, "_save", wrong)
    with pytest.raises(UserError, match="answers otherwise than the trained model: .* expected"):
        write(image_run, "saved_model", tmp_path / "serving")
    assert not list(tmp_path.iterdir())


@needs_extra
@pytest.mark.parametrize("format", ["onnx", "litert"])
def test_different_scores_delete_the_file(format, image_run, tmp_path, monkeypatch):
    module = {"onnx": onnx_format, "litert": litert_format}[format]
    convert = module.convert

    def wrong(model, *arguments):
        model.set_weights([w * 1.01 for w in model.get_weights()])
        return convert(model, *arguments)

    monkeypatch.setattr(module, "convert", wrong)
    with pytest.raises(UserError, match=f"the {format} of .* scores: .* differ"):
        write(image_run, format, tmp_path / "model")
    assert not list(tmp_path.iterdir())


@needs_extra
def test_what_a_format_cannot_carry_names_one_that_can(image_run, tmp_path, monkeypatch):
    def fails(model, path, length):
        path.write_bytes(b"half")
        raise RuntimeError("No Op registered for StaticRegexReplace\nmore")

    monkeypatch.setattr(onnx_format, "convert", fails)
    with pytest.raises(UserError, match=r"onnx cannot carry .*StaticRegexReplace\): --format saved_model carries"):
        write(image_run, "onnx", tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_refusals(image_run, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    (tmp_path / "file").write_text("")
    for format, to, told in (("saved_model", "there", "exists already"), ("saved_model", "file/below", "cannot write"),
                             ("saved_mode", "x", "Did you mean 'saved_model'")):
        with pytest.raises(UserError, match=told):
            write(image_run, format, tmp_path / to)
    monkeypatch.setattr(exporting, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"needs tf2onnx, onnx, onnxruntime: `pip install taskzoo\[export\]`"):
        write(image_run, "onnx", tmp_path / "model.onnx")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "there"]


def test_mixed_precision_is_exported_in_float32(tmp_path):
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        run = tagger(tmp_path, TAGS, "bilstm")
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    copy = converting.portable(run.model)
    assert not converting.is_float32(run.model) and converting.is_float32(copy)
    for a, b in zip(run.model.get_weights(), copy.get_weights()):
        np.testing.assert_array_equal(a, b)
    assert all(layer.use_cudnn is False for layer in copy._flatten_layers() if hasattr(layer, "use_cudnn"))


def test_the_verb(image_run):
    serving = image_run.folder / "serving"
    if not serving.exists():
        exporting.write_saved_model(image_run.folder, image_run.model, image_run.recipe.framing)
    before = (serving / "saved_model.pb").stat().st_mtime_ns
    result = CliRunner().invoke(app, ["export", str(image_run.folder)])  # checks what the run has left
    assert result.exit_code == 0 and "answers raw synthetic examples" in result.output, result.output
    assert (serving / "saved_model.pb").stat().st_mtime_ns == before
    wrong = CliRunner().invoke(app, ["export", str(image_run.folder), "--format", "onx"])
    assert wrong.exit_code == 2 and "Did you mean 'onnx'?" in wrong.output


def test_a_serving_model_that_is_not_the_runs(image_run, tmp_path):
    other = converting.portable(image_run.model)
    other.set_weights([w + 0.1 for w in other.get_weights()])
    path = exporting.write_saved_model(tmp_path, other, image_run.recipe.framing)
    with pytest.raises(UserError, match="serving answers otherwise than the trained model"):
        exporting.export(tmp_path, image_run.model, image_run.recipe, image_run.data)
    assert (path / "saved_model.pb").exists()
    with pytest.raises(UserError, match="exists already"):
        exporting.write_saved_model(tmp_path, other, image_run.recipe.framing)


@needs_extra
def test_gelu_in_onnx(tmp_path):
    inputs = keras.Input((3,), name="vector")
    model = keras.Model({"vector": inputs}, keras.layers.Activation("gelu")(inputs))
    x = np.linspace(-2, 2, 6, dtype="float32").reshape(2, 3)
    given = onnx_format.convert(model, tmp_path / "model.onnx")({"vector": x})
    np.testing.assert_allclose(given, model({"vector": x}), atol=1e-6)


def test_the_difference_is_told():
    same = np.array([1.0, 2.0])
    assert agreement.difference(same, same + 1e-5, 1e-4) is None
    assert "1 of 2 differ, the first at (1,)" in agreement.difference(same, same + [0, 1e-3], 1e-4)
    assert "differ" in agreement.difference(same, same * np.nan, 1e-4)
    assert "differ" in agreement.difference(np.array([b"a"]), np.array([b"b"]), 1e-4)
    assert "shape" in agreement.difference(same, same[:1], 1e-4)
    assert agreement.difference(1000 * same, 1000 * same + 0.5, 1e-3, relative=True) is None


def test_a_copy_leaves_training_behind(image_run):
    class Own(keras.optimizers.Adam):
        pass

    model = converting.portable(image_run.model)
    model.compile(Own(), "mse")
    assert not converting.portable(model).compiled


@pytest.mark.parametrize("format", ["onnx", "litert"])
def test_what_is_written_piece_by_piece_goes_as_a_saved_model_only(format, tmp_path, monkeypatch):
    monkeypatch.setitem(exporting.PACKAGES, format, ())
    recipe = Recipe("translation", registry.Framing(WORDS, registry.Text()))
    with pytest.raises(UserError, match=f"{format} cannot carry .* piece by piece .*saved_model carries every model"):
        exporting.export(tmp_path, None, recipe, None, format)
    assert not list(tmp_path.iterdir())

"""Every file of the zoo: its contract, its sizes, its options, padding."""
import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

ROOT = Path(__file__).parent.parent

NAMES = sorted(path.stem for path in (ROOT / "zoo").glob("*.py") if path.stem != "__init__")

SWITCHES = {"ids": (None, 60), "ngrams": (None,), "contexts": (None, 7), "word": (), "items": (None,), "switches": (5,)}
KINDS = {"vector", "grid", "sequence", "frames", "channels", "fields", "any", *SWITCHES}


def given(kind):
    """A model's input, as a stem would give it, for an architecture that takes `kind`."""
    if kind in SWITCHES:
        inputs = keras.Input(SWITCHES[kind], dtype="int32")
        return inputs, inputs
    if kind in ("sequence", "frames"):
        inputs = keras.Input((None,), dtype="int32")
        return inputs, layers.Embedding(20, 6, mask_zero=True, name="stem_words")(inputs)
    inputs = keras.Input({"vector": (12,), "grid": (32, 32, 3), "any": (8, 8, 1), "channels": (2, 40),
                          "fields": (5, 9)}[kind])
    return inputs, inputs


def answer(module, features, arguments):
    taken = inspect.signature(module.body).parameters  # a decoder takes the others
    arguments = {"num_answers": 3, "num_switches": 60, **arguments}
    y = module.body(features, **{key: value for key, value in arguments.items() if key in taken})
    if module.POOL == "scores":
        return layers.Activation("linear", name="head_scores")(y)
    pool = {4: layers.GlobalAveragePooling2D, 3: layers.GlobalAveragePooling1D}.get(len(y.shape))
    return layers.Dense(3, name="head_scores")(pool(name="head_pool")(y) if pool else y)


class Seen(layers.Layer):
    """Hand on the mask that arrives."""

    supports_masking = True

    def call(self, x, mask=None):
        assert mask is not None
        return ops.cast(mask, "float32")

    def compute_output_shape(self, shape):
        return shape[:2]


@pytest.mark.parametrize("name", NAMES)
def test_contract(name):
    module = importlib.import_module(f"zoo.{name}")
    assert module.TAKES in KINDS and module.GIVES in KINDS - set(SWITCHES)
    assert module.POOL in ("average", "max", "attention", "last", "flatten", "channels", "scores")
    assert module.HANDMADE in (True, False)
    assert module.FITS.endswith(".") and module.AVOID.endswith(".")
    assert "tiny" in module.SIZES and "base" in module.SIZES
    assert "https://" in module.__doc__
    assert "Args:" in module.body.__doc__ and "Returns:" in module.body.__doc__
    parameters = inspect.signature(module.body).parameters.values()
    assert [p.name for p in parameters if p.kind != p.KEYWORD_ONLY] == ["x"]
    assert len(parameters) <= 1 + 7


@pytest.mark.parametrize("name", NAMES)
def test_tiny_and_space_build(name):
    kt = pytest.importorskip("keras_tuner")
    module = importlib.import_module(f"zoo.{name}")
    inputs, features = given(module.TAKES)
    y = answer(module, features, module.SIZES["tiny"])
    model = keras.Model(inputs, y)
    shape = [3 if n is None else n for n in inputs.shape]
    scores = model(np.ones(shape, inputs.dtype)).shape
    expected = {"arcs": (3, 3, 3, 4), "ngram": (3, 3, 3)}  # of trees words, answers and heads; of texts each place
    of_events = module.POOL == "scores" and getattr(module, "FORMS", ()) == ("event",)
    assert scores == expected.get(name, (3, 1) if of_events else (3, 3))
    for layer in model.layers:
        assert layer.name in ("head_scores", "head_pool", "stem_words") or not layer.name.startswith(("head_", "stem_"))
    with keras.StatelessScope(initialize_variables=False):
        inputs, features = given(module.TAKES)
        answer(module, features, {**module.SIZES["base"], **module.space(kt.HyperParameters())})


@pytest.mark.parametrize("name", ["perceptron", "mlp", "lenet", "alexnet", "vgg", "resnet"])
@pytest.mark.parametrize("image", [(8, 8, 1), (28, 28, 1), (32, 32, 3)], ids=str)
def test_images_of_all_sizes(name, image):
    module = importlib.import_module(f"zoo.{name}")
    for size in ("tiny", "base"):
        with keras.StatelessScope(initialize_variables=False):
            answer(module, keras.Input(image), module.SIZES[size])


def test_options_are_checked():
    from zoo import keras_applications, mlp, transformer, vgg

    grid = keras.Input((16, 16, 1))
    with pytest.raises(ValueError, match="layout holds 'P'"):
        vgg.body(grid, layout=(8, "P"))
    with pytest.raises(ValueError, match="a fixed size"):
        mlp.body(keras.Input((None, 3)), units=2, depth=1)
    with pytest.raises(ValueError, match="num_heads divides"):
        transformer.body(keras.Input((None, 3)), units=6, num_heads=4, depth=1)
    with pytest.raises(ValueError, match="from 32x32 pixels up, received 16x16"):
        keras_applications.body(grid, name="ResNet50")
    with pytest.raises(ValueError, match="Did you mean 'ResNet50'"):
        keras_applications.body(grid, name="ResNet5")


def test_applications_are_listed_without_keras():
    from zoo import keras_applications

    assert keras_applications.names() == sorted(n for n in dir(keras.applications) if n[0].isupper())
    assert keras_applications.named("MobileNet").body.keywords == {"name": "MobileNet"}
    code = "import sys; from zoo.keras_applications import names; assert names() and 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_no_file_needs_tensorflow():
    for path in (ROOT / "zoo").rglob("*.py"):
        top = [node for node in ast.parse(path.read_text()).body if isinstance(node, (ast.Import, ast.ImportFrom))]
        assert not any("tensorflow" in ast.unparse(node) for node in top), path


SEQUENCES = [
    ("bilstm", {}), ("text_cnn", {}), ("text_cnn", {"depth": 2}), ("transformer", {}),
    ("transformer", {"positions": "learned"}), ("window", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "options"), SEQUENCES, ids=str)
def test_padding_changes_nothing(name, options):
    module = importlib.import_module(f"zoo.{name}")
    inputs, features = given(module.TAKES)
    y = module.body(features, **{**module.SIZES["tiny"], **options})
    model = keras.Model(inputs, [y, Seen()(y)])
    for weight in model.weights:  # what begins at 0 would hide a difference
        weight.assign(np.random.default_rng(len(weight.path)).normal(0, 0.5, weight.shape))
    ids = np.random.default_rng(0).integers(1, 20, (2, 6, *inputs.shape[2:]))
    padded = np.concatenate([ids, np.zeros_like(ids)], axis=1)
    short, _ = model(ids)
    long, mask = model(padded)
    np.testing.assert_allclose(long[:, :6], short, atol=1e-5)
    np.testing.assert_array_equal(mask, np.repeat([[1] * 6 + [0] * 6], 2, axis=0))
    other = padded.copy()
    other[:, 5] = 1 + other[:, 5] % 19
    assert not np.allclose(model(other)[0][:, 5], short[:, 5], atol=1e-3)


def test_transformer_takes_any_length():
    from zoo import transformer

    for positions in ("sinusoidal", "learned"):
        inputs = keras.Input((None, 4))
        model = keras.Model(inputs, transformer.body(inputs, **transformer.SIZES["tiny"], positions=positions))
        assert np.isfinite(model(np.ones((1, 600, 4)))).all()

"""The contract of every row of the table: a new architecture is tested by being registered."""
import dataclasses
import inspect
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import registry
from recipes.prediction import together
from registry import building, table
from registry.framing import Framing, domain
from registry.predicting import answerer

ROWS = [(*pair, name) for pair, names in table.TABLE.items() for name in names if not name.endswith("*")]
QUICK = {registry.Text: {"max_pieces": 12, "beams": 2}, registry.Following: {"length": 8, "context": 16}}


def quick(framing):
    """The framing with short answers: each piece is a step."""
    outputs = dataclasses.replace(framing.outputs, **QUICK.get(type(framing.outputs), {}))
    return dataclasses.replace(framing, outputs=outputs)


FRAMINGS = {row: quick(building.framing_for(row[:2], row[2])) for row in ROWS}
SMALL = {"image": registry.Image(16, 16, 1), "vector": registry.Vector(6), "word_seq": registry.WordSeq(
    num_buckets=500, embedding=8, char_filters=4, affix=2, gram=4), "word": registry.Word(num_buckets=100, embedding=8),
    "click_log": registry.ClickLog(num_buckets=100, embedding=8),
    "audio": registry.Audio(rate=2000, num_mels=16, window_ms=32, seconds=0.3),
    "series": registry.Series(past=24, num_channels=2), "items": registry.ClickItems(embedding=8)}

CRF = Framing(SMALL["word_seq"], registry.Tags(("O", "B-x", "I-x"), scheme="bio", crf=True))


def kind_of(row):
    """The form of the row's input domain where it has one that is small in its own way, or its name."""
    form = getattr(FRAMINGS[row].inputs, "form", None)
    return form if form in SMALL else row[0]


READS = {"word_seq": "words", "audio": "frames", "items": "items"}  # sequences, and the numbers that end them
SEQUENCES = [row for row in ROWS if kind_of(row) in READS]


def framing_of(row):
    """The row's framing, small enough to be quick."""
    return Framing(SMALL[kind_of(row)], FRAMINGS[row].outputs)


def built(row, **options):
    framing = framing_of(row)
    keras.utils.set_random_seed(1)
    return framing, registry.build(framing.inputs, framing.outputs, row[2], size="tiny", **options)


def fitted(framing, model, batch, steps=40, learning_rate=0.02):
    model.compile(keras.optimizers.Adam(learning_rate), framing.outputs.loss())
    losses = [float(model.train_on_batch(*batch)) for _ in range(steps)]
    return losses


def settle(model, numbers):
    """Let batch norm's moving averages catch up with weights that have moved far in few steps."""
    if any(type(layer).__name__ == "BatchNorm" for layer in model.layers):
        step = tf.function(lambda: model(numbers, training=True))
        for _ in range(150):
            step()


@pytest.mark.parametrize("pair", table.TABLE, ids="-".join)
def test_builds_and_fits_with_no_argument(pair, sample):
    model = registry.build(*pair, size="tiny")
    framing = building.framing_for(pair)
    numbers, targets = sample(framing, 8)
    model.compile("sgd", framing.outputs.loss())
    assert np.isfinite(model.fit(numbers, targets, verbose=0).history["loss"][0])


@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_every_option_can_be_set_by_its_name(row):
    from recipes.recipe import Recipe

    framing = framing_of(row)
    taken = {f.name for part in (Recipe, framing.inputs, framing.outputs) for f in dataclasses.fields(part)}
    assert not taken & set(building.options_of(table.module(row[2])))


@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_learns_one_batch(row, sample):
    framing, model = built(row)
    numbers, targets = sample(framing)
    before = float(np.mean(framing.outputs.loss()(targets, model(numbers))))
    getattr(table.module(row[2]), "prepare", lambda *_: None)(model, [(numbers, targets)])
    fitted(framing, model, (numbers, targets))
    settle(model, numbers)
    after = float(np.mean(framing.outputs.loss()(targets, model(numbers))))
    counted = ("ngram", "cooccurrence", "item_knn")  # what was counted once is not believed in full
    enough = 0.7 if row[2] in counted else 0.5
    assert after < enough * before, f"loss {before:.3f} → {after:.3f} after 40 steps on one batch"


@pytest.mark.parametrize("row", SEQUENCES, ids="-".join)
def test_ignores_padding(row, sample):
    framing, model = built(row)
    numbers, _ = sample(framing)
    longer = {k: np.pad(v, [(0, 0), (0, 5)] + [(0, 0)] * (v.ndim - 2)) for k, v in numbers.items()}
    real = numbers[READS[kind_of(row)]] > 0
    short, padded = np.asarray(model(numbers)), np.asarray(model(longer))
    if isinstance(framing.outputs, registry.Transcript):
        frames = short.shape[1]
        assert (padded[:, frames:].argmax(-1) == 0).all()  # blank, for certain
        padded = padded[:, :frames]
    elif framing.outputs.ragged and row[1] != "text":
        short, padded = short[real], padded[:, : real.shape[1]][real]
        padded = padded[..., : short.shape[-1]]  # of trees: the heads that are there
    elif row[1] == "text":
        real = numbers["previous"] > 0
        short, padded = short[real], padded[:, : real.shape[1]][real]
    np.testing.assert_allclose(short, padded, rtol=1e-4, atol=1e-5)


def test_crf_ignores_padding(sample):
    keras.utils.set_random_seed(1)
    model = registry.build(SMALL["word_seq"], CRF.outputs, size="tiny")
    numbers, targets = sample(CRF)
    longer = {k: np.pad(v, [(0, 0), (0, 5)] + [(0, 0)] * (v.ndim - 2)) for k, v in numbers.items()}
    loss = CRF.outputs.loss()
    longer_targets = np.pad(targets, [(0, 0), (0, 5)], constant_values=-1)
    np.testing.assert_allclose(loss(targets, model(numbers)), loss(longer_targets, model(longer)), rtol=1e-4)


@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_saves_and_reloads_equal(row, sample, tmp_path):
    framing, model = built(row)
    numbers, _ = sample(framing)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_array_equal(np.asarray(model(numbers)), np.asarray(again(numbers)))


@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_mixed_precision_gives_finite_float32_scores(row, sample):
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        framing, model = built(row)
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    scores = model(sample(framing)[0])
    assert scores.dtype == "float32" and np.isfinite(scores).all()


def numbers_of(outputs):
    """The keys of answers that are numbers alone."""
    if isinstance(outputs, registry.Event):
        return ("probability",)
    if outputs.name == "vector":
        return ("numbers", "low", "high")
    return ("probabilities",) if hasattr(outputs, "continued") else ()


@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_serving_equals_model(row):
    framing, model = built(row)
    raws = [x for x, _ in framing.sample(np.random.default_rng(0), 5)]
    if row[0] == "word_seq":
        width = max(map(len, raws))
        served = registry.serving(model, framing).serve_words(
            tf.constant([[*x, *[b""] * (width - len(x))] for x in raws]))
    else:
        served = registry.serving(model, framing).serve(tf.constant(together(raws)))
    for i, x in enumerate(raws):
        alone = answerer(model, framing)(tf.constant(x)[None])
        if numbers_of(framing.outputs):
            for key in numbers_of(framing.outputs):
                np.testing.assert_allclose(served[key][i], alone[key][0], rtol=1e-3, atol=1e-5)
        elif isinstance(framing.outputs, registry.Neighbours):
            assert list(served["names"][i].numpy()) == list(alone["names"][0].numpy())
            assert list(served["typical"][i].numpy()) == list(alone["typical"][0].numpy())
        elif row[1] == "distribution":
            assert list(served["names"][i].numpy()) == list(alone["names"][0].numpy())
        elif row[1] == "tree":
            assert list(served["heads"][i].numpy()) == [*alone["heads"][0].numpy(), *[-1] * (width - len(x))]
            assert list(served["relations"][i].numpy()[: len(x)]) == list(alone["relations"][0].numpy())
        elif row[1] == "tags":
            n = framing.inputs.length(x)
            assert list(served["tags"][i].numpy()[:n]) == list(alone["tags"][0].numpy())
            assert set(served["tags"][i].numpy()[n:]) <= {b""}
        elif row[1] == "text":
            assert served["text"][i] == alone["text"][0]
            sure = "scores" if "scores" in alone else "probability"
            np.testing.assert_allclose(served[sure][i], alone[sure][0], rtol=1e-3, atol=1e-4)
        else:
            name = {"action": "action"}.get(row[1], "label")
            assert served[name][i] == alone[name][0]
            np.testing.assert_allclose(served["probabilities"][i], alone["probabilities"][0], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", sorted({row[2] for row in ROWS}))
def test_space_gives_options_that_build(name):
    import keras_tuner

    module = table.module(name)
    hp = keras_tuner.HyperParameters()
    options = module.space(hp)
    assert set(options) <= set(building.options_of(module))
    row = next(r for r in ROWS if r[2] == name)
    framing = FRAMINGS[row]
    registry.build(framing.inputs, framing.outputs, name, **options)


@pytest.mark.parametrize("name", sorted({row[2] for row in ROWS}))
def test_every_size_has_only_options_of_the_body(name):
    module = table.module(name)
    assert {"tiny", "base"} <= set(module.SIZES)
    for size, settings in module.SIZES.items():
        assert set(settings) <= set(building.options_of(module)), size
    assert len(building.options_of(module)) <= 7
    assert inspect.getdoc(module.body)


@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_explains_every_box(row):
    framing, model = built(row)
    told = registry.explain(model, framing)
    assert [b["role"] for b in told["boxes"]] == ["encode", "stem", "body", "head", "decode"]
    assert told["parameters"] == model.count_params()
    learned = -3 if table.module(row[2]).POOL == "scores" else -2  # the body, where it gives the scores itself
    assert told["boxes"][learned]["made"] == "learned" and told["boxes"][0]["made"] == "by hand"
    assert told["flops"] > 0 and told["paper"].startswith("http")


def test_explains_by_name_as_by_model():
    told = registry.explain("vgg")
    assert told["architecture"] == "vgg" and told["pair"] == ("image", "label")
    model = registry.build("image", "label", "vgg")
    assert registry.explain(model, Framing(registry.Image(), registry.Label()))["flops"] == told["flops"]


def test_flops_of_known_layers():
    from registry import cost

    x = keras.Input((None, 6))
    model = keras.Model(x, keras.layers.Dense(3)(keras.layers.LSTM(5, return_sequences=True)(x)))
    assert cost.flops(model, length=10) == 10 * (2 * 4 * 5 * (6 + 5) + 2 * 5 * 3)
    x = keras.Input((8, 8, 3))
    assert cost.flops(keras.Model(x, keras.layers.Conv2D(4, 3, padding="same")(x))) == 2 * 64 * 27 * 4


def test_architectures_answer_wildcards_and_budgets():
    assert registry.architectures("image", "label")[0] == "vgg"
    assert registry.architectures("word_*", "tags", "bi*") == ["bilstm"]
    small = registry.architectures("vector", "label", max_parameters=1000)
    assert small == ["perceptron", "linear"]


@pytest.mark.parametrize("name", ["MobileNetV2", "EfficientNetV2B0"])
def test_keras_applications_by_name(name):
    model = registry.build(registry.Image(32, 32, 1), "label", f"keras/{name}")
    assert model.output.shape == (None, 10)


def test_unknown_keras_application_is_told():
    with pytest.raises(registry.UserError, match="MobileNetV2"):
        registry.build("image", "label", "keras/MobileNetV9")


class Doubled:
    """Twice the features (https://example.org)."""

    TAKES, GIVES, POOL = "vector", "vector", "average"
    FITS = AVOID = "a test"
    SIZES = {"tiny": {}, "base": {}}

    @staticmethod
    def body(x):
        return keras.layers.Add()([x, x])

    @staticmethod
    def space(hp):
        return {}


@pytest.fixture
def registered():
    registry.register("vector", "label", Doubled, name="doubled")
    yield
    table._REGISTERED.clear()


def test_registered_architecture_is_built_and_named_once(registered):
    assert "doubled" in registry.architectures("vector", "label")
    assert registry.build("vector", "label", "doubled").count_params() == 170
    with pytest.raises(registry.UserError, match="registered already"):
        registry.register("vector", "label", Doubled, name="doubled")
    with pytest.raises(registry.UserError, match="registered already"):
        registry.register("vector", "label", Doubled, name="mlp")


def test_entry_points_are_loaded(monkeypatch):
    from importlib import metadata

    point = type("Point", (), {"name": "doubled", "load": lambda self: type("Packed", (Doubled,), {
        "PAIRS": [("vector", "label")]})})()
    monkeypatch.setattr(metadata, "entry_points", lambda group: [point] if group == "taskzoo.architectures" else [])
    monkeypatch.setattr(table, "_loaded_entry_points", False)
    monkeypatch.setattr(table, "_REGISTERED", {})
    assert "doubled" in registry.architectures("vector", "label")


BAD = [
    (lambda: registry.build("imag", "label"), "unknown input domain 'imag'.*image.*audio.*mean 'image'"),
    (lambda: registry.build("image", "lable"), "unknown output domain 'lable'.*mean 'label'"),
    (lambda: registry.build(3, "label"), "unknown input domain 3"),
    (lambda: registry.build("image", "tags"), "no architecture maps image → tags: the pairs are"),
    (lambda: registry.build("image", "label", "vg"), "unknown architecture 'vg'.*mean 'vgg'"),
    (lambda: registry.build("image", "label", "bilstm"), "'bilstm' does not map image → label: choose one of vgg"),
    (lambda: registry.build("image", "label", "vgg", size="huge"), "unknown size of 'vgg' 'huge': choose one of tiny"),
    (lambda: registry.build("image", "label", "vgg", widht=3), "unknown option of 'vgg' 'widht'"),
    (lambda: registry.build("image", "label", "vgg", layout=("X",)), "'vgg' of size 'base'.*cannot be built.*'X'"),
    (lambda: registry.explain("vg"), "unknown architecture 'vg'"),
    (lambda: registry.architectures("imag*", "tree"), "no architecture maps"),
    (lambda: registry.register("image", "label", object, name="nothing"), "lacks TAKES, GIVES"),
    (lambda: registry.register("image", "lable", Doubled, name="doubled"), "unknown output domain 'lable'"),
]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_mistakes_are_told_with_choices(number):
    call, message = BAD[number]
    with pytest.raises(registry.UserError, match=message):
        call()


def test_body_that_does_not_take_the_stem_says_which_do(monkeypatch):
    monkeypatch.setattr(table, "_REGISTERED", {("image", "label"): {"doubled": Doubled}})
    with pytest.raises(registry.UserError, match="takes vector features and 'image' gives grid.*vgg"):
        registry.build("image", "label", "doubled")


@pytest.mark.parametrize("pair", [("image", "label"), ("word_seq", "tags"), ("word_seq", "tree"),
                                  ("word_seq", "text")], ids="-".join)
def test_serving_is_written_by_tensorflow_alone(pair, tmp_path):
    inputs = registry.Image(8, 8, 1, flip=True, rotate=5.0) if pair[0] == "image" else SMALL["word_seq"]
    framing = quick(Framing(inputs, domain("output", pair[1])))
    model = registry.build(framing.inputs, framing.outputs, size="tiny")
    serving = registry.serving(model, framing)
    tf.saved_model.save(serving, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    raw = tf.constant(["How are you?", "Well."]) if pair[0] == "word_seq" else tf.zeros((2, 9, 7, 1), tf.uint8)
    for key, value in serving.serve(raw).items():
        expected = value.numpy()
        assert (loaded.serve(raw)[key].numpy() == expected).all() if expected.dtype == object else \
            np.allclose(loaded.serve(raw)[key], expected, atol=1e-5)


def test_readme_shows_the_table():
    text = (Path(__file__).parents[1] / "README.md").read_text()
    shown = {tuple(row[:2]): tuple(row[2].replace("**", "").split()) for row in
             re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+) \|$", text, re.MULTILINE)}
    assert shown == table.TABLE

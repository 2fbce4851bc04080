"""Deep belief networks: contrastive divergence, what prepares them, few labels, and the study of them."""
import json

import keras
import numpy as np
import pytest

import registry
from recipes import catalogue, pipeline, recipe, running, sources
from recipes.datasets.source import labelled
from recipes.recipe import Recipe
from recipes.studies import handwriting_2006 as study
from registry import Framing, Image, Label, Vector
from zoo import dbn
from zoo.layers import rbm


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def machine(visible=6, **settings):
    keras.utils.set_random_seed(0)
    layer = rbm.RBM(**{"units": 4, **settings})
    layer.build((None, visible))
    return layer


def test_gradient_is_that_of_contrastive_divergence():
    import tensorflow as tf

    layer = machine()
    layer.bias.assign(np.linspace(-1, 1, 4))
    visible = np.random.default_rng(0).random((5, 6)).astype("float32")
    contrast = rbm.Contrast(layer)
    with tf.GradientTape() as tape:
        made = contrast(visible)
        loss = contrast.losses[0]
    gradients = tape.gradient(loss, [layer.kernel.value, layer.bias.value, layer.visible_bias.value])
    made, kernel, bias = np.asarray(made), np.asarray(layer.kernel), np.asarray(layer.bias)
    seen, dreamt = sigmoid(visible @ kernel + bias), sigmoid(made @ kernel + bias)
    by_hand = [-(visible.T @ seen - made.T @ dreamt) / 5 + rbm.DECAY * kernel, -(seen - dreamt).mean(0),
               -(visible - made).mean(0)]
    for found, wanted in zip(gradients, by_hand):
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_machine_learns_what_goes_together():
    patterns = np.float32([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])
    layer = machine(passes=20)
    layer.fill(np.repeat(patterns, 800, axis=0))
    halves = np.float32([[1, 1, 0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5, 1, 1]])
    hidden = np.asarray(layer(halves))
    completed = sigmoid(hidden @ np.asarray(layer.kernel).T + np.asarray(layer.visible_bias))
    assert abs(completed - patterns).max() < 0.25
    assert [weight.name for weight in layer.trainable_weights] == ["kernel", "bias"]  # those that labels change


def prepared(framing, numbers, **options):
    keras.utils.set_random_seed(0)
    model = registry.build(framing.inputs, framing.outputs, "dbn", "tiny", **options)
    before = model.get_layer("rbm_0").get_weights()
    dbn.prepare(model, [(numbers, None)])
    return model, before


@pytest.mark.parametrize("framing", [Framing(Image(8, 8, 3), Label()), Framing(Vector(6), Label())],
                         ids=["image", "vector"])
def test_features_fill_the_range_from_0_to_1_and_0_passes_keep_random_weights(framing, sample):
    numbers, _ = sample(framing, 32)
    model, before = prepared(framing, numbers, passes=0)
    ranged = np.asarray(keras.Model(model.inputs, model.get_layer("range").output)(numbers))
    assert abs(ranged.min()) < 1e-5 and abs(ranged.max() - 1) < 1e-5
    for old, new in zip(before, model.get_layer("rbm_0").get_weights()):
        np.testing.assert_array_equal(old, new)
    learned, before = prepared(framing, numbers)
    assert abs(learned.get_layer("rbm_0").get_weights()[0] - before[0]).max() > 1e-3


def test_a_feature_that_never_changes_does_no_harm_where_it_does():
    from zoo.layers.statistics import UnitRange

    layer = UnitRange()
    layer.build((None, 2))
    layer.fill(np.float32([[1, 7], [3, 7]]))
    np.testing.assert_allclose(layer(np.float32([[2, 7], [3, 8]])), [[0.5, 0], [1, 1]])


def test_no_step_of_sampling_is_told():
    with pytest.raises(registry.UserError, match="one step of Gibbs sampling or more, received gibbs=0"):
        registry.build("image", "label", "dbn", gibbs=0)


def test_each_layer_learns_from_what_the_layer_below_has_learned(monkeypatch, sample):
    given, learn = [], rbm.RBM.fill
    monkeypatch.setattr(rbm.RBM, "fill", lambda self, examples: given.append(examples) or learn(self, examples))
    numbers, _ = sample(VECTOR.framing, 32)
    model, _ = prepared(VECTOR.framing, numbers, widths=(5, 4), passes=1)
    first = keras.Model(model.inputs, model.get_layer("rbm_0").output).predict_on_batch(numbers)
    assert [examples.shape for examples in given] == [(32, 6), (32, 5)]
    np.testing.assert_allclose(given[1], first, atol=1e-6)


@pytest.mark.parametrize(("name", "layer"), [("dbn", "rbm_0"), ("mlp", "dense_0")])
def test_what_the_first_layer_looks_for_is_drawn_as_images(name, layer, tmp_path):
    from recipes.pictures import filters

    model = registry.build(Image(5, 4, 3), Label(), name, "tiny")
    model.save(tmp_path / "model.keras")
    kernel = np.asarray(model.get_layer(layer).kernel)
    np.testing.assert_array_equal(filters.first_kernel(tmp_path / "model.keras"), kernel.reshape(5, 4, 3, -1))


VECTOR = Recipe("few", Framing(Vector(6), Label(tuple("abc"))), architecture="dbn", size="tiny", epochs=1)


def few(count=20):
    data = sources.sample_data(VECTOR.framing)
    return labelled(data, count)


@pytest.fixture(scope="module")
def parts():
    return {name: pipeline.encode(VECTOR.framing, raw) for name, raw in few().splits.items()}


def test_labels_of_the_others_are_hidden(parts):
    targets = np.concatenate([np.asarray(targets) for _, targets in pipeline.looked_at(parts)])
    assert parts["train"].count == 20 and len(targets) == sources.SAMPLE["train"]
    assert (targets[:20] >= 0).all() and (targets[20:] == -1).all()


def test_a_run_prepares_from_all_once_and_counts_the_time(parts, tmp_path, monkeypatch):
    import time

    from rich.console import Console

    seen = []

    def prepare(model, batches):
        seen.append(sum(len(targets) for _, targets in batches))
        time.sleep(0.5)

    monkeypatch.setattr(dbn, "prepare", prepare)
    _, told = running._trained(VECTOR, parts, tmp_path, Console(quiet=True), resume=False)
    assert seen == [sources.SAMPLE["train"]] and told["seconds"] > 0.5
    (tmp_path / "training.json").unlink()
    running._trained(VECTOR, parts, tmp_path, Console(quiet=True), resume=True)
    assert len(seen) == 1  # its weights are in the checkpoint


@pytest.fixture
def six_runs(tmp_path):
    """Finished runs of the study's six cases, as far as it reads them."""
    for i, (_, case) in enumerate(study.cases().values()):
        folder = tmp_path / case.name / f"{i}"
        folder.mkdir(parents=True)
        source = sources.source_of("handwriting_2006")
        written = {"config": {**recipe.to_config(case), "source": source},
                   "profile": {"train": {"examples": 100 * 10**(i // 2)}},
                   "metrics": {"test": {"accuracy": {"value": 0.9 + i / 100, "low": 0.89 + i / 100,
                                                     "high": 0.91 + i / 100}}}}
        for name, value in written.items():
            (folder / f"{name}.json").write_text(json.dumps(value))
    return tmp_path


def test_study_writes_what_the_runs_found(six_runs):
    (six_runs / "docs").mkdir()
    page = six_runs / "docs" / "results.md"
    page.write_text("# Results\n<!-- study handwriting_2006 -->\nold\n<!-- /study handwriting_2006 -->\nend\n")
    study.study(out=six_runs, docs=six_runs / "docs")
    text = page.read_text()
    assert "old" not in text and text.endswith("<!-- /study handwriting_2006 -->\nend\n")
    assert "| 100 | 10.00 % (9.00 to 11.00) | 9.00 % (8.00 to 10.00) | - |" in text
    assert "| 10,000 | 6.00 % (5.00 to 7.00) | 5.00 % (4.00 to 6.00) | 1.6 % and 1.2 % |" in text
    assert (six_runs / "docs" / "pictures" / "handwriting_2006.png").read_bytes()[:4] == b"\x89PNG"


def test_study_does_not_take_a_run_of_other_settings(six_runs):
    case = catalogue.module("handwriting_2006").recipe()
    assert study.done(case, six_runs) is not None
    assert study.done(recipe.override(case, ["epochs=1"]), six_runs) is None

"""Ensembles: the mean of their members' scores, one text written together, trained, resumed and saved as one model."""
import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from rich.console import Console

import registry
from recipes import folder as folders
from recipes import limits, running, sources
from recipes.recipe import Recipe
from recipes.stopping import Interrupted
from registry import Framing, Label, Numbers, Tags, Text, Tree, UserError, Vector, Word, WordSeq
from registry.ensembles import ensemble
from registry.outputs import Neighbours
from registry.predicting import answerer
from zoo.layers import beam_search
from zoo.layers.attention_decoder import AttentionDecoder
from zoo.layers.ensemble_decoder import EnsembleDecoder

WORDS = WordSeq(num_buckets=50, embedding=8, char_filters=0, affix=0, gram=0)
VECTOR = Framing(Vector(6), Label(("a", "b", "c")))
FRAMINGS = {"label": VECTOR, "vector": Framing(Vector(6), Numbers(("u", "v"))), "tags": Framing(WORDS, Tags(crf=True)),
            "tree": Framing(WORDS, Tree())}
TEXT = Framing(WORDS, Text(max_pieces=6, beams=3))


def members_of(framing, n=2):
    return [registry.build(framing.inputs, framing.outputs, size="tiny") for _ in range(n)]


@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS)
def test_scores_are_the_mean_of_the_members(framing, sample, tmp_path):
    numbers, _ = sample(framing)
    models = members_of(framing)
    joint = ensemble(models, framing)
    single = [np.asarray(model(numbers)) for model in models]
    assert not np.allclose(*single, atol=1e-3)
    np.testing.assert_allclose(joint(numbers), sum(single) / 2, atol=1e-4)
    joint.save(tmp_path / "joint.keras")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "joint.keras")(numbers), joint(numbers), atol=1e-5)


def test_decoders_write_a_text_together(sample, tmp_path):
    numbers, _ = sample(TEXT, 4)
    models = members_of(TEXT)
    joint = ensemble(models, TEXT)
    np.testing.assert_allclose(joint(numbers), sum(np.asarray(m(numbers)) for m in models) / 2, atol=1e-4)
    raws = tf.constant([[b"one", b"two", b"three"], [b"four", b"five", b""]])
    said = answerer(joint, TEXT)(raws)
    joint.save(tmp_path / "joint.keras")
    again = answerer(keras.models.load_model(tmp_path / "joint.keras"), TEXT)(raws)
    assert said["text"].numpy().tolist() == again["text"].numpy().tolist()


def test_what_is_written_with_caches_is_what_the_joint_decoder_scores():
    """Greedy writing equals taking the best piece of the whole text's scores, again and again."""
    joint = EnsembleDecoder([AttentionDecoder(9, 6, depth=2) for _ in range(2)])
    memory, real = tf.random.stateless_normal((2, 4, 10), (1, 2)), tf.constant([[1.0, 1, 1, 1], [1, 1, 0, 0]])
    joint([memory, real, tf.constant([[1], [1]])])
    for weight in joint.weights:
        weight.assign(weight + keras.random.normal(weight.shape, stddev=0.7, seed=1))
    found, _ = beam_search.generate(joint, memory, real, mark=1, longest=5)
    for row, ids in enumerate(found[:, 0].numpy()):
        ids = [i for i in ids if i]
        scores = np.array(joint([memory[row : row + 1], real[row : row + 1], tf.constant([[1, *ids]])]))[0]
        scores[:, 0] = -np.inf
        said = [*ids, 1][:5]  # a text of five pieces was cut off before its mark
        assert scores.argmax(-1).tolist()[: len(said)] == said


def test_one_decoder_alone_is_itself():
    decoder = AttentionDecoder(9, 6, depth=2)
    joint = EnsembleDecoder([decoder])
    memory, real = tf.random.normal((2, 4, 5)), tf.ones((2, 4))
    inputs = [memory, real, tf.constant([[1, 3, 4], [1, 5, 2]])]
    np.testing.assert_allclose(joint(inputs), decoder(inputs), atol=1e-6)
    np.testing.assert_allclose(joint.weights_of(inputs), decoder.weights_of(inputs), atol=1e-6)


def recipe_of(**settings):
    plain = {"architecture": "mlp", "size": "tiny", "epochs": 3, "batch_size": 64, "learning_rate": 0.01, "members": 3}
    return Recipe("digits", VECTOR, **{**plain, **settings})


def test_a_run_trains_each_member_and_resumes_between_them(tmp_path, monkeypatch):
    data, console = sources.sample_data(VECTOR), Console(quiet=True)
    source = sources.source_of("digits", sample=True)
    whole, metrics = running.run(recipe_of(), data, source, console, tmp_path / "whole")
    assert metrics["members"] == 3 and metrics["speed"]["seconds"] > 0
    told = json.loads((whole / "training.json").read_text())
    assert len(told["alone"]) == 3
    seeds = [json.loads((whole / f"member_{i}" / "training.json").read_text())["history"] for i in range(3)]
    assert seeds[0] != seeds[1] != seeds[2]

    trained, calls = running.alone, []

    def dies(recipe, *rest):
        calls.append(recipe.seed)
        if len(calls) == 3:
            raise Interrupted("stopped by a test")
        return trained(recipe, *rest)

    monkeypatch.setattr(running, "alone", dies)
    with pytest.raises(Interrupted, match="--resume"):
        running.run(recipe_of(), data, source, console, tmp_path / "killed")
    folder = folders.runs(tmp_path / "killed")[-1]
    recipe, _ = folders.load_recipe(folder)
    running.run(recipe, data, source, console, resume=folder)
    assert calls == [0, 1, 2, 2, 0]  # the third member again, and the shallow model
    numbers = {"vector": np.random.default_rng(0).normal(size=(5, 6)).astype("float32")}
    np.testing.assert_allclose(folders.load_model(folder)(numbers), folders.load_model(whole)(numbers), atol=1e-5)


def test_refuses_what_has_no_mean():
    with pytest.raises(UserError, match="members=0"):
        limits.validated(recipe_of(members=0))
    with pytest.raises(UserError, match="a mean of models has none"):
        limits.validated(dataclasses.replace(recipe_of(), framing=Framing(Word(), Neighbours()), metric="nats"))


def test_explained_with_the_number_of_models():
    told = registry.explain(ensemble(members_of(VECTOR, 3), VECTOR), VECTOR)
    one = registry.explain(members_of(VECTOR, 1)[0], VECTOR)
    assert told["parameters"] == 3 * one["parameters"] and told["flops"] == 3 * one["flops"]
    assert "the mean of 3 models" in " ".join(box["what"] for box in told["boxes"])

"""What stands near a word: windows, weights, softmax and negative samples, counts, evidence, word2vec's format."""
import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from rich.console import Console
from typer.testing import CliRunner

import registry
from recipes import catalogue, evaluate, export, pipeline, running, sources, word2vec_format
from recipes import folder as folders
from recipes.__main__ import app
from recipes.datasets import lines, neighbours
from recipes.evidence import neighbours as evidence
from recipes.pictures import neighbours as pictures
from recipes.recipe import Recipe
from recipes.train import compile_model
from registry import Framing, Neighbours, UserError, Word, building
from zoo.cooccurrence import merged
from zoo.layers.cooccurrences import Cooccurrences
from zoo.layers.nearness import nearness

WORDS = ("the", "king", "queen", "dog")
INPUTS = Word(words=WORDS, embedding=8)
OUTPUTS = Neighbours(names=WORDS, frequencies=(2, 8, 3, 3, 4), window=2)


def structured(n=3000, seed=0):
    """Sentences of three words out of two groups that never meet, one word of each group rarer than the others."""
    rng = np.random.default_rng(seed)
    groups = np.array([["a", "b", "c", "d"], ["p", "q", "r", "s"]])
    rows = groups[rng.integers(2, size=n)]
    return [list(rng.choice(row, size=3, p=[0.1, 0.2, 0.3, 0.4])) for row in rows]


def data_of(sentences):
    """`Data` of sentences, cut into three parts."""
    third = len(sentences) // 4
    parts = {"train": sentences[2 * third :], "validation": sentences[:third], "test": sentences[third : 2 * third]}
    ragged = {split: tf.data.Dataset.from_tensor_slices(tf.ragged.constant(part)).map(lambda row: tf.ensure_shape(
        tf.convert_to_tensor(row), (None,))) for split, part in parts.items()}
    return neighbours.neighbours("made up", ragged, {"by": dict.fromkeys(parts, "a test")})


def trained(data, steps=400, learning_rate=0.02, **fields):
    """A model of the data's training part, and its framing."""
    framing = Framing(Word(min_count=1, embedding=8), Neighbours(names=(), window=2, **fields))
    framing = framing.adapt(lambda: data.splits["train"].as_numpy_iterator())
    keras.utils.set_random_seed(0)
    model = registry.build(framing.inputs, framing.outputs, "skipgram", size="tiny")
    recipe = Recipe("test", framing, learning_rate=learning_rate, weight_decay=0.0, batch_size=256, warmup=0.0)
    learner = compile_model(model, recipe, steps)
    part = pipeline.encode(framing, data.splits["train"])
    learner.fit(pipeline.taken(learner, pipeline.epoch(part, 256, 0, 0)).repeat(), steps_per_epoch=steps, verbose=0)
    return framing, model


def probabilities(model):
    """The model's probabilities (V, K) for each word of the vocabulary."""
    count = model.get_layer("stem_vectors").input_dim
    return np.asarray(tf.nn.softmax(model({"word": np.arange(1, count, dtype="int32")})))


def test_windows_end_where_the_sentence_does():
    words, near = neighbours.windows(tf.constant(["The", "King", "saw", "QUEENS"]))
    reach = neighbours.REACH
    rows = [[x.decode() for x in row[reach - 3 : reach + 3]] for row in near.numpy()]
    assert [w.decode() for w in words.numpy()] == ["The", "King", "saw", "QUEENS"]
    assert rows == [["", "", "", "king", "saw", "queens"], ["", "", "the", "saw", "queens", ""],
                    ["", "the", "king", "queens", "", ""], ["the", "king", "saw", "", "", ""]]
    assert (near[:, : reach - 3] == b"").numpy().all() and (near[:, reach + 3 :] == b"").numpy().all()


def test_a_word_alone_is_left_out_and_each_other_word_counts_once():
    data = data_of([["Yes"], ["good", "dog"]] * 8)
    assert data.counts == {"train": 8, "validation": 4, "test": 4}
    for split, examples in data.splits.items():
        rows = list(examples.as_numpy_iterator())
        assert len(rows) == data.counts[split] and {x for x, _ in rows} == {b"good", b"dog"}
        assert all(sum(map(bool, y)) == 1 for _, y in rows)


def test_targets_are_the_middle_of_what_the_data_gives():
    raw = tf.constant([["far", "dog", "the", "king", "", "the"]])
    assert OUTPUTS.targets_encoder()(raw).numpy().tolist() == [[4, 1, 2, -1]]
    assert Neighbours(WORDS, window=4).targets_encoder()(raw).numpy().tolist() == [[-1, 0, 4, 1, 2, -1, 1, -1]]
    np.testing.assert_allclose(nearness(6), [1 / 3, 2 / 3, 1, 1, 2 / 3, 1 / 3], rtol=1e-6)


def test_names_are_counted_by_nearness():
    rows = [np.array([b"x", b"a", b"b", b""], object), np.array([b"", b"b", b"b", b"a"], object)]
    found = Neighbours(names=(), window=2).adapt(rows)
    assert dict(zip(found.names, found.frequencies[1:])) == {"b": 6, "a": 3, "x": 1} and found.frequencies[0] == 0
    found = Neighbours(names=(), window=2, num_names=1).adapt(rows)
    assert found.names == ("b",) and found.frequencies == (4, 6)
    np.testing.assert_allclose(np.exp(found.prior), [0.4, 0.6], rtol=1e-5)


def test_the_model_begins_at_how_frequent_names_are():
    model = registry.build(INPUTS, OUTPUTS, "skipgram")
    np.testing.assert_allclose(tf.nn.softmax(model({"word": np.array([1, 0], "int32")})),
                               [np.array([2, 8, 3, 3, 4]) / 20] * 2, rtol=1e-5)


def test_nats_are_the_weighed_mean_of_the_neighbours():
    scores = tf.math.log([[0.1, 0.2, 0.3, 0.3, 0.1]])
    targets = tf.constant([[-1, 2, 1, 4]])
    expected = -(np.log(0.3) + np.log(0.2) + 0.5 * np.log(0.1)) / 2.5
    assert float(OUTPUTS.loss()(targets, scores)) == pytest.approx(expected, rel=1e-5)
    best, right = OUTPUTS.judged(scores + 3, targets)  # scores need not be normalised
    sums = OUTPUTS.counts(targets.numpy(), best, right).sum(0)
    assert OUTPUTS.scores_of(sums, 1)["nats"] == pytest.approx(expected, rel=1e-5)
    assert OUTPUTS.scores_of(sums, 1)["accuracy"] == pytest.approx(1 / 2.5)


def test_smoothing_spreads_a_share_of_the_target():
    scores = tf.math.log([[0.1, 0.2, 0.3, 0.3, 0.1]])
    smooth = float(OUTPUTS.loss(label_smoothing=0.5)(tf.constant([[-1, 2, -1, -1]]), scores))
    evenly = -np.log([0.1, 0.2, 0.3, 0.3, 0.1]).mean()
    assert smooth == pytest.approx(-0.5 * np.log(0.3) + 0.5 * evenly, rel=1e-5)


@pytest.fixture(scope="module")
def data():
    return data_of(structured())


@pytest.fixture(scope="module")
def by_softmax(data):
    return trained(data)


def test_softmax_learns_what_stands_near(data, by_softmax):
    framing, model = by_softmax
    part = pipeline.encode(framing, data.splits["test"])
    nats = evaluate.point(framing, evaluate.answer(model, framing, pipeline.batches(part)))["nats"]
    answers = evaluate.answer(model, framing, pipeline.batches(part))
    guesses = evaluate.guesses(framing, answers.truth, evaluate.tally(framing, part))
    unigram = evaluate.point(framing, guesses["majority"])["nats"]
    entropy = -sum(p * np.log(p) for p in (0.1, 0.2, 0.3, 0.4))
    assert unigram == pytest.approx(entropy + np.log(2), abs=0.02) and nats == pytest.approx(entropy, abs=0.03)


@pytest.mark.parametrize("fields", [{"negatives": 2}, {"negatives": 20}, {"thinning": 0.05},
                                    {"negatives": 10, "thinning": 0.05}], ids=str)
def test_every_objective_comes_to_the_same_probabilities(data, by_softmax, fields):
    wanted = probabilities(by_softmax[1])
    framing, model = trained(data, **fields)
    assert framing.inputs.words == by_softmax[0].inputs.words
    assert np.abs(probabilities(model) - wanted).max() < 0.03


def test_negative_samples_score_targets_and_drawn_names_alone():
    outputs = dataclasses.replace(OUTPUTS, negatives=5)
    model = registry.build(INPUTS, outputs, "skipgram")
    learner, loss = outputs.learner(model)
    targets = np.array([[-1, 1, 2, 0], [3, 3, -1, -1]], "int32")
    given = {"word": np.array([1, 2], "int32"), "targets": targets}
    scores = learner(given)
    assert scores.shape == (2, 4 + 512) and np.isfinite(float(loss(targets, scores)))
    assert not np.array_equal(scores[:, 4:], learner(given)[:, 4:])  # drawn anew
    assert model.output.shape == (None, 5) and {v.path for v in model.variables} <= {v.path for v in learner.variables}
    chance = np.exp(0.75 * outputs.prior)
    shift = np.log(5 * chance / chance.sum())
    np.testing.assert_allclose(scores[0, 1:4], (outputs.prior - shift)[[1, 2, 0]], rtol=1e-4)


def test_a_setting_that_needs_no_softmax_is_a_setting_of_the_recipe(tmp_path, data):
    framing = Framing(Word(min_count=1, embedding=4), Neighbours(names=(), window=2, negatives=3))
    recipe = Recipe("vectors", framing, architecture="skipgram", size="tiny", metric="nats", epochs=2, batch_size=256,
                    learning_rate=0.02, weight_decay=0.0, shallow={"size": "tiny"})
    source = sources.source_of("word_vectors", sample=True)
    folder, metrics = running.run(recipe, data, source, Console(quiet=True), tmp_path)
    assert metrics["test"]["nats"]["value"] < metrics["baselines"]["majority"]["nats"]["value"] - 0.3
    assert metrics["baselines"]["shallow"]["nats"]["value"] < metrics["baselines"]["majority"]["nats"]["value"] - 0.5
    recipe, _ = folders.load_recipe(folder)
    assert recipe.framing.outputs.negatives == 3 and recipe.framing.outputs.frequencies
    model = folders.load_model(folder)
    assert [x.name for x in model.inputs] == ["word"]  # what learned it is gone
    served = tf.saved_model.load(str(folder / "serving"))
    alone = registry.serving(model, recipe.framing)
    for key, value in alone.serve(tf.constant(["a", "Q", "never"])).items():
        given = served.serve(tf.constant(["a", "Q", "never"]))[key].numpy()
        assert (given == value.numpy()).all() if given.dtype == object else np.allclose(given, value, rtol=1e-4)
    path = export.export(folder, model, recipe, None, "word2vec")
    assert path.name == "vectors.txt" and not export.beside(path).exists()
    lines = path.read_text().splitlines()
    table = model.get_layer("stem_vectors").get_weights()[0]
    assert lines[0] == f"{len(recipe.framing.inputs.words)} 4" and len(lines) == 1 + len(recipe.framing.inputs.words)
    for i, line in enumerate(lines[1:], 1):
        word, *numbers = line.split(" ")
        assert word == recipe.framing.inputs.words[i - 1]
        np.testing.assert_array_equal(np.array(numbers, "float32"), table[i])


def test_word2vec_is_refused_where_there_are_no_vectors_of_words(tmp_path):
    images = Framing(registry.Image(8, 8, 1), registry.Label(("a", "b")))
    model = registry.build(images.inputs, images.outputs, "lenet", size="tiny")
    with pytest.raises(UserError, match="one word, and .* reads image: --format saved_model carries every model"):
        word2vec_format.write(tmp_path / "v", model, images)
    framing = Framing(INPUTS, OUTPUTS)
    counts = registry.build(INPUTS, OUTPUTS, "cooccurrence", size="tiny")
    with pytest.raises(UserError, match="cooccurrence reads the number of a word and has no vectors. --format"):
        word2vec_format.write(tmp_path / "v", counts, framing)
    hashed = Framing(Word(num_buckets=9), OUTPUTS)
    with pytest.raises(UserError, match="hashes words and does not know them"):
        word2vec_format.write(tmp_path / "v", registry.build(hashed.inputs, OUTPUTS), hashed)
    spaced = Framing(dataclasses.replace(INPUTS, words=("a", "new york")), OUTPUTS)
    with pytest.raises(UserError, match="cannot carry the word 'new york': replace the space"):
        word2vec_format.write(tmp_path / "v", registry.build(spaced.inputs, OUTPUTS), spaced)
    assert not list(tmp_path.iterdir())


def test_counts_are_discounted_in_favour_of_what_was_not_seen():
    parts = [(np.array([1, 1, 2]), np.array([3, 3, 1]), np.ones(3, int), np.ones(3)),
             (np.array([1, 1]), np.array([3, 2]), np.ones(2, int), np.array([1, 0.5]))]
    words, names, counts, weights = merged(parts)
    assert list(zip(words, names, counts, weights)) == [(1, 2, 1, 0.5), (1, 3, 3, 3.0), (2, 1, 1, 1.0)]
    layer = Cooccurrences(5, 10)
    layer.build((None,))
    layer.fill(words, names, counts, weights)
    p = np.exp(np.asarray(layer(np.array([1, 2, 4], "int32"))))
    np.testing.assert_allclose(p.sum(-1), 1, rtol=1e-5)
    np.testing.assert_allclose(p[2], np.asarray(layer.likely), rtol=1e-5)  # never seen: as anywhere
    assert p[0, 3] > p[2, 3] and p[1, 1] > p[2, 1] and p[0, 0] > 1e-3 and p[0, 4] == pytest.approx(p[0, 0])
    ids = np.array([1, 2, 4, 1, 0], "int32")
    first, end = (np.searchsorted(layer.words, ids, side=side).astype("int32") for side in ("left", "right"))
    np.testing.assert_allclose(layer._ragged(first, end), layer._padded(first, end), atol=1e-7)
    small = Cooccurrences(5, 1)
    small.build((None,))
    small.fill(words, names, counts, weights)
    assert np.exp(small(np.array([2], "int32")))[0, 1] == pytest.approx(float(small.likely[1]), rel=1e-5)  # left out


def test_words_outside_the_vocabulary_are_the_unknown():
    encode = INPUTS.encoder()
    assert encode(tf.constant(["KING", "cat"]))["word"].numpy().tolist() == [2, 0]
    exact = dataclasses.replace(INPUTS, exact=True).encoder()
    assert exact(tf.constant(["KING", "king"]))["word"].numpy().tolist() == [0, 2]
    learned = Word(min_count=2, max_words=2).adapt([b"B", b"a", b"b", b"b", b"a", b"c", b"d", b"d"])
    assert learned.words == ("b", "a")


@pytest.mark.parametrize(("value", "told"), [(b"", "an empty word"), (b" ", "an empty word"), (b"new york", "one word"),
                                             (np.array([b"a", b"b"]), "one word, a string"), (b"\xff", "UTF-8"),
                                             (3, "one word, a string")], ids=str)
def test_what_is_no_word_is_told(value, told):
    assert told in str(next(INPUTS.problems(value)))
    assert not list(INPUTS.problems("König".encode()))


def test_neighbours_that_are_none_are_told():
    assert "as many on the left" in str(next(OUTPUTS.problems([b"a"])))
    assert "nothing that stands near" in str(next(OUTPUTS.problems([b"", b""])))
    assert not list(OUTPUTS.problems([b"", b"a"]))


def test_other_forms_are_refused_and_the_default_fits():
    assert type(building.framing_for(("word", "distribution")).outputs) is Neighbours
    with pytest.raises(UserError, match="'skipgram' does not fit Distribution: choose another output"):
        registry.build(Word(), registry.Distribution())
    with pytest.raises(UserError, match="'ngram' does not map word → distribution"):
        registry.build("word", "distribution", "ngram")


def test_nearest_words_are_those_of_the_same_group(by_softmax):
    framing, model = by_softmax
    words, vectors = framing.inputs.vectors(model)
    for word, near in zip(words, evidence.nearest(words, vectors, range(len(words)))):
        assert {w for w, _ in near[:3]} | {word} in (set("abcd"), set("pqrs"))


def test_words_on_the_map_do_not_cover_each_other():
    rng = np.random.default_rng(0)
    places, sizes = rng.normal(400, 60, size=(60, 2)), np.stack([rng.uniform(20, 90, 60), np.full(60, 16)], 1)
    moved = pictures.apart(places, sizes)
    over = (sizes[:, None] + sizes[None]) / 2 - abs(moved[:, None] - moved[None])
    covered = (over > 1).all(-1) & ~np.eye(60, dtype=bool)
    assert not covered.any() and (abs(moved - places) < 400).all()


TEXT = "".join(f"The {a} {b} sees the {c}.\n\n" for a in ("old", "young", "big") for b in ("dog", "king", "hen", "fox")
               for c in ("dog", "cat", "cow", "pig"))


def test_a_text_is_read_line_by_line(tmp_path):
    path = tmp_path / "my.txt"
    path.write_text("\ufeff"[1:] + TEXT)
    data = lines.read(path, {"train": path}, {})
    assert sum(data.counts.values()) == 7 * 48 and min(data.counts.values()) >= 7 * 4
    x, y = next(data.splits["test"].as_numpy_iterator())
    assert x == b"The" and y[neighbours.REACH - 1] == b"" and y[neighbours.REACH] in (b"old", b"young", b"big")
    folder = tmp_path / "split"
    folder.mkdir()
    for split in ("train", "test"):
        (folder / f"{split}.txt").write_text(TEXT)
    data = lines.read(folder, {split: folder / f"{split}.txt" for split in ("train", "test")}, {})
    assert data.counts["test"] == 7 * 48 and data.record["splits"]["test"]["by"] == "its own file"


def test_a_packed_text_is_read_too(tmp_path):
    import lzma

    path = tmp_path / "my.txt.xz"
    path.write_bytes(lzma.compress(TEXT.encode()))
    assert len(list(lines.lines(path))) == 48
    path.write_bytes(lzma.compress(TEXT.encode())[:-20])
    with pytest.raises(UserError, match="is no whole .xz file"):
        list(lines.lines(path))


BAD = {"empty.txt": (b"", "empty.txt is empty: expected text"), "blank.txt": (b"\n \n", "blank.txt is empty"),
       "short.txt": (b"one line\n", "has 1 line\\(s\\) with words: expected some hundreds"),
       "single.txt": (b"one\ntwo\nthree\nfour\nfive\n", "no line of two words or more"),
       "latin.txt": (b"fine\ncaf\xe9\n", "latin.txt line 2: byte 0xe9 is not UTF-8. Convert"),
       "no.text": (b"a", "word:distribution does not read .text")}


@pytest.mark.parametrize("name", BAD)
def test_texts_that_cannot_be_read_are_told(name, tmp_path):
    content, told = BAD[name]
    (tmp_path / name).write_bytes(content)
    result = CliRunner().invoke(app, ["run", "word_vectors", "--data", str(tmp_path / name), "--out", str(tmp_path)])
    assert result.exit_code == 2, result.output
    import re

    assert re.search(told, " ".join(result.stderr.split())), result.stderr
    assert len(list(tmp_path.iterdir())) == 1


def test_a_recipe_says_itself_what_files_are(tmp_path):
    (tmp_path / "my.txt").write_text(TEXT)
    given = sources.source_of("word_vectors", path=tmp_path / "my.txt")
    assert given["recipe"] == "word_vectors" and given["path"].endswith("my.txt")
    wanted = sources.overridden(sources.source_of("word_vectors"), catalogue.module("word_vectors").recipe(), [])
    assert wanted.target and sources.overridden(given, wanted, []).target is None  # promised of the default text alone
    with pytest.raises(UserError, match="received --as word:distribution with the recipe word_vectors, which says"):
        sources.source_of("word_vectors", path="my.txt", pair="word:distribution")
    with pytest.raises(UserError, match="received digits and my.txt: give a recipe's name"):
        sources.source_of("digits", path="my.txt")


def test_run_predict_and_export_of_a_text(tmp_path):
    (tmp_path / "my.txt").write_text(TEXT * 3)
    arguments = ["--set", "epochs=2", "--set", "batch_size=32", "--set", "min_count=1", "--set", "embedding=6",
                 "--set", "shallow={'size': 'tiny'}", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, ["run", "word_vectors", "--data", str(tmp_path / "my.txt"), *arguments])
    assert result.exit_code == 0, (result.output, result.exception)
    (folder,) = (path.parent for path in tmp_path.glob("word_vectors/*/metrics.json"))
    assert "Nearest words" in (folder / "report.html").read_text()
    said = CliRunner().invoke(app, ["predict", str(folder), "King", "--top", "2"])
    assert said.exit_code == 0 and said.output.startswith("King: ") and "more than elsewhere" in said.output
    never = CliRunner().invoke(app, ["predict", str(folder), "zebra"])
    assert never.exit_code == 0 and never.output.startswith("zebra (not in the vocabulary): ")
    wrong = CliRunner().invoke(app, ["predict", str(folder), "two words"])
    assert wrong.exit_code == 2 and "found 'two words', expected one word" in wrong.stderr
    written = CliRunner().invoke(app, ["export", str(folder), "--format", "word2vec"])
    assert written.exit_code == 0 and "vectors.txt: the vectors of" in written.output
    words, vectors = word2vec_format.read(folder / "vectors.txt")
    assert "king" in words and vectors.shape == (len(words), 6)

"""What a user has and what comes next: sets and sequences, all but one, exclusion, ranks, counts, own files."""
import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from typer.testing import CliRunner

import registry
from recipes import check, evaluate, pipeline
from recipes.__main__ import app
from recipes.datasets import histories, source, visits
from recipes.datasets.readers import from_files
from recipes.prediction import together
from recipes.recipe import Recipe
from recipes.train import compile_model
from registry import ClickItems, Framing, NextItem, UserError, building
from zoo import item_knn
from zoo.layers.item_neighbours import LEAST
from zoo.layers.latent import Latent
from zoo.layers.pooling import LastPooling1D
from zoo.layers.set_sum import SetSum

ITEMS = ("a", "b", "c", "d", "e")
INPUTS, OUTPUTS = ClickItems(items=ITEMS, embedding=8), NextItem(names=ITEMS, frequencies=(1, 8, 4, 4, 2, 1))


def ids(inputs, *rows):
    return inputs.encoder()(tf.constant(together([np.array(row, object) for row in rows])))["items"].numpy().tolist()


def test_a_set_is_the_same_in_any_order_and_its_rarest_are_kept():
    assert ids(INPUTS, [b"d", b"a", b"z", b"b"], [b"b", b"y", b"d", b"a"], [b"a", b"a"]) == [
        [1, 2, 3, 5], [1, 2, 3, 5], [2, 0, 0, 0]]
    assert ids(dataclasses.replace(INPUTS, max_length=2), [b"d", b"a", b"b"]) == [[3, 5]]


def test_a_sequence_keeps_its_order_and_its_last_items():
    ordered = dataclasses.replace(INPUTS, ordered=True)
    assert ids(ordered, [b"d", b"a", b"d"], [b"z"]) == [[5, 2, 5], [1, 0, 0]]
    assert ids(dataclasses.replace(ordered, max_length=2), [b"d", b"a", b"b"], [b"e"]) == [[2, 3], [6, 0]]


USERS = [(f"u{i}", [*"abc"[: 1 + i % 3], f"x{i % 7}"][i % 2 :]) for i in range(200)]


def test_all_but_one_asks_each_user_once_and_training_each_item_once():
    data = visits.held_out("made up", {"train": USERS, "test": USERS[:50]}, False, {})
    several = [(user, items) for user, items in USERS[:50] if len(items) > 1]
    test = list(data.splits["test"].as_numpy_iterator())
    assert len(test) == len(several) == data.counts["test"]
    for (x, y), (_, items) in zip(test, several):
        assert sorted([*x, y]) == sorted(item.encode() for item in items) and y not in x
    told = data.record["splits"]
    assert told["train"]["users"] + told["validation"]["users"] == 200 and 5 < told["validation"]["users"] < 40
    assert told["test"]["users_with_one_item_left_out"] == 50 - len(several)
    sizes = sum(len(items) for _, items in visits._cut({"train": USERS, "test": []}, "x")["train"] if len(items) > 1)
    assert data.counts["train"] == sizes
    backwards = [(user, items[::-1]) for user, items in USERS[:50]]
    again = visits.held_out("made up", {"train": USERS, "test": backwards}, False, {})
    assert [y for _, y in again.splits["test"].as_numpy_iterator()] == [y for _, y in test]  # whatever their order
    assert {y for _, y in test} > {b"a", b"b"}  # not always the first or the last


def test_of_a_sequence_the_next_is_asked_given_what_came_before():
    users = {split: [("u", ["a", "b", "a", "c"]), ("v", ["a"])] for split in ("train", "validation", "test")}
    data = visits.held_out("made up", users, True, {})
    rows = [(b"".join(x), y) for x, y in data.splits["train"].as_numpy_iterator()]
    assert rows == [(b"a", b"b"), (b"ab", b"a"), (b"aba", b"c")]
    assert [(b"".join(x), y) for x, y in data.splits["test"].as_numpy_iterator()] == [(b"aba", b"c")]
    assert data.framing.inputs.ordered and not data.framing.outputs.exclude
    with pytest.raises(UserError, match="made up: test has 1 users, none with two items or more"):
        visits.held_out("made up", {**users, "test": [("v", ["a"])]}, True, {})


def test_rows_of_texts_are_read_as_they_are():
    data = visits._dataset([([f"a{j}" for j in range(i % 4)], f"b{i}") for i in range(600)])
    for (x, y), (items, item) in zip(source.rows(data), data.as_numpy_iterator(), strict=True):
        assert (x == items).all() and x.dtype == items.dtype and y == item and type(y) is type(item)


def adapted(inputs, outputs, rows):
    return Framing(inputs, outputs).adapt(lambda: iter([(np.array(x, object), y) for x, y in rows]))


def test_both_domains_learn_one_catalogue():
    rows = [([b"a", b"b"], b"c"), ([b"a"], b"b"), ([b"a"], b"b")]
    framing = adapted(ClickItems(items=(), ordered=True), NextItem(names=()), rows)
    assert framing.inputs.items == framing.outputs.names == ("a", "b", "c")  # c was only an answer
    assert framing.outputs.frequencies == (0, 0, 2, 1)
    rare = adapted(ClickItems(items=(), min_count=2), NextItem(names=()), rows)
    assert rare.outputs.names == ("a", "b") and rare.outputs.frequencies == (1, 0, 2)  # c is the unknown
    with pytest.raises(UserError, match="found 3 different items, expected at most max_items=2: leave out rare ones"):
        adapted(ClickItems(items=(), max_items=2), NextItem(names=()), rows)
    with pytest.raises(UserError, match="catalogue of the input and the names of the output differ"):
        registry.build(INPUTS, NextItem(names=ITEMS[::-1]), "autoencoder", "tiny")


@pytest.mark.parametrize("name", ["autoencoder", "item_knn"])
def test_what_a_user_has_is_no_answer(name):
    numbers = {"items": np.array([[2, 4, 0], [1, 6, 2]], "int32")}
    likely = np.asarray(tf.nn.softmax(registry.build(INPUTS, OUTPUTS, name, "tiny")(numbers)))
    assert (likely == 0).tolist() == [[0, 1, 0, 1, 0, 0], [0, 1, 0, 0, 0, 1]]
    free = registry.build(INPUTS, dataclasses.replace(OUTPUTS, exclude=False), name, "tiny")(numbers)
    assert (np.asarray(tf.nn.softmax(free)) > 0).all()


def test_a_model_begins_at_how_popular_items_are():
    scores = registry.build(INPUTS, OUTPUTS, "autoencoder", "tiny")({"items": np.array([[2, 0]], "int32")})
    np.testing.assert_allclose(tf.nn.softmax(scores)[0], np.array([1, 0, 4, 4, 2, 1]) / 12, atol=1e-6)


def test_ranks_and_figures_by_hand():
    scores = tf.math.log([[0.3, 0.05, 0.2, 0.1, 0.15, 0.2], [0.3, 0.05, 0.2, 0.1, 0.15, 0.2],
                          [0.3, 0.05, 0.2, 0.1, 0.15, 0.2]])
    targets = np.array([5, 1, 0])
    best, told = OUTPUTS.judged(scores, targets)
    assert told[:, 1].tolist() == [1, 5, 6]  # of two equal ones the first; the unknown, though likely, is never first
    assert (best != 0).all() and best[0, 0] == 2
    found = OUTPUTS.scores_of(OUTPUTS.counts(targets, best, told).sum(0), 3)
    assert found["recall_at_5"] == pytest.approx(2 / 3) and found["mrr"] == pytest.approx((1 + 1 / 5 + 1 / 6) / 3)
    assert found["ndcg_at_10"] == pytest.approx((1 + 1 / np.log2(6) + 1 / np.log2(7)) / 3)
    assert found["nats"] == pytest.approx(-np.log(0.2 * 0.05 * 0.3) / 3, rel=1e-5)
    assert found["ece"] == pytest.approx(0.2, abs=1e-6)  # said 20 %, and it was none of them
    assert float(np.mean(OUTPUTS.loss()(targets, scores))) == pytest.approx(found["nats"], rel=1e-5)


def test_smoothing_leaves_out_what_is_impossible():
    model = registry.build(INPUTS, OUTPUTS, "item_knn", "tiny")
    scores = model({"items": np.array([[2, 3, 0]], "int32")})
    likely = np.asarray(tf.nn.log_softmax(scores))[0]
    smooth = float(OUTPUTS.loss(label_smoothing=0.5)(np.array([4]), scores)[0])
    assert smooth == pytest.approx(-0.5 * likely[4] - 0.5 * likely[[0, 3, 4, 5]].mean(), rel=1e-5)


def test_the_popular_are_guessed_without_what_the_user_has():
    examples = [({"items": np.array([2, 3], "int32")}, 4), ({"items": np.array([6, 0], "int32")}, 1)]
    tally = np.array([0, 10, 7, 5, 3, 1])
    guesses = OUTPUTS.guesses(np.array([4, 1]), tally, np.random.default_rng(0), iter(examples))
    given, told = guesses["majority"]
    assert given[:, 0].tolist() == [3, 1] and told[:, 1].tolist() == [2, 1]
    assert told[0, 0] == pytest.approx(np.log(3 / 9.1), abs=1e-4)
    assert guesses["chance"][1][0, 0] == pytest.approx(-np.log(4), abs=1e-4)  # two of five, and the unknown


def test_counts_are_the_cosines_of_users():
    from sklearn.metrics.pairwise import cosine_similarity

    users = [(str(i), list(np.random.default_rng(i).permutation(ITEMS)[: 2 + i % 3])) for i in range(40)]
    rows = [row for user, items in users for row in visits._examples(user, items, False, True)]
    numbers = INPUTS.encoder()(tf.constant([x + [""] * (4 - len(x)) for x, _ in rows]))
    targets = OUTPUTS.targets_encoder()(tf.constant([y for _, y in rows])).numpy()
    model = registry.build(INPUTS, dataclasses.replace(OUTPUTS, exclude=False), "item_knn")
    item_knn.prepare(model, [(numbers, targets)])
    had = np.array([[item in items for item in ITEMS] for _, items in users], float)
    near = cosine_similarity(had.T) * (1 - np.eye(5))
    layer = model.get_layer("neighbours")
    scores = np.asarray(layer(np.array([[2, 5, 1, 0]], "int32")))[0, 1:]
    np.testing.assert_allclose(scores - np.asarray(layer.bias)[1:], np.log(near[0] + near[3] + LEAST), rtol=1e-4)
    np.testing.assert_allclose(np.exp(layer.bias)[1:], had.sum(0) / (had.sum() + 0.5), rtol=1e-4)


def test_a_set_is_summed_as_a_vector_of_length_1():
    table = np.random.default_rng(0).normal(size=(7, 4)).astype("float32")
    x, mask = table[[[2, 3, 5], [4, 0, 0]]], np.array([[True] * 3, [True, False, False]])
    wanted = np.array([[0, 0, 1, 1, 0, 1, 0], [0, 0, 0, 0, 1, 0, 0]]) / np.sqrt([[3], [1]]) @ table
    np.testing.assert_allclose(SetSum()(x, mask=mask), wanted, rtol=1e-5)
    many = SetSum(dropout=0.5)(np.repeat(x, 2000, 0), mask=np.repeat(mask, 2000, 0), training=True)
    assert np.abs(np.asarray(many).reshape(2, 2000, 4).mean(1) - wanted).max() < 0.2


def test_a_code_is_drawn_in_training_alone_and_its_divergence_counts():
    layer = Latent(3, beta=0.5)
    x = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    mean = np.asarray(layer(x))
    np.testing.assert_array_equal(mean, layer(x, training=False))
    assert not layer.losses
    drawn = np.asarray(layer(x, training=True))
    log_variance = np.asarray(layer.log_variance(x))
    wanted = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(-1).mean()
    assert float(layer.losses[0]) == pytest.approx(0.5 * wanted, rel=1e-5) and np.abs(drawn - mean).max() > 0.1


def test_a_sequence_is_read_where_it_ends():
    x = np.arange(12, dtype="float32").reshape(2, 3, 2)
    mask = np.array([[True, True, False], [True, True, True]])
    np.testing.assert_array_equal(LastPooling1D()(x, mask=mask), [x[0, 1], x[1, 2]])


def walks(n, seed):
    """Users who go from item to item, forwards or backwards round a circle: only the last two steps tell which."""
    rng, names = np.random.default_rng(seed), [f"i{k}" for k in range(8)]
    rows = [(rng.integers(8) + rng.choice([-1, 1]) * np.arange(2 + rng.integers(1, 4))) % 8 for _ in range(n)]
    return [(f"{seed}-{k}", [names[i] for i in row]) for k, row in enumerate(rows)]


@pytest.mark.parametrize("name", ["gru4rec", "sasrec"])
def test_order_is_learned(name):
    data = visits.held_out("walks", {s: walks(n, i) for i, (s, n) in enumerate(
        {"train": 600, "validation": 20, "test": 100}.items())}, True, {})
    framing = dataclasses.replace(data.framing, inputs=dataclasses.replace(data.framing.inputs, embedding=16))
    framing = framing.adapt(lambda: data.splits["train"].as_numpy_iterator())
    keras.utils.set_random_seed(0)
    model = registry.build(framing.inputs, framing.outputs, name, "small")
    recipe = Recipe("test", framing, metric="nats", learning_rate=0.005, weight_decay=0.0, warmup=0.1)
    learner, part = compile_model(model, recipe, 200), pipeline.encode(framing, data.splits["train"])
    learner.fit(pipeline.epoch(part, 64, 0, 0).repeat(), steps_per_epoch=200, verbose=0, shuffle=False)
    test = pipeline.encode(framing, data.splits["test"])
    found = evaluate.point(framing, evaluate.answer(model, framing, pipeline.batches(test)))
    assert found["nats"] < 0.3 < np.log(2)  # of the last item alone nobody knows more than one of two


BAD = {"none": ([], "no items"), "empty": ([b"a", b" "], "an empty item at position 1"),
       "twice": ([b"a", b"b", b"a"], "item 'a' 2 times in a set"), "latin": ([b"\xe9"], "UTF-8")}


@pytest.mark.parametrize("name", BAD)
def test_users_that_cannot_be_read_are_told(name):
    items, told = BAD[name]
    assert told in str(next(INPUTS.problems(np.array(items, object))))
    assert not list(INPUTS.problems(np.array([b"a", b"never seen"], object)))
    assert not list(dataclasses.replace(INPUTS, ordered=True).problems(np.array([b"a", b"a"], object)))


def test_an_answer_that_is_excluded_is_told_before_training():
    users = {split: walks(9, 0) + [("x", ["a", "b", "a"])] for split in ("train", "validation", "test")}
    data = visits.held_out("made up", users, True, {})
    framing = dataclasses.replace(data.framing, outputs=NextItem(names=()))
    told = [str(found) for found in check.check(data, framing)[0]]
    assert any("found the next item 'a' among those that the user has, expected another one, since" in x for x in told)
    assert not [str(found) for found in check.check(data, data.framing)[0] if found.level == "error"]


def test_the_examples_of_a_user_are_never_parted_by_chance():
    from recipes.datasets.folds import folded

    data = visits.held_out("made up", {"train": USERS}, False, {})
    with pytest.raises(UserError, match="received --folds 5 for users, each of whom is several examples: parts by"):
        folded(data, 1, 5)


def test_forms_of_a_domain_are_found_by_what_fits():
    framing = building.framing_for(("click_log", "distribution"), "sasrec")
    assert type(framing.inputs) is ClickItems and type(framing.outputs) is NextItem
    again = registry.framing.from_config(json.loads(json.dumps(registry.framing.to_config(Framing(INPUTS, OUTPUTS)))))
    assert again == Framing(INPUTS, OUTPUTS)
    with pytest.raises(UserError, match="'sasrec' does not fit Distribution"):
        registry.build(INPUTS, registry.Distribution(), "sasrec")


OWN = ["--as", "click_log:distribution", "--data"]
LISTS = "items\n" + "".join(f"{' '.join(items)}\n" for _, items in walks(80, 0))
TIMED = "user,item,time\n" + "".join(f"{user},{item},2026-01-{20 - k:02}\n" for user, items in walks(80, 0)
                                     for k, item in enumerate(items))


def test_own_files_with_times_are_sequences(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(TIMED)
    data = from_files(path, "click_log:distribution")
    assert data.framing.inputs.ordered and data.record["time"] == "time"
    wanted = {(tuple(items[::-1][:-1]), items[0]) for _, items in walks(80, 0)}  # times run backwards
    found = {(tuple(item.decode() for item in x), y.decode()) for x, y in data.splits["test"].as_numpy_iterator()}
    assert found <= wanted and len(found) > 3
    path.write_text(TIMED.replace(",2026-01-19", ",2026-01-20"))
    notes = from_files(path, "click_log:distribution").record["notes"]
    assert "with the user and the time of another" in str(notes)


def test_own_files_without_times_are_sets(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("".join(line.rpartition(",")[0] + "\n" for line in TIMED.splitlines()) + "0-1,i1\n" * 3)
    data = from_files(path, "click_log:distribution")
    assert not data.framing.inputs.ordered and "that their user has already" in str(data.record["notes"])
    assert all(len(set(x)) == len(x) and y not in x for x, y in data.splits["train"].as_numpy_iterator())
    (tmp_path / "lists.jsonl").write_text("".join(json.dumps({"who": i, "things": [f"a {i % 4}", f"b {i % 5}"]}) + "\n"
                                                  for i in range(60)))
    data = histories.read(tmp_path, {"train": tmp_path / "lists.jsonl"}, {"x": "things"}, {})
    assert {x[0][:2] for x, _ in data.splits["train"].as_numpy_iterator()} == {b"a ", b"b "}


WRONG = {"no columns": ("who,what\nx,y\n", "has the columns who, what: cannot tell .* what users have"),
         "no items": (LISTS.replace("i1", "i2") + '""\n', "column 'items': a user with no items, expected one or more"),
         "one each": ("items\na\nb\nc\nd\ne\n", "none with two items or more: expected some"),
         "one item only": ("user,item,time\n" + "".join(f"{i},a,{t}\n" for i in range(20) for t in (1, 2)),
                           "one item only \\(a\\), expected two or more"),
         "no time": (TIMED + "z,i1,soon\n",
                     "column 'time': 'soon' is no time; expected such as .* or a number in every row"),
         "row twice": (TIMED + TIMED.splitlines()[-1] + "\n", "line \\d+: user '0-79', item 'i\\d' and time are those")}


@pytest.mark.parametrize("name", WRONG)
def test_own_files_that_are_wrong_are_told(name, tmp_path):
    content, told = WRONG[name]
    (tmp_path / "log.csv").write_text(content)
    result = CliRunner().invoke(app, ["run", *OWN, str(tmp_path / "log.csv"), "--out", str(tmp_path)])
    import re

    assert result.exit_code == 2 and re.search(told, " ".join(result.stderr.split())), (result.output, result.exception)
    assert len(list(tmp_path.iterdir())) == 1


def test_run_predict_and_export_of_own_files(tmp_path):
    (tmp_path / "log.csv").write_text(LISTS)
    few = ["--size", "tiny", "--set", "epochs=1", "--set", "shallow={'size': 'tiny', 'epochs': 1}"]
    result = CliRunner().invoke(app, ["run", *OWN, str(tmp_path / "log.csv"), "--out", str(tmp_path), *few])
    assert result.exit_code == 0, (result.output, result.exception)
    (folder,) = (path.parent for path in tmp_path.glob("log/*/metrics.json"))
    page = (folder / "report.html").read_text()
    assert "What it recommends" in page and "popularity" in page
    said = CliRunner().invoke(app, ["predict", str(folder), "i1 i2", "never i1"])
    first, second = said.output.splitlines()
    assert first.startswith("i1 i2: i") and "i1 " not in first.partition(":")[2]
    assert second.startswith("never i1 (with items that are not in the catalogue): i")
    wrong = CliRunner().invoke(app, ["predict", str(folder), "i1 i1"])
    assert wrong.exit_code == 2 and "found item 'i1' 2 times in a set, expected each item once" in wrong.stderr
    assert CliRunner().invoke(app, ["export", str(folder)]).exit_code == 0
    model = tf.saved_model.load(str(folder / "serving"))
    told = model.serve(tf.constant([["i1", "i2"], ["i3", ""]]))
    assert told["names"].shape[0] == 2 and told["given"].numpy().tolist() == [2, 1]
    np.testing.assert_allclose(tf.reduce_sum(told["probabilities"], -1), 1, atol=0.05)

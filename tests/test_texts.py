"""One label for a text: n-grams, naive-Bayes weights, the bag, attention pooling, calibration."""
import keras
import numpy as np
import pytest

import registry
from recipes import running
from recipes.evaluate import Answers
from recipes.shallow import shallow_recipe
from registry import Framing, Label, WordSeq
from registry.outputs import calibration
from zoo import nb_linear
from zoo.layers.embedding_sum import EmbeddingSum, gathered
from zoo.layers.ngrams import NGrams
from zoo.layers.pooling import AttentionPooling1D

FRAMING = Framing(WordSeq(num_buckets=500), Label(("bad", "good")))
TEXTS = [b"a good film", b"not a good film", b"a bad film", b"film film film"]


def chars_of(*texts):
    import tensorflow as tf

    return FRAMING.inputs.encoder()(tf.constant(texts))["chars"]


def ids_of(text, longest=2, pad=0):
    chars = np.pad(chars_of(text), [(0, 0), (0, pad), (0, 0)])
    return set(np.asarray(NGrams(longest)(chars))[0]) - {0}


def test_ngrams_are_words_and_what_stands_side_by_side():
    once, swapped = ids_of(b"a good film"), ids_of(b"good a film")
    assert len(once) == 3 + 4 and len(ids_of(b"a good film", 1)) == 3 and len(ids_of(b"a good film", 3)) == 3 + 4 + 4
    assert ids_of(b"a good film", 1) == ids_of(b"good a film", 1) and once != swapped
    assert ids_of(b"A Good FILM") == once == ids_of(b"a good film", pad=4)
    assert len(ids_of(b"film film film", 1)) == 1  # on or off, however often


def test_ngrams_ids_hardly_ever_collide():
    words = [f"w{i}".encode() for i in range(20_000)]
    ids = np.concatenate([np.asarray(NGrams(1)(chars_of(word))).ravel() for word in [b" ".join(words)]])
    assert len(set(ids) - {0}) >= 19_999 and ids.max() < 2**31 and ids.min() >= 0


def test_naive_bayes_weights_are_divergences():
    counts = np.array([[0, 0], [3, 0], [1, 1]], "float32")
    weights, ratios = nb_linear.naive_bayes(counts, np.array([10, 10]))
    p = np.array([3.5, 0.5]) / 4
    np.testing.assert_allclose(weights, [0, np.sqrt(8 * (p * np.log(p / 0.5)).sum()), 0], atol=1e-3)
    np.testing.assert_allclose(ratios[1], np.log(p / 0.5), rtol=1e-5)


def test_naive_bayes_weighs_telling_words_most():
    import tensorflow as tf

    model = registry.build(FRAMING.inputs, FRAMING.outputs, "nb_linear", buckets=100_003)
    numbers = FRAMING.inputs.encoder()(tf.constant(TEXTS * 20))
    nb_linear.prepare(model, [(numbers, np.array([1, 0, 0, 1] * 20))])
    layer = model.get_layer("switches")
    ids = {word: next(iter(ids_of(word, 1))) for word in (b"bad", b"a", b"unseen")}
    weight = {w: float(layer.weights_of_ids[1 + (i - 1) % (layer.num_buckets - 1)]) for w, i in ids.items()}
    assert weight[b"bad"] > 1.5 > 1 > weight[b"a"] and weight[b"unseen"] == 0
    bad, good = np.asarray(model(FRAMING.inputs.encoder()(tf.constant([b"bad", b"film film"]))))
    assert bad[0] > bad[1] and good[1] > good[0]  # counted, not yet learned


def test_shallow_text_model_is_counted_before_it_is_trained(tmp_path):
    from rich.console import Console

    from recipes import sources
    from recipes.recipe import Recipe

    recipe = Recipe("text", FRAMING, epochs=1, batch_size=32, options={"units": 8, "depth": 1}, architecture="bilstm",
                    shallow={"size": "tiny"})
    assert shallow_recipe(recipe).architecture == "nb_linear"
    data = sources.sample_data(FRAMING)
    running.run(recipe, data, {"sample": True}, Console(quiet=True), tmp_path)
    (saved,) = tmp_path.glob("text/*/shallow/model.keras")
    import zoo.layers.everything  # noqa: F401

    weights = keras.models.load_model(saved, compile=False).get_layer("switches").weights_of_ids.numpy()
    assert len(np.unique(weights)) > 2


def test_embedding_sum_in_the_mean_and_its_sparse_gradient():
    import tensorflow as tf

    layer = EmbeddingSum(10, 2, mean=True, spread=0.5)
    ids = np.array([[1, 5, 0], [0, 0, 0]])
    y = layer(ids)
    v = layer.vectors.numpy()
    np.testing.assert_allclose(y, [(v[1] + v[5]) / 2, [0, 0]], atol=1e-6)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(gathered(layer.vectors, tf.constant([3, 3])))
    gradient = tape.gradient(loss, layer.vectors.value)
    assert isinstance(gradient, tf.IndexedSlices)
    portable = keras.ops.take(keras.ops.convert_to_tensor(layer.vectors), ids, axis=0)
    np.testing.assert_array_equal(gathered(layer.vectors, ids), portable)


def test_attention_pooling_weighs_and_ignores_padding():
    layer, x = AttentionPooling1D(4), np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    mask = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]], bool)
    y = layer(x, mask=mask)
    np.testing.assert_allclose(layer(x[1:, :2]), y[1:], atol=1e-5)
    assert not np.allclose(y[0], x[0].mean(0), atol=1e-3)  # no plain mean
    assert (np.asarray(y) <= x.max(1) + 1e-6).all() and (np.asarray(y) >= x.min(1) - 1e-6).all()


def test_calibration_error_is_that_of_its_definition():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.3, 1, 5000)
    right = rng.random(5000) < sure
    honest = calibration.error(calibration.gaps(sure, right).sum(0), 5000)
    boastful = calibration.error(calibration.gaps(np.full(5000, 0.99), right).sum(0), 5000)
    assert honest < 0.02 and boastful == pytest.approx(0.99 - right.mean(), abs=1e-4)
    by_hand = sum(abs((sure[b] - right[b]).sum()) for b in (calibration.bin_of(sure) == i for i in range(15))) / 5000
    assert honest == pytest.approx(by_hand, abs=1e-4)


def test_temperature_gives_back_honest_probabilities():
    from scipy.special import softmax

    rng = np.random.default_rng(0)
    scores = rng.normal(0, 2, (4000, 5)).astype("float32")
    truth = np.array([rng.choice(5, p=p) for p in softmax(scores, -1)])
    for sharpness in (3.0, 0.25):
        outputs = registry.Label(tuple("abcde"))
        given, probabilities = outputs.answers(sharpness * scores)
        before = outputs.scores_of(outputs.counts(truth, given, probabilities).sum(0), 4000)
        outputs = outputs.tuned(Answers(truth, given, probabilities))
        assert outputs.temperature == pytest.approx(sharpness, rel=0.1)
        after = outputs.scores_of(outputs.counts(truth, *outputs.answers(sharpness * scores)).sum(0), 4000)
        assert after["accuracy"] == before["accuracy"] and after["ece"] < 0.03 < before["ece"]
        np.testing.assert_allclose(outputs.decode(sharpness * scores)["probabilities"],
                                   outputs.answers(sharpness * scores)[1], atol=1e-5)


def test_temperature_stays_modest_where_every_answer_was_right():
    scores = 4 * np.eye(3, dtype="float32")[np.arange(150) % 3]
    outputs = registry.Label(tuple("abc"))
    outputs = outputs.tuned(Answers(scores.argmax(-1), *outputs.answers(scores)))
    surest = outputs.answers(scores)[1].max(-1)
    np.testing.assert_allclose(surest, 1 - 1 / 152, atol=3e-3)  # as after one mistake in 152 answers


SEVERAL = Framing(WordSeq(num_buckets=500), registry.Distribution(("joy", "anger", "fear")))


def test_several_names_are_encoded_decoded_and_scored():
    import tensorflow as tf

    outputs = registry.Distribution(("joy", "anger", "fear"), thresholds=(0.5, 0.2, 0.9))
    targets = outputs.targets_encoder()(tf.constant([[b"fear", b"joy"], [b"", b""]]))
    np.testing.assert_array_equal(targets, [[1, 0, 1], [0, 0, 0]])
    np.testing.assert_array_equal(outputs.targets_encoder()(tf.constant([[]], tf.string, (1, 0))), [[0, 0, 0]])
    scores = np.log(np.array([[0.6, 0.3, 0.8], [0.4, 0.1, 0.95]]) / (1 - np.array([[0.6, 0.3, 0.8], [0.4, 0.1, 0.95]])))
    names = outputs.decode(tf.constant(scores, tf.float32))["names"].numpy()
    assert [[n.decode() for n in row if n] for row in names] == [["joy", "anger"], ["fear"]]
    given, probabilities = outputs.answers(scores)
    figures = outputs.scores_of(outputs.counts(np.asarray(targets), given, probabilities).sum(0), 2)
    assert figures["f1"] == pytest.approx(1 / 3) and figures["f1_micro"] == pytest.approx(2 / 5)
    assert figures["exact"] == 0
    by_hand = -np.log([0.6, 0.7, 0.8, 0.6, 0.9, 0.05]).mean()
    assert figures["log_loss"] == pytest.approx(by_hand, rel=1e-4)
    assert np.mean(outputs.loss()(targets, tf.constant(scores, tf.float32))) == pytest.approx(3 * by_hand, rel=1e-4)


def test_thresholds_are_those_of_the_best_f1():
    from registry.outputs import thresholds

    rng = np.random.default_rng(0)
    probabilities = np.round(rng.random((300, 2)), 2)
    truth = (rng.random((300, 2)) < probabilities**2).astype(int)
    for t, p, found in zip(truth.T, probabilities.T, thresholds.best(truth, probabilities)):
        f1 = {bound: 2 * (t * (p >= bound)).sum() / ((p >= bound).sum() + t.sum()) for bound in (*np.unique(p), found)}
        assert f1[found] == pytest.approx(max(f1.values()))
    rare = np.zeros((300, 1), int)
    assert thresholds.best(rare, probabilities[:, :1]) == [0.5]


def test_a_run_keeps_the_thresholds_it_found(tmp_path):
    from rich.console import Console

    from recipes import folder, prediction, sources
    from recipes.recipe import Recipe

    recipe = Recipe("moods", SEVERAL, metric="f1", epochs=3, batch_size=32, architecture="text_cnn", size="tiny",
                    learning_rate=1e-2)
    found, metrics = running.run(recipe, sources.sample_data(SEVERAL), {"sample": True}, Console(quiet=True), tmp_path)
    config = folder.read_json(found / "framing.json")["outputs"]
    assert len(config["thresholds"]) == 3 and config["thresholds"] != [0.5] * 3
    assert metrics["test"]["f1"]["value"] > metrics["baselines"]["majority"]["f1"]["value"]
    framing = Framing(SEVERAL.inputs, registry.Distribution(SEVERAL.outputs.names, tuple(config["thresholds"])))
    (answer,) = prediction.answers(folder.load_model(found), framing, [("bobe dodi", b"bobe dodi")])
    sure = {n for n, p in answer["probabilities"].items()
            if p >= config["thresholds"][framing.outputs.names.index(n)] - 1e-6}
    assert set(answer["names"]) == sure


def test_names_that_do_not_hold_are_refused():
    problems = list(SEVERAL.outputs.problems(np.array([b"joy", b"envy", b"joy"], object)))
    assert [found for found, _, _ in problems] == ["name 'envy'", "name 'joy' 2 times"]
    assert not list(SEVERAL.outputs.problems(np.array([], object)))


def test_an_architecture_on_switches_is_trained_as_such():
    from recipes import recipe as recipes_recipe
    from recipes.recipe import Recipe

    recipe = Recipe("text", FRAMING, learning_rate=1e-3, ema=0.99)
    chosen = recipes_recipe.override(recipe, ["epochs=3"], architecture="bag")
    assert (chosen.optimizer, chosen.momentum, chosen.ema, chosen.epochs) == ("sgd", 0.0, 0.0, 3)
    assert recipes_recipe.override(recipe, [], architecture="bilstm").ema == 0.99


def test_bytes_that_are_no_text_are_one_word_of_the_vocabulary():
    domain = WordSeq(unit="word", exact=True, min_count=1).adapt([np.array([b"\xff", b"\xfe", b"a"], object)])
    assert domain.words == ("\ufffd", "a")
    domain.encoder()  # a word that stood there twice would be refused


def test_characters_keep_spaces_where_asked():
    import tensorflow as tf

    texts = tf.constant([" ban  công "])
    kept, left_out = (WordSeq(unit="character", keep_spaces=keep) for keep in (True, False))
    assert b"".join(kept.tokenise(texts)[0].numpy()).decode() == "ban▁công" and kept.length(texts[0].numpy()) == 8
    assert b"".join(left_out.tokenise(texts)[0].numpy()).decode() == "bancông"
    assert left_out.length(texts[0].numpy()) == 7


def test_hangul_is_read_letter_by_letter_where_asked():
    import unicodedata

    import tensorflow as tf

    texts = ["값이 있다", "한국어", "é 가", ""]
    domain = WordSeq(unit="character", letters=True, keep_spaces=True)
    read = [b"".join(row.numpy()).decode() for row in domain.tokenise(tf.constant(texts))]
    whole = [unicodedata.normalize("NFD", text).replace(" ", "▁") for text in texts[:2]]
    assert read == [*whole, "é▁\u1100\u1161", ""]
    assert [domain.length(text.encode()) for text in texts] == [len(row) for row in read]

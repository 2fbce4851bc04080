"""Dependency trees: the best tree, its scores, its loss, raw trees and their mistakes, drawings and CoNLL-U."""
import itertools
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

import registry
from registry import Framing, Tree, WordSeq, tfds_features
from registry.outputs import branching, trees
from registry.outputs.tags import UNIVERSAL
from zoo.layers import projective, spanning
from zoo.layers.arc_features import ArcFeatures
from zoo.layers.biaffine import FORBIDDEN, Biaffine, WithTags, joint

WORDS = WordSeq(num_buckets=200, embedding=8, char_filters=0, affix=2, gram=4)
SMALL = Tree(("root", "nsubj", "obj", "acl", "acl:relcl", "punct"), arc_units=8, label_units=4)


def is_tree(heads):
    """One root, and from every word heads lead to it."""
    return sum(h == 0 for h in heads) == 1 and trees.cycle_of(list(heads)) is None


def crosses(heads):
    arcs = [(min(i, h), max(i, h)) for i, h in enumerate(heads, 1)]
    return any(a < c < b < d for a, b in arcs for c, d in arcs)


ALL = {n: [t for t in itertools.product(range(n + 1), repeat=n) if is_tree(t)] for n in range(1, 6)}
FINDERS = {"spanning": (spanning.maximum_spanning_tree, ALL),
           "projective": (projective.projective_tree, {n: [t for t in ts if not crosses(t)] for n, ts in ALL.items()})}


def test_as_many_trees_as_there_are():
    assert [len(ALL[n]) for n in (1, 2, 3, 4, 5)] == [1, 2, 9, 64, 625]  # n^(n-1), Cayley
    assert [len(FINDERS["projective"][1][n]) for n in (1, 2, 3, 4, 5)] == [1, 2, 7, 30, 143]


@pytest.mark.parametrize("name", FINDERS)
@pytest.mark.parametrize("spread", (0.01, 3.0, 1000.0))
def test_best_tree_equals_brute_force(name, spread):
    find, every = FINDERS[name]
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 6, size=60)
    scores = spread * rng.normal(size=(60, 5, 6))
    heads = np.asarray(tf.function(find)(scores, lengths))
    for row, n, score in zip(heads, lengths, scores):
        total = {t: sum(score[i, h] for i, h in enumerate(t)) for t in every[n]}
        assert total[tuple(row[:n])] == pytest.approx(max(total.values())) and not row[n:].any()


@pytest.mark.parametrize("name", FINDERS)
def test_long_sentences_without_any_sense_are_trees(name):
    scores = np.random.default_rng(1).normal(size=(3, 50, 51)).astype("float32")
    scores[1, :, 0] += 100  # every word wants to be the root
    scores[2, 1:, 1:] += 30 * np.eye(50)[1:]  # every word wants itself
    heads = np.asarray(tf.function(FINDERS[name][0])(scores, np.array([50, 49, 1])))
    for row, n in zip(heads, (50, 49, 1)):
        assert is_tree(row[:n]) and not (name == "projective" and crosses(row[:n]))


def test_trees_of_equal_scores_are_trees():
    heads = np.asarray(spanning.maximum_spanning_tree(np.full((1, 6, 7), FORBIDDEN), np.array([6])))
    assert is_tree(heads[0])


def test_joint_scores_are_arcs_and_relations():
    rng = np.random.default_rng(0)
    arcs, relations = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 5, 4))
    scores = np.asarray(joint(arcs, relations, np.array([[True] * 3, [True, True, False]])))
    free = np.asarray([[[h != d and h <= n for h in range(4)] for d in (1, 2, 3)] for n in (3, 2)])
    summed = np.exp(scores.astype("float64")).sum(2)
    np.testing.assert_allclose(summed[free], np.exp(arcs[free]), rtol=1e-4)
    assert (scores[~np.broadcast_to(free[:, :, None], scores.shape)] < FORBIDDEN / 2).all()


def test_biaffine_equals_the_formula():
    keras.utils.set_random_seed(0)
    layer = Biaffine(2, 3, 2)
    x = np.random.default_rng(0).normal(size=(1, 2, 10)).astype("float32")
    scores = np.asarray(layer(x))[0].astype("float64")  # (T, R, H)
    root, arcs, labels = (np.asarray(w) for w in (layer.root, layer.arcs, layer.labels))
    word, head = np.append(x[0, 1, :3], 1), np.stack([root[:3], x[0, 0, 5:8]])
    np.testing.assert_allclose(np.log(np.exp(scores[1, :, :2]).sum(0)), word @ arcs @ head.T, rtol=1e-3, atol=1e-5)
    by_relation = (np.append(x[0, 1, 3:5], 1) @ labels).reshape(2, 3) @ np.append(x[0, 0, 8:], 1)
    np.testing.assert_allclose(scores[1, 0, 1] - scores[1, 1, 1], by_relation[0] - by_relation[1], rtol=1e-3)
    with pytest.raises(ValueError, match="size 9: expected 2 \\(3 \\+ 2\\)"):
        Biaffine(2, 3, 2).build((None, None, 9))


def test_loss_is_the_nats_of_head_and_relation():
    arcs, relations = np.array([[[0.0, -50, 1]]]), np.zeros((1, 1, 6, 3))
    longer = (0, 0), (0, 1), (0, 0)
    scores = tf.constant(joint(np.pad(arcs, longer), np.pad(relations, (*longer, (0, 0)))))
    loss = SMALL.loss()(np.array([[[2, 1], [-1, -1]]]), scores)
    assert float(loss) == pytest.approx(np.log(1 + np.exp(-1)) + np.log(6), rel=1e-4)
    smooth = SMALL.loss(label_smoothing=0.5)(np.array([[[2, 1], [-1, -1]]]), scores)
    assert float(smooth) == pytest.approx(float(loss), rel=1e-4)  # the relations are equally likely anyway


@pytest.mark.parametrize("domain", (SMALL, Tree(SMALL.relations, projective=True, arc_units=8, label_units=4)))
def test_answers_are_trees_and_equal_what_is_decoded(domain, sample):
    framing = Framing(WORDS, domain)
    numbers, targets = sample(framing, 20)
    scores = np.random.default_rng(0).normal(size=(20, *targets.shape[1:2], 6, targets.shape[1] + 1)).astype("float32")
    decoded = {k: v.numpy() for k, v in domain.decode(scores, numbers).items()}
    numbers = {k: tf.constant(v) for k, v in numbers.items()}
    for i, (given, sure) in enumerate(zip(*domain.answers(scores, numbers))):
        n = len(given)
        assert is_tree(given[:, 0]) and (decoded["heads"][i] == [*given[:, 0], *[-1] * (targets.shape[1] - n)]).all()
        names = [domain.relations[r].encode() for r in given[:, 1]]
        assert list(decoded["relations"][i][:n]) == names and set(decoded["relations"][i][n:]) <= {b""}
        assert all((name == b"root") == (head == 0) for name, head in zip(names, given[:, 0]))
        np.testing.assert_allclose(decoded["probabilities"][i][:n], sure, rtol=1e-5)
        assert ((sure > 0) & (sure < 1)).all() and not decoded["probabilities"][i][n:].any()


def test_raw_trees_become_numbers():
    encode = Tree(("root", "acl", "nsubj:pass")).targets_encoder()
    raw = tf.constant([["2:nsubj:pass", "0:root", "2:acl:relcl", ""], ["x:root", "-1:acl", "9:nsubj", "7"]])
    assert encode(raw).numpy().tolist() == [[[2, 2], [0, 0], [2, 1], [-1, -1]],
                                            [[-2, 0], [-2, 1], [9, -2], [7, -2]]]


def test_scores_are_those_of_the_conll_2018_scorer():
    """Of five words four heads are right, one of them with another subtype and one with another relation."""
    truth = np.array([[2, 1], [0, 0], [2, 4], [2, 2], [2, 5]])
    given = np.array([[2, 1], [0, 0], [2, 3], [2, 1], [4, 5]])
    rows = SMALL.counts([truth], [given])
    assert rows.tolist() == [[3, 4, 0, 5]]
    assert SMALL.scores_of(rows.sum(0), 1) == {"las": pytest.approx(0.6), "uas": pytest.approx(0.8)}


@pytest.mark.parametrize("name, tags", [("bilstm", "AB"), ("arcs", "ABCDEFGHIJ")])
def test_tags_are_answered_beside_the_tree_whatever_their_number(name, tags, sample):
    domain = replace(SMALL, tags=tuple(tags))
    numbers, targets = sample(Framing(WORDS, domain), 12)
    assert targets.shape[2] == 3 and targets[..., 2].max() < len(tags)
    keras.utils.set_random_seed(0)
    model = registry.build(WORDS, domain, name, "tiny", dropout=0.0)
    model.compile(keras.optimizers.Adam(0.03), domain.loss())
    for _ in range(40):
        model.train_on_batch(numbers, targets)
    scores = model(numbers)
    given, _ = domain.answers(scores, {k: tf.constant(v) for k, v in numbers.items()})
    truth = [rows[rows[:, 0] >= 0] for rows in targets]
    found = domain.scores_of(domain.counts(truth, given).sum(0), 12)
    assert found["upos"] > 0.9 and found["las"] > 0.5 and list(found) == ["las", "uas", "upos"]
    decoded = domain.decode(scores, numbers)["tags"].numpy()
    assert [name.decode() for name in decoded[0][: len(given[0])]] == [tags[i] for i in given[0][:, 2]]
    assert not any(decoded[0][len(given[0]):])


def test_with_tags_the_nats_of_the_tag_are_added():
    rng = np.random.default_rng(0)
    scores, tags = joint(rng.normal(size=(1, 2, 3)), rng.normal(size=(1, 2, 6, 3))), rng.normal(size=(1, 2, 9))
    both = WithTags()([scores, tf.constant(tags)])
    assert both.shape == (1, 2, 9, 4)
    targets = np.array([[[2, 1, 8], [0, 0, 3]]])
    apart = -np.log(np.exp(tags) / np.exp(tags).sum(-1, keepdims=True))[0, [0, 1], [8, 3]].mean()
    plain = float(SMALL.loss()(targets[..., :2], tf.constant(scores)))
    with_tags = replace(SMALL, tags=tuple("ABCDEFGHI"))
    assert float(with_tags.loss()(targets, both)) == pytest.approx(plain + apart, rel=1e-4)


def test_raw_trees_with_tags():
    encode = Tree(("root", "nsubj"), tags=("PRON", "VERB")).targets_encoder()
    raw = tf.constant([["2:nsubj:pass|PRON", "0:root|VERB", "2:nsubj", ""]])
    assert encode(raw).numpy().tolist() == [[[2, 1, 0], [0, 0, 1], [2, 1, -2], [-1, -1, -1]]]
    plain = Tree(("root", "nsubj")).targets_encoder()
    assert plain(raw).numpy().tolist() == [[[2, 1], [0, 0], [2, 1], [-1, -1]]]  # not asked for
    found = list(replace(SMALL, tags=("PRON", "VERB")).problems([b"2:nsubj|PRON", b"0:root|verb"], 2))
    assert found == [("tag 'verb' of word 2", "one of 2 (PRON, VERB)", "correct it or add the name")]


def test_guesses_are_trees():
    truth = [np.array([[2, 1], [0, 0], [2, 5]]), np.array([[0, 0]])]
    guesses = SMALL.guesses(truth, np.array([90, 3, 2, 5, 0, 4]), np.random.default_rng(0))
    assert guesses["right-branching"][0][0].tolist() == [[0, 0], [1, 3], [2, 3]]
    assert guesses["left-branching"][0][0].tolist() == [[2, 3], [3, 3], [0, 0]]
    assert all(is_tree(tree[:, 0]) for made, _ in guesses.values() for tree in made)
    with_tags = replace(SMALL, tags=("A", "B"))
    tagged = with_tags.guesses(truth, np.array([9, 3, 2, 5, 0, 4, 1, 7]), np.random.default_rng(0))
    assert tagged["right-branching"][0][0].tolist() == [[0, 0, 1], [1, 3, 1], [2, 3, 1]]
    assert all(is_tree(branching.random(n, np.random.default_rng(n))) for n in range(1, 30))


BAD = [
    (("2:nsubj", "0:root"), 3, "3 words and 2 heads.*as many heads as words"),
    (("3:nsubj", "0:root"), 2, "head '3' of word 1.*a number from 0 to 2"),
    (("_:nsubj", "0:root"), 2, "head '_' of word 1"),
    (("0:root", "0:root"), 2, "2 roots \\(words 1, 2\\).*one word with head 0.*choose one root"),
    (("2:nsubj", "3:obj", "1:obj"), 3, "a cycle \\(1 → 2 → 3 → 1\\).*lead to the root"),
    (("0:root", "3:obj", "2:obj"), 3, "a cycle \\(2 → 3 → 2\\)"),
    (("1:nsubj",), 1, "a cycle \\(1 → 1\\)"),
    (("0:root", "1:subject"), 2, "relation 'subject' of word 2.*one of 6 \\(root, nsubj"),
]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_what_is_no_tree_is_told(number):
    raw, length, message = BAD[number]
    found = [" ".join(problem) for problem in SMALL.problems(np.array([x.encode() for x in raw], object), length)]
    assert len(found) == 1
    import re

    assert re.search(message, found[0]), found


def test_trees_are_no_problem():
    for raw in (["0:root"], ["2:nsubj", "0:root", "2:obj:lvc"], ["0:root", "1:acl:relcl", "2:acl"]):
        assert not list(SMALL.problems([x.encode() for x in raw], len(raw)))
    assert SMALL.classes([b"2:nsubj:pass", b"0:root"]) == ["nsubj", "root"]


def test_bad_tree_stops_before_training_with_the_examples_number():
    from recipes import check
    from recipes.datasets.source import Data

    good, bad = ["0:root", "1:obj"], ["2:obj", "1:obj"]
    made = tf.data.Dataset.from_tensor_slices(([["a", "b"], ["c", "d"]], [good, bad]))
    data = Data("x", Framing(WORDS, SMALL), {s: made for s in ("train", "validation", "test")}, {}, {})
    findings, profile = check.check(data, data.framing)
    first = str(findings[0])
    assert first.startswith("error: train example 1, field tree: found a cycle (1 → 2 → 1)") and "correct a" in first
    assert profile["train"]["classes"] == {"obj": 3, "root": 1}


def test_drawing_joins_words_to_their_heads():
    drawn = trees.drawing(["they", "were", "seen", "by", "us", "."], [3, 3, 0, 5, 3, 3],
                          ["nsubj", "aux", "root", "case", "obl", "punct"])
    assert drawn == ["┌── they nsubj", "├── were aux", "┤ seen root", "│ ┌── by case", "├─┘ us obl", "└── . punct"]
    assert trees.drawing(["Yes"], [0], ["root"]) == ["─ Yes root"]


def test_shown_is_conllu(tmp_path):
    from recipes.datasets import conll

    answer = {"words": ["Time", "flies"], "heads": [2, 0], "relations": ["nsubj", "root"], "tags": ["NOUN", "VERB"],
              "probabilities": [1, 1]}
    shown = SMALL.shown(answer)
    (tmp_path / "a.conllu").write_text(2 * (shown + "\n"))
    first, second = conll.trees(tmp_path / "a.conllu")
    assert first.words == second.words == ["Time", "flies"] and first.tags == ["2:nsubj|NOUN", "0:root|VERB"]
    assert shown.startswith("# text = Time flies\n# ┌── Time nsubj\n# ┘ flies root\n1\tTime\t_\tNOUN\t")


def test_features_of_arcs_know_direction_words_and_what_is_between():
    numbers = WORDS.encoder()(tf.constant(["the old cat , saw the dog", "an old cat saw the dog ;"]))
    words = WORDS.handmade(numbers, "ids")
    ids = np.asarray(ArcFeatures(("d", "d:word h:word", "between"), 10**6)(words))
    assert ids.shape == (2, 7, 8, 3) and ids.min() > 0
    saw_cat = ids[0, 2, 5], ids[1, 2, 4]  # the comma is one word more between
    assert saw_cat[0][0] != saw_cat[1][0] and saw_cat[0][2] != saw_cat[1][2]
    old_cat = ids[0, 1, 3], ids[1, 1, 3]
    assert (old_cat[0] == old_cat[1]).all() and (ids[0, 1, 3] != ids[0, 2, 2]).all()


def test_features_of_treebanks_imply_trees():
    import tensorflow_datasets as tfds

    text = tfds.features.Sequence(tfds.features.Text())
    features = tfds.features.FeaturesDict({"tokens": text, "head": text, "deprel": text, "upos": tfds.features.Sequence(
        tfds.features.ClassLabel(names=["NOUN", "_"]))})
    assert tfds_features.frame(features, y="deprel") == Framing(WordSeq(), Tree(tags=("NOUN",)))
    assert tfds_features.frame(features).outputs == registry.Tags(("NOUN",))
    plain = tfds.features.FeaturesDict({"tokens": text, "deprel": text})
    with pytest.raises(registry.UserError, match="head and deprel → word_seq→tree"):
        tfds_features.frame(plain, x="tokens")


CONLLU = """# text = It's
1-2\tIt's\t_\t_\t_\t_\t_\t_\t_\t_
1\tIt\t_\tPRON\t_\t_\t0\troot\t_\t_
2\t's\t_\tAUX\t_\t_\t1\tcop\t_\t_
2.1\tleft\t_\tVERB\t_\t_\t_\t_\t_\t_

"""


def test_conllu_is_read_without_ranges_and_empty_nodes(tmp_path):
    from recipes.datasets import conll
    from recipes.datasets.readers import from_files

    file = tmp_path / "a.conllu"
    file.write_text("".join(CONLLU.replace("It", f"It{i}") for i in range(30)))
    data = from_files(file, "word_seq:tree")
    assert data.framing == Framing(WordSeq(), Tree(tags=UNIVERSAL))
    x, y = next(data.splits["train"].as_numpy_iterator())
    assert x[1] == b"'s" and list(y) == [b"0:root|PRON", b"1:cop|AUX"]
    with pytest.raises(registry.UserError, match="leave them out"):
        from_files(file, "word_seq:tree", columns={"y": "xpos"})
    file.write_text(CONLLU.replace("\n2\t", "\n3\t"))
    with pytest.raises(registry.UserError, match="line 4: word 3, expected 2: number the words"):
        conll.trees(file)


def test_page_draws_trees_and_escapes_words():
    from recipes.pictures import trees as pictured
    from tests.run_folders import NASTY, Page

    class Run:
        evidence = {"trees": [{"words": [NASTY, "b", "c"], "heads": [2, 0, 1], "relations": ["obj", "root", "obj"],
                               "true_heads": [2, 0, 2], "true_relations": ["obj", "root", "punct"],
                               "confidence": [0.9, 1.0, 0.8]}]}

    markup = pictured.section(Run, {})
    page = Page(markup)
    assert NASTY not in markup and "✗ obj 80\u00a0%" in page.text and "✓ punct" in page.text
    assert [a["class"] for a in page.all("path")[3:]].count("arc wrong") == 1
    assert "c hangs from" in page.all("svg")[-1]["aria-label"]
    Run.evidence = {}
    assert pictured.section(Run, {}) == ""

"""Texts written piece by piece: decoders and their caches, beam search, pieces, BLEU and error rates, guesses."""
import keras
import numpy as np
import pytest
import tensorflow as tf

import registry
from recipes import check, evaluate, pipeline, sources
from recipes.evidence import attention
from registry import Framing, Text, WordSeq
from registry.outputs import judging, pieces, retrieving
from registry.predicting import predictor
from zoo.layers import beam_search
from zoo.layers.attention_decoder import AttentionDecoder
from zoo.layers.log_linear_decoder import LogLinearDecoder
from zoo.layers.transformer_decoder import TransformerDecoder

SMALL = WordSeq(num_buckets=50, embedding=8, char_filters=0, affix=2, gram=4)
V, LONGEST = 9, 7
DECODERS = {
    "multiplicative": lambda: AttentionDecoder(V, 6, depth=2, attention="multiplicative"),
    "additive": lambda: AttentionDecoder(V, 6, depth=1, attention="additive"),
    "transformer": lambda: TransformerDecoder(V, 8, num_heads=2, depth=2),
    "log_linear": lambda: LogLinearDecoder(V, 6),
}


def decoder_of(kind, seed=3):
    """Return a decoder with weights large enough that it does not say the same all the time."""
    keras.utils.set_random_seed(seed)
    decoder = DECODERS[kind]()
    decoder.build([(None, None, 5), (None, None), (None, None)])
    for weight in decoder.weights:
        weight.assign(weight + keras.random.normal(weight.shape, stddev=0.7))
    return decoder


def memory_of(lengths=(4, 2), seed=0):
    real = (np.arange(max(lengths)) < np.array(lengths)[:, None]).astype("float32")
    memory = np.random.default_rng(seed).normal(size=(*real.shape, 5)).astype("float32") * real[..., None]
    return tf.constant(memory), tf.constant(real)


def greedy(decoder, memory, real):
    """Write greedily without caches: the whole text anew for each piece."""
    rows = []
    for m, r in zip(memory, real):
        written = [1]
        while len(written) <= LONGEST and (len(written) == 1 or written[-1] != 1):
            scores = np.array(decoder([m[None], r[None], tf.constant([written])]))[0, -1]
            scores[0] = -np.inf
            written.append(int(scores.argmax()))
        rows.append([i for i in written if i != 1])
    return rows


@pytest.mark.parametrize("kind", DECODERS)
def test_generation_with_caches_equals_teacher_forcing(kind):
    memory, real = memory_of()
    for seed in range(2):
        decoder = decoder_of(kind, seed)
        found, _ = beam_search.generate(decoder, memory, real, mark=1, longest=LONGEST)
        assert [[i for i in row if i] for row in found[:, 0].numpy().tolist()] == greedy(decoder, memory, real)


@pytest.mark.parametrize("kind", DECODERS)
def test_score_of_a_written_text_is_its_log_probability(kind):
    memory, real = memory_of()
    decoder = decoder_of(kind)
    found, scores = (x.numpy() for x in beam_search.generate(decoder, memory, real, mark=1, longest=LONGEST, beams=3,
                                                             length_penalty=0.5))
    assert (np.diff(scores, axis=1) <= 1e-5).all()
    for b in range(2):
        for row, score in zip(found[b], scores[b]):
            text = [i for i in row if i]
            said = [*text, 1] if len(text) < LONGEST else text
            given = np.array(decoder([memory[b : b + 1], real[b : b + 1], tf.constant([[1, *said[:-1]]])]))[0]
            given[:, 0] = -1e9
            nats = tf.nn.log_softmax(given).numpy()[np.arange(len(said)), said].sum()
            assert score == pytest.approx(nats / len(said) ** 0.5, abs=1e-3)


@pytest.mark.parametrize("kind", DECODERS)
def test_writing_ignores_padding_and_neighbours(kind):
    decoder, (memory, real) = decoder_of(kind), memory_of()
    together = beam_search.generate(decoder, memory, real, mark=1, longest=LONGEST, beams=3)
    alone = beam_search.generate(decoder, memory[1:, :2], real[1:, :2], mark=1, longest=LONGEST, beams=3)
    np.testing.assert_array_equal(together[0][1:], alone[0])
    np.testing.assert_allclose(together[1][1:], alone[1], atol=1e-4)


@pytest.mark.parametrize("kind", ["multiplicative", "additive", "transformer"])
def test_attention_weighs_real_times_only(kind):
    decoder, (memory, real) = decoder_of(kind), memory_of()
    weights = decoder.weights_of([memory, real, tf.constant([[1, 2, 3], [1, 4, 5]])]).numpy()
    assert weights.shape == (2, 3, 4)
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)
    assert (weights[1, :, 2:] < 1e-6).all() and weights[0].std() > 0.01


def searched(table, beams, length_penalty=0.0):
    """Search where the next piece depends on the last alone; 1 begins and ends."""
    logs = tf.math.log(tf.constant(table, tf.float32) + 1e-9)

    def step(ids, time, state):
        return tf.gather(logs, ids), state

    found, scores = beam_search.search(step, [], 1, mark=1, longest=5, beams=beams, length_penalty=length_penalty)
    return [i for i in found[0, 0].numpy() if i], float(scores[0, 0])


TRAP = [[0, 0, 0, 0, 0], [0, 0.0, 0.6, 0.4, 0], [0, 0.34, 0.33, 0.0, 0.33], [0, 0.9, 0.05, 0.05, 0], [0, 1, 0, 0, 0]]


def test_beam_search_finds_what_greedy_misses():
    greedily, low = searched(TRAP, 1)
    widely, high = searched(TRAP, 3)
    assert greedily == [2] and low == pytest.approx(np.log(0.6 * 0.34), abs=1e-4)
    assert widely == [3] and high == pytest.approx(np.log(0.4 * 0.9), abs=1e-4)


@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
def test_bad_texts_that_end_early_do_not_stop_a_good_one(length_penalty):
    chain = np.full((6, 6), 0.01)
    chain[:, 1] = 0.06  # an end after any piece
    for piece in range(1, 5):
        chain[piece, piece + 1] = 0.9
    chain[5, 1] = 0.9
    assert searched(chain, 2, length_penalty)[0] == [2, 3, 4, 5]


def test_length_penalty_favours_longer_texts():
    chain = [[0, 0, 0], [0, 0.45, 0.55], [0, 0.4, 0.6]]
    assert searched(chain, 4, 0.0)[0] == [] and len(searched(chain, 4, 2.0)[0]) > 1


def test_text_that_never_ends_is_cut_off():
    text, _ = searched([[0, 0, 0], [0, 0, 1], [0, 0, 1]], 2)
    assert text == [2] * 5


@pytest.mark.parametrize("unit", ["byte", "character", "word", "subword"])
def test_pieces_spell_every_text(unit):
    training = ["我 爱 你。", "他 爱 我。", "你好 吗？", "hello  world"] * 5
    learned = Text(unit=unit, num_pieces=40).adapt(y.encode() for y in training)
    number, table = pieces.numberer(learned.pieces, learned.weights, unit), pieces.spelling(learned.pieces)
    for text in (*training, "未见 ✓ ümlaut", "x"):
        numbers = number(text)
        assert min(numbers) > pieces.MARK and max(numbers) < len(table)
        assert pieces.joined([*numbers, pieces.MARK, 5], table) == " ".join(text.split())
    assert unit == "byte" or len(number("我 爱")) < len("我 爱".encode())


def test_pieces_come_from_training_answers_by_frequency():
    examples = [(b"x", b"b a"), (b"x", b"a"), (b"x", b"a c"), (b"x", b"c")]
    framing = Framing(SMALL, Text(unit="word", min_count=2)).adapt(lambda: iter(examples))
    assert framing.outputs.pieces == ("▁a", "▁c") and framing.inputs == SMALL
    assert not framing.outputs.needs_adapting


def test_framing_keeps_its_pieces_in_json():
    import json

    from registry.framing import from_config, to_config

    learned = Framing(SMALL, Text(unit="subword", num_pieces=12).adapt([b"aab aab abb bb a"] * 9))
    again = from_config(json.loads(json.dumps(to_config(learned))))
    assert again == learned and len(learned.outputs.weights) == len(learned.outputs.pieces) > 2


def test_targets_end_with_the_mark_and_previous_begins_with_it():
    text = Text(max_pieces=4)
    targets = text.targets_encoder()(tf.constant(["ab", "abcdef"])).numpy()
    assert targets.tolist() == [[99, 100, 1, -1], [99, 100, 101, 1]]
    assert text.numbers(tf.constant([99, 100, 1, -1]))["previous"].numpy().tolist() == [1, 99, 100, 1]


def test_a_batch_has_texts_of_like_length_whatever_they_answer():
    texts = [b" ".join([b"w"] * (2 + 24 * (i % 2))) for i in range(64)]
    raw = tf.data.Dataset.from_tensor_slices(([b"a b c"] * 64, texts))
    part = pipeline.encode(Framing(SMALL, Text(max_pieces=64)), raw)
    shapes = sorted(targets.shape[1] for _, targets in pipeline.epoch(part, 16, 0, 0))
    assert shapes == [4] * 2 + [52] * 2  # bytes of the text and the mark


def test_bytes_that_are_no_text_are_replaced():
    ids = tf.constant([[[2 + 0xE6, 2 + 0x61]]])
    assert Text().decode((ids, tf.zeros((1, 1))))["text"].numpy()[0].decode("utf-8") == "�a"


SAID, TRUE = ["我 爱你 。", "你好吗？", "他在睡觉"], ["我爱你。", "您好吗？", "他正在睡觉。"]


@pytest.mark.parametrize("tokenize", ["zh", "13a", "char"])
def test_bleu_and_chrf_are_those_of_sacrebleu(tokenize):
    from sacrebleu.metrics import BLEU, CHRF

    rows = judging.counts("translation", SAID, TRUE, tokenize)
    figures = judging.scores_of("translation", rows.sum(0), 3, tokenize)
    assert figures["bleu"] == pytest.approx(BLEU(tokenize=tokenize).corpus_score(SAID, [TRUE]).score, abs=1e-6)
    assert figures["chrf"] == pytest.approx(CHRF().corpus_score(SAID, [TRUE]).score, abs=1e-6)
    many = judging.scores_of("translation", np.stack([rows.sum(0), rows[0]]), 3, tokenize)
    assert many["bleu"].shape == (2,) and many["bleu"][0] == pytest.approx(figures["bleu"])
    assert f"tok:{tokenize}" in judging.signatures("translation", tokenize)["bleu"]


def test_error_rates_of_pronunciations():
    rows = judging.counts("pronunciation", ["a b c", "x y", ""], ["a b c", "x z y", "q"], "none")
    assert judging.scores_of("pronunciation", rows.sum(0), 3, "none") == pytest.approx({"wer": 2 / 3, "per": 2 / 7})
    assert judging.edits("kitten", "sitting") == 3 and judging.edits("", "abc") == 3


def test_guesses_look_up_and_translate_word_by_word():
    def words(*ids):
        return np.array(ids, "int32")

    tally = [(words(2, 3), words(300, 301)), (words(3, 2, 0), words(301, 300)), (words(2, 4), words(300, 302)),
             (words(4), words(302))]
    assert retrieving.nearest([w for w, _ in tally], [words(4), words(2, 3)]).tolist() == [3, 0]
    by_word = retrieving.word_by_word(tally, [words(4, 3, 2), words(9)])
    assert [row.tolist() for row in by_word] == [[302, 301, 300], []]


def tiny(architecture="seq2seq", outputs=None):
    framing = Framing(SMALL, outputs or Text())
    keras.utils.set_random_seed(1)
    return framing, registry.build(framing.inputs, framing.outputs, architecture, size="tiny")


def test_learns_to_translate():
    framing, model = tiny("transformer", Text(unit="word", pieces=("▁ba", "▁de", "▁gi", "▁lo", "▁mu"), beams=2,
                                        max_pieces=12))
    part = pipeline.encode(framing, sources.sample_data(framing).splits["train"].take(24))
    model.compile(keras.optimizers.Adam(0.005), framing.outputs.loss())
    batches = list(pipeline.batches(part))
    for _ in range(180):
        model.train_on_batch(*batches[0])
    answers = evaluate.answer(model, framing, batches, framing.outputs.loss())
    assert evaluate.point(framing, answers)["bleu"] > 60 and answers.scores_loss < 0.5


def test_quick_answers_are_greedy():
    framing, model = tiny()
    numbers = framing.inputs.encoder()(tf.constant(["a b", "c"]))
    ids, scores = predictor(model, Framing(SMALL, framing.outputs.quick()))(numbers)
    assert ids.shape[1] == 1 and predictor(model, framing)(numbers)[0].shape[1] == framing.outputs.beams
    answers = framing.outputs.answers((ids, scores))
    assert all((row > 0).all() for row in answers[0]) and all(0 < p <= 1 for p in answers[1])


def test_attention_of_a_written_text_names_words_and_pieces():
    framing, model = tiny()
    told = attention.weights_of(model, framing, b"how are you", np.array([99, 100, 101]))
    assert told["words"] == ["how", "are", "you"] and told["pieces"] == ["a", "b", "c"]
    assert np.shape(told["weights"]) == (3, 3)


BAD = [
    ((b"a b", b"  "), "an empty text, expected at least one character"),
    ((b" ", b"x y"), "no words, expected at least one word"),
    ((b"a b", b"\xff\xfe"), "expected text in UTF-8"),
    ((b"a \xff", b"x"), "expected text in UTF-8"),
    ((b"a", b"x" * 70), "a text of 70 bytes, expected fewer than max_pieces=64"),
    ((b" ".join([b"w"] * 10_000), b"x"), "found 10000 words, expected at most 512"),
]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_bad_examples_are_told_with_their_number(number):
    example, message = BAD[number]
    rows = [(b"a b", b"x y"), (b"c", b"z"), example]
    findings, _ = check.check(data_of(rows), Framing(SMALL, Text()))
    (finding,) = [str(f) for f in findings if message in str(f)]
    assert "train example 2" in finding


def test_a_vocabulary_of_one_is_told():
    findings, _ = check.check(data_of([(b"a", b"x"), (b"b", b"x")]), Framing(SMALL, Text()))
    assert any("split train: found one word only (x)" in str(f) for f in findings)


def data_of(rows):
    from recipes.datasets.source import Data

    split = tf.data.Dataset.from_tensor_slices(([x for x, _ in rows], [y for _, y in rows]))
    splits = {"train": split, "validation": split.take(1), "test": split.take(1)}
    return Data("rows", Framing(SMALL, Text()), splits, {}, {})

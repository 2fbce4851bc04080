"""How words are pronounced, in 21 languages, SIGMORPHON 2021: characters → phones, word sequence → text.

Ashby et al. 2021 (https://aclanthology.org/2021.sigmorphon-1.13), official splits. WER is the share of words whose
phones are not all right, PER the edits of phones. American English has 33,344 words for training; "medium" languages
8,000, "low" ones 800. What each run must reach is the WER of the organisers' baseline, an ensemble
(https://github.com/sigmorphon/2021-task1). Korean is read by the letters of its syllables. Other languages by name:

    python -m recipes run pronunciation
    python -m recipes run pronunciation/ice
    python -m recipes predict pronunciation "taskzoo"

Measured: test wer 41.82 % (40.33 to 43.40), shallow 56.29 % (54.82 to 57.82),
better than the shallow model (p ≤ 0.001); 1336 s, 25 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Framing, Text, WordSeq

DATASET = "sigmorphon2021_g2p/eng_us"
VARIANTS = {"eng_us": 41.94,  # WER of the organisers' baseline on the test words, an ensemble, as their README lists it
            "arm_e": 7.0, "bul": 18.3, "dut": 14.7, "fre": 8.5, "geo": 0.0, "hbs_latn": 32.1, "hun": 1.8,
            "jpn_hira": 5.2, "kor": 16.3, "vie_hanoi": 2.5,
            "ady": 22.0, "gre": 21.0, "ice": 12.0, "ita": 19.0, "khm": 34.0, "lav": 55.0, "mlt_latn": 19.0, "rum": 10.0,
            "slv": 49.0, "wel_sw": 10.0}
HIGH, LOW = ("eng_us",), tuple(VARIANTS)[11:]


def data(folders, variant="eng_us"):
    """Return the raw examples of a language."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(f"sigmorphon2021_g2p/{variant}", folders, x="word", y="pronunciation", text=True)


def recipe(variant="eng_us"):
    """Return the experiment on a language: smaller batches and more epochs where there are fewer words."""
    settings = {"epochs": 25, "batch_size": 64, "learning_rate": 2e-3, "ema": 0.999}
    if variant not in HIGH:
        settings = {"epochs": 30, "batch_size": 64, "learning_rate": 2e-3, "ema": 0.995}
    if variant in LOW:
        settings = {"epochs": 60, "batch_size": 16, "learning_rate": 3e-3, "ema": 0.99}
    return Recipe(
        name="pronunciation" if variant == "eng_us" else f"pronunciation_{variant}", metric="wer",
        target=round(VARIANTS[variant] / 100, 4),
        data=f"SIGMORPHON 2021 task 1, {variant}",
        framing=Framing(WordSeq(unit="character", keep_spaces=True, letters=True, min_count=1, embedding=96, gram=0,
                                word_dropout=0.02),
                        Text(unit="word", max_pieces=64, judged_as="pronunciation")),
        architecture="seq2seq", options={"units": 192 if variant in LOW else 256, "depth": 1,
                                         "dropout": 0.25 if variant in HIGH else 0.3},
        weight_decay=0.0, clip_norm=1.0, label_smoothing=0.1, keep="last", **settings)

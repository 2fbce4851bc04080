"""Strings of one to seven spoken digits: audio → text by CTC.

The recordings of `spoken_digits` joined at random, by any speakers, with silence of up to .3 s around and between them:
4,000 strings of the recordings for training, 500 of those that validate and 500 of those that test, so that no
recording stands in two parts. The metric is the share of strings that are not right from first to last digit.

    python -m recipes run speech_digits

Measured: test string_error 1.00 % (0.20 to 2.00), shallow 99.00 % (98.00 to 99.80),
better than the shallow model (p ≤ 0.001); 3605 s, 40 epochs, seed 0, 2 cores of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Audio, Framing, Transcript

RATE = 8000
COUNTS = {"train": 4000, "validation": 500, "test": 500}
LONGEST, PAUSE = 7, 0.3  # digits, seconds


def data(folders):
    """Return the raw examples: samples (N,) and a string such as "7 3 1"."""
    from recipes import spoken_digits
    from recipes.datasets.source import Data

    single = spoken_digits.data(folders)
    splits = {part: strings(single.splits[part], n, seed) for seed, (part, n) in enumerate(COUNTS.items())}
    record = {**single.record, "splits": {part: {"by": f"strings of the recordings that are for {part}", "examples": n}
                                          for part, n in COUNTS.items()}}
    return Data("strings of " + single.name, recipe().framing, splits, dict(COUNTS), record)


def strings(recordings, count, seed):
    """Return the data set of `count` strings of recordings, a data set of (samples, digit); the same for each seed."""
    import numpy as np
    import tensorflow as tf

    sounds, digits = zip(*((x, y) for x, y in recordings.as_numpy_iterator()))

    def generate():
        rng = np.random.default_rng(seed)
        for _ in range(count):
            chosen = rng.integers(len(sounds), size=rng.integers(1, LONGEST + 1))
            pauses = [np.zeros(n, "float32") for n in rng.integers(int(PAUSE * RATE), size=len(chosen) + 1)]
            parts = [part for i, pause in zip(chosen, pauses) for part in (pause, sounds[i])]
            yield np.concatenate([*parts, pauses[-1]]), b" ".join(digits[i] for i in chosen)

    made = tf.data.Dataset.from_generator(generate, output_signature=(
        tf.TensorSpec((None,), tf.float32), tf.TensorSpec((), tf.string)))
    return made.apply(tf.data.experimental.assert_cardinality(count))


def recipe():
    """Return the experiment."""
    return Recipe(
        name="speech_digits", data="strings of TFDS spoken_digit", metric="string_error", target=0.03,
        framing=Framing(Audio(rate=RATE, decibels=50.0, speed=0.1, noise=0.1, hide_bands=8, hide_time=0.1),
                        Transcript(alphabet=tuple("0123456789"), unit="word")),
        architecture="crnn", size="small", options={"units": 128, "dropout": 0.3}, epochs=40, batch_size=32,
        learning_rate=2e-3, weight_decay=0.01, clip_norm=1.0, ema=0.99, keep="last")

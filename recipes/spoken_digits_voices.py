"""Spoken digits of speakers that training has not heard, learned from the recordings of `spoken_digits` and from 6,000
digits in hundreds of voices of eSpeak NG: audio → label.

Four or five speakers are too few to learn what speakers have in common. A synthesiser has many more voices; they sound
made, but differ in throat, accent and pace. Each recording stands twice among them.

    pip install 'taskzoo[speech]'
    python -m recipes run spoken_digits_voices --holdout speaker
"""
from recipes import spoken_digits
from recipes.recipe import Recipe
from registry import Audio, Framing, Label

DATASET, SPOKEN = spoken_digits.DATASET, "espeak_digits"
HOLDOUTS = spoken_digits.HOLDOUTS
TIMES = 2  # that each recording is heard in an epoch


def data(folders, holdout=None):
    """Return the raw examples of `spoken_digits`, the training part with those of eSpeak NG; `holdout` as there."""
    import dataclasses

    from recipes.datasets.tfds_source import from_tfds

    found = spoken_digits.data(folders, holdout)
    spoken = from_tfds(SPOKEN, folders, splits={part: "train" for part in found.splits}).splits["train"]
    train = spoken
    for _ in range(TIMES):
        train = train.concatenate(found.splits["train"])
    counts = {**found.counts, "train": int(train.cardinality())}
    record = {**found.record, "spoken": f"{int(spoken.cardinality()):,} digits by eSpeak NG in the training part"}
    return dataclasses.replace(found, splits={**found.splits, "train": train}, counts=counts, record=record)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="spoken_digits_voices", data="TFDS spoken_digit, eSpeak NG", target=0.996,
        framing=Framing(Audio(rate=8000, num_mels=24, seconds=0.8, standardise="each", decibels=45.0, speed=0.2,
                              noise=0.2, warp=0.2, hide_bands=5, hide_time=0.2), Label()),
        architecture="crnn", size="small", epochs=15, batch_size=32, learning_rate=2e-3, weight_decay=0.05, ema=0.99,
        keep="last", shallow={"epochs": 5, "learning_rate": 3e-2})

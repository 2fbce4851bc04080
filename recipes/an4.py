"""Spelled words, numbers and commands of the Census data AN4 (CMU 1991): audio → text by CTC over words, from cepstral
coefficients (data/an4_mfcc).

The publisher's split, whose test speakers are not among those who train; a tenth of the training speakers validates.

    python -m recipes run an4

Measured: test wer 8.41 % (5.98 to 11.07), shallow 430.40 % (401.92 to 460.16),
better than the shallow model (p ≤ 0.001); 1548 s, 120 epochs, seed 0, 2 cores of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import AudioFeatures, Framing, Transcript

DATASET = "an4_mfcc"


def data(folders):
    """Return the raw examples: features (T, 13) and a text."""
    import numpy as np
    import tensorflow_datasets as tfds

    from recipes.datasets.folds import only
    from recipes.datasets.prepare import prepared
    from recipes.datasets.source import Data
    from recipes.datasets.tfds_source import full_name

    builder = prepared(DATASET, folders)
    training = builder.as_dataset(split="train")
    named = builder.as_dataset(split="train", decoders=tfds.decode.PartialDecoding({"speaker": True}))
    speakers = [example["speaker"] for example in named.as_numpy_iterator()]
    validating = set(sorted(set(speakers))[::10])
    validates = np.array([speaker in validating for speaker in speakers])
    found = {"train": only(training, ~validates), "validation": only(training, validates),
             "test": builder.as_dataset(split="test")}
    splits = {split: examples.map(lambda one: (one["features"], one["text"])) for split, examples in found.items()}
    counts = {split: int(examples.cardinality()) for split, examples in splits.items()}
    how = {"train": "the publisher's, nine speakers of ten", "validation": "the publisher's training part, one speaker "
           "of ten", "test": "the publisher"}
    record = {"source": "tfds", "name": full_name(builder), "folder": str(builder.data_dir),
              "splits": {split: {"by": how[split], "examples": n} for split, n in counts.items()}}
    return Data(full_name(builder), recipe().framing, splits, counts, record)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="an4", data="AN4, CMU's MFCCs", metric="wer", target=0.09,
        framing=Framing(AudioFeatures(mels=40, transform="sphinx", decibels=50.0, standardise="training",
                                      differences=False, speed=0.1, warp=0.15, hide_features=8, hide_time=0.05),
                        Transcript(alphabet=(), unit="word")),
        architecture="crnn", size="small", options={"stride": 3, "units": 192, "dropout": 0.3}, epochs=120,
        batch_size=8, learning_rate=2e-3, weight_decay=0.01, clip_norm=1.0, ema=0.99, keep="last")

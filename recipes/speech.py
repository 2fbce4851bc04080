"""Read books: audio → text by CTC over characters (LibriSpeech, Panayotov et al. 2015,
https://doi.org/10.1109/ICASSP.2015.7178964).

A hundred hours of clean speech for training, dev-clean for validation, test-clean for test, through TFDS, which
downloads 57 GB; a machine with GPUs is meant.

    python -m recipes run speech
"""
from recipes.recipe import Recipe
from registry import Audio, Framing, Transcript

DATASET = "librispeech"
SPLITS = {"train": "train_clean100", "validation": "dev_clean", "test": "test_clean"}


def data(folders):
    """Return the raw examples."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(DATASET, folders, x="speech", y="text", splits=SPLITS)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="speech", data="TFDS librispeech", metric="wer",
        framing=Framing(Audio(num_mels=80, standardise="each", speed=0.1, hide_bands=27, hide_time=0.05),
                        Transcript(alphabet=())),
        architecture="conformer", size="base", options={"stride": 4}, epochs=60, batch_size=32, learning_rate=1e-3,
        weight_decay=0.01, clip_norm=1.0, ema=0.999, keep="last")

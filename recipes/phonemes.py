"""The phone of each hundredth of a second of speech: audio → tags.

By default English sentences spoken by eSpeak NG, which tells its phones' times: 3,000 for training, and 300 each for
validation and test with other sentences and other voices. It is the framing and the pictures that are real; a
synthesiser says a phone more evenly than people do. `--data` names TIMIT where you have it, or sounds of your own with
files of times beside them (docs/data.md).

    pip install 'taskzoo[speech]'
    python -m recipes run phonemes
    python -m recipes run phonemes --data TIMIT

Measured: test frame_error 17.14 % (15.47 to 18.86), shallow 37.26 % (35.75 to 38.98),
better than the shallow model (p ≤ 0.001); 1095 s, 12 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Audio, FrameTags, Framing

DATASET = "espeak_english"
RATE = 16_000


def data(folders, path=None):
    """Return the raw examples: samples (N,) and the phone of each frame; `path` is a folder with TIMIT."""
    from recipes.datasets import files, timit

    if path:
        return timit.read(files.folder(files.existing(path), "TIMIT's TRAIN and TEST"))
    return _spoken(folders)


def _spoken(folders):
    import tensorflow as tf

    from recipes.datasets.prepare import prepared
    from recipes.datasets.source import SPLITS, Data
    from recipes.datasets.tfds_source import as_sound, full_name
    from recipes.datasets.timed import of_frames

    builder, framing = prepared(DATASET, folders), recipe().framing

    def tags(sound, begins, phones):
        return of_frames(sound, [0, *(begins / RATE)], [b"_", *phones], framing.inputs)

    def raw(example):
        sound = as_sound(example["audio"])
        found = tf.numpy_function(tags, [sound, example["begins"], example["phones"]], tf.string, stateful=False)
        return sound, tf.ensure_shape(found, (None,))

    counts = {split: builder.info.splits[split].num_examples for split in SPLITS}
    splits = {split: builder.as_dataset(split=split).map(raw, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
              .apply(tf.data.experimental.assert_cardinality(counts[split])) for split in SPLITS}
    record = {"source": "tfds", "name": full_name(builder), "folder": str(builder.data_dir),
              "splits": {split: {"by": "other sentences and voices", "examples": n} for split, n in counts.items()}}
    return Data(full_name(builder), framing, splits, counts, record)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="phonemes", data="eSpeak NG", metric="frame_error",
        framing=Framing(Audio(rate=RATE, standardise="each", hide_bands=6, hide_time=0.05), FrameTags(names=())),
        architecture="bilstm", size="base", epochs=12, batch_size=16, learning_rate=2e-3, weight_decay=0.01,
        clip_norm=1.0, ema=0.99, keep="last", shallow={"epochs": 6})

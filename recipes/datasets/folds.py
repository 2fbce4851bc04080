"""Cross-validation: all examples in so many parts by the hash of the input, each the test part once."""
from dataclasses import replace

from recipes.datasets.cutting import share_of
from recipes.datasets.source import SPLITS
from registry.errors import UserError


def folded(data, fold, folds):
    """Return `Data` whose test part is one fold of all examples; of the others a share validates, the rest trains.

    Args:
        data: `Data`, whose own splits are put together first.
        fold: which, from 1.
        folds: how many, 2 or more.

    Raises:
        UserError: fewer different examples than three for each fold, examples that overlap, or a game.
    """
    import numpy as np

    if data.game:
        raise UserError(f"received --folds {folds} for {data.game.name}, which is played: take --seeds {folds}.")
    overlapping = getattr(data.framing.inputs, "overlapping", None)
    if overlapping:
        raise UserError(f"received --folds {folds} for {overlapping}: parts by chance would tell of each other. Leave "
                        f"out --folds: a run has a test part of its own.")

    whole = data.splits["train"]
    for split in SPLITS[1:]:
        whole = whole.concatenate(data.splits[split])
    hashes = hashes_of(whole)
    distinct, rank = np.unique(hashes, return_inverse=True)
    if len(distinct) < 3 * folds:
        raise UserError(f"received --folds {folds} for {len(distinct)} different examples: expected three or more for "
                        f"each. Choose fewer folds.")
    place = rank * folds // len(distinct) + 1
    validates = np.random.default_rng(fold).random(len(distinct))[rank] < share_of(len(distinct))
    masks = {"train": (place != fold) & ~validates, "validation": (place != fold) & validates, "test": place == fold}
    counts = {split: int(mask.sum()) for split, mask in masks.items()}
    splits = {split: only(whole, mask) for split, mask in masks.items()}
    record = {**data.record, "splits": {split: {"by": f"fold {fold} of {folds} by the hash of x", "examples": n}
                                        for split, n in counts.items()}}
    return replace(data, splits=splits, counts=counts, record=record)


def only(examples, mask):
    """Return the examples (N) where a mask (N,) is true."""
    import tensorflow as tf

    kept = tf.constant(mask)
    chosen = examples.enumerate().filter(lambda i, _: kept[i]).map(lambda _, example: example)
    return chosen.apply(tf.data.experimental.assert_cardinality(int(mask.sum())))


def hashes_of(pairs):
    """Return the hashes (N,) int64 of the inputs of raw (x, y), in their order."""
    import numpy as np
    import tensorflow as tf

    def hashed(x, y):
        return tf.strings.to_hash_bucket_fast(x if x.dtype == tf.string and x.shape.rank == 0
                                              else tf.io.serialize_tensor(x), 2**63 - 1)

    batches = pairs.map(hashed, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).batch(4096)
    return np.concatenate([*batches.as_numpy_iterator()] or [np.zeros(0, "int64")])

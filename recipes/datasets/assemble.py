"""From what a reader found to `Data`: names of the labels, splits that are cut, a fixed order."""
import re
from dataclasses import dataclass

from recipes.datasets.cutting import cut
from recipes.datasets.source import SPLITS, Data
from registry.errors import UserError, nearest

SHARE = 0.1


@dataclass(frozen=True)
class Part:
    """What was read for one split: N inputs, N targets and N hashes of the inputs (int64)."""

    x: object
    y: object
    hashes: object


def assemble(path, framing, parts, dataset, record):
    """Return the `Data` of a user's files.

    Missing splits are cut from train, a tenth each, by the hash of the input. Examples stand in the order of their
    hashes, so that the first few are a fair sample also of a file that is sorted by label.

    Args:
        path: the data, for its name.
        framing: `Framing`.
        parts: split → `Part`, "train" among them.
        dataset: function of x and y of a part → `tf.data.Dataset` of raw (x, y).
        record: what is to be recorded besides the splits.

    Raises:
        UserError: too few examples to cut, or a label that is not in train.
    """
    import numpy as np
    import tensorflow as tf

    if framing.outputs.name == "label":
        _check_labels(path, parts)
    pieces = {split: (part, np.ones(len(part.hashes), bool)) for split, part in parts.items()}
    how = {split: "its own file" for split in parts}
    missing = [split for split in SPLITS if split not in parts]
    if missing:
        masks = cut(parts["train"].hashes, {split: SHARE for split in missing}, str(path))
        pieces |= {split: (parts["train"], mask) for split, mask in masks.items()}
        how |= {split: "cut from train by hash of x" for split in masks}
    splits, counts = {}, {}
    for split in SPLITS:
        part, mask = pieces[split]
        order = np.argsort(part.hashes, kind="stable")
        order = order[mask[order]]
        counts[split] = len(order)
        splits[split] = dataset(_at(part.x, order), _at(part.y, order)).apply(
            tf.data.experimental.assert_cardinality(len(order)))
    record = {"source": "files", "path": str(path), **record,
              "splits": {split: {"by": how[split], "examples": counts[split]} for split in SPLITS}}
    return Data(str(path), framing, splits, counts, record)


def _check_labels(path, parts):
    """Raise UserError for a label that no training example has: most often it is misspelt."""
    known = sorted(set(parts["train"].y))
    for split, part in parts.items():
        strange = sorted(set(part.y) - set(known))
        if strange:
            shown = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
            raise UserError(f"{path}: {split} has the label {strange[0]!r}, which no example of train has ({shown}): "
                            f"correct it, or add such examples to train.{nearest(strange[0], known)}")


def _at(values, order):
    return values[order] if hasattr(values, "dtype") else [values[i] for i in order]


def label_names(labels, path):
    """Return the sorted different labels, numbers by their value.

    Raises:
        UserError: fewer than two labels, or a different one for each of many examples.
    """
    names = sorted(set(labels), key=lambda n: (0, int(n), "") if re.fullmatch(r"-?\d{1,18}", n) else (1, 0, n))
    if len(names) < 2:
        raise UserError(f"{path} has one label only, {names[0]!r}: expected two or more to tell apart. Add examples of "
                        f"others.")
    if len(names) == len(labels) > 20:
        raise UserError(f"{path}: each of the {len(labels)} examples has a label of its own ({', '.join(names[:3])}, "
                        f"…). Is that column the label? Name the columns for x and y.")
    return tuple(names)

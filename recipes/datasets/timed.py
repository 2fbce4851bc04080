"""Sounds with a file of times beside each: what is heard from when to when, as a tag for each frame."""
from functools import partial
from pathlib import Path

from recipes.datasets import sounds
from recipes.datasets.assemble import Part, assemble
from recipes.datasets.inspecting import inspected
from recipes.datasets.source import ALIASES, SPLITS
from registry.errors import UserError
from registry.framing import Framing

SILENCE = "_"
TIMES = (".phn", ".PHN", ".txt", ".TXT")  # in this order, since TIMIT fills its .TXT with the sentence


def read(path, split_of=None, fold=lambda name: name, skipped=None):
    """Return the `Data` of audio:tags of a folder's sounds, each with NAME.txt (begin and end in seconds, and a tag, as
    Audacity exports labels) or NAME.phn (in samples, as TIMIT) beside it; folders train, validation, test are splits.

    Args:
        path: the folder.
        split_of: function from a sound's path to its split, or None for none; by the first folder where not given.
        fold: function from a tag to the one that it counts as.
        skipped: as in `inspected`.

    Raises:
        UserError: a sound without times or that cannot be read, a line without begin, end and tag.
    """
    from registry.inputs import Audio
    from registry.outputs import FrameTags

    parts, every = {}, []
    for split, files in _by_split(path, split_of or partial(_folder_split, path)).items():
        good, told = inspected(files, lambda file: _inspect(file, fold), skipped)
        every += told
        parts[split] = Part([str(files[i]) for i in good], [one[3] for one in told], [one[0] for one in told])
    rate = sounds.usual(one[1] for one in every)
    framing = Framing(Audio(rate=rate), FrameTags(names=(), silence=fold(SILENCE)))
    return assemble(path, framing, parts, lambda x, y: _dataset(x, y, framing),
                    {"pair": "audio:tags", "rate": rate, "notes": sounds.notes(every, rate)})


def _inspect(file, fold):
    told = sounds.inspect(file)
    return *told, times_of(file, told[1], fold)


def _by_split(path, split_of):
    files = [file for file in sorted(path.rglob("*")) if file.suffix.lower() in sounds.EXTENSIONS and file.is_file()]
    if not files:
        raise UserError(f"{path} has no sounds: expected files that end in {', '.join(sounds.EXTENSIONS)}, each with "
                        f"its times beside it (.txt or .phn).")
    found = {}
    for file in files:
        found.setdefault(split_of(file), []).append(file)
    if "train" not in found:
        raise UserError(f"{path} has no sounds for training: it has {', '.join(filter(None, found)) or 'others'} only.")
    return {split: found[split] for split in SPLITS if split in found}


def _folder_split(path, file):
    first = file.relative_to(path).parts[0].lower()
    return next((split for split, aliases in ALIASES.items() if first in aliases), "train")


def times_of(file, rate, fold=lambda name: name):
    """Return [(begin in seconds, tag)] of the file of times beside a sound; SILENCE, folded, where there is no tag.

    Raises:
        UserError: there is none, or a line is none of "begin end tag", or begins before the one before it ends.
    """
    file = Path(file)
    place = next((p for p in map(file.with_suffix, TIMES) if p.is_file()), None)
    if place is None:
        raise UserError(f"{file} has no times: expected {file.stem}.txt (begin, end, tag; in seconds) or .phn (in "
                        f"samples) beside it.")
    unit = rate if place.suffix.lower() == ".phn" else 1
    found, last = [(0.0, fold(SILENCE))], 0.0
    for number, line in enumerate(place.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        cells = line.split(None, 2)
        try:
            begin, end, name = float(cells[0]) / unit, float(cells[1]) / unit, cells[2].strip()
        except (ValueError, IndexError):
            raise UserError(f"{place} line {number}: found {line.strip()[:60]!r}, expected begin, end and a tag."
                            ) from None
        if begin < last or end < begin:
            raise UserError(f"{place} line {number}: {begin:g} to {end:g} s after {last:g} s: expected times in their "
                            f"order, none within another.")
        found += [(begin, fold(name)), (end, fold(SILENCE))]
        last = end
    return found


def of_frames(samples, begins, names, inputs):
    """Return the tag of each frame (T,) of a sound, that at the frame's middle.

    Args:
        samples: (N,), as raw values of `inputs`.
        begins: seconds where each of `names` begins, from 0; one that begins with the next is not heard.
        names: the tags.
        inputs: an `Audio`.
    """
    import numpy as np

    middles = (np.arange(inputs.length(samples)) + 0.5) * inputs.step / inputs.rate
    return np.asarray(names, object)[np.searchsorted(begins, middles, side="right") - 1]


def _dataset(files, times, framing):
    """Return the data set of raw (sound, tags) of files."""
    import tensorflow as tf

    def load(i):
        sound = sounds.decode(files[i], framing.inputs.rate)
        begins, names = zip(*times[i])
        return sound, of_frames(sound, begins, [name.encode() for name in names], framing.inputs)

    def element(i):
        sound, tags = tf.numpy_function(load, [i], (tf.float32, tf.string), stateful=False)
        return tf.ensure_shape(sound, (None,)), tf.ensure_shape(tags, (None,))

    return tf.data.Dataset.range(len(files)).map(element, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

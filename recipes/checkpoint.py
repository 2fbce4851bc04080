"""Checkpoints of a training: complete or not there, and checked when they are read.

One .npz file holds the weights, the optimizer, the best weights so far and where the training stands. It is
written under another name and then renamed, so a kill at any moment leaves the one before.
"""
import hashlib
import io
import json
import os
import zipfile
from pathlib import Path

from registry.errors import UserError

KEEP = 2
DIGEST = hashlib.sha256().digest_size  # bytes at the file's end


def save(folder, model, best, state):
    """Write a checkpoint and drop all but the newest.

    Args:
        folder: a `Path`, made where it is missing.
        model: a compiled, built model.
        best: the best weights so far, a list of arrays as `model.get_weights()` gives, or None.
        state: a dict that JSON can hold, with "epoch" and "step".

    Raises:
        UserError: the disk is full or the folder cannot be written; earlier checkpoints stay.
    """
    import numpy as np

    arrays = {f"variable_{i}": v.numpy() for i, v in enumerate(variables(model))}
    arrays |= {f"best_{i}": w for i, w in enumerate(best or [])}
    arrays["state"] = np.frombuffer(json.dumps(state).encode(), "uint8")
    path = folder / f"epoch_{state['epoch']:05d}_step_{state['step']:07d}.npz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        content = io.BytesIO()
        np.savez(content, **arrays)
        with partial.open("wb") as file:
            file.write(content.getbuffer())
            file.write(hashlib.sha256(content.getbuffer()).digest())
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        for old in _all(folder)[:-KEEP]:
            old.unlink()
    except OSError as error:
        raise UserError(f"cannot write the checkpoint {path}: {error.strerror or error}. Free some space or choose "
                        "another --out; the checkpoint before this one is kept, go on with --resume.") from error


def restore(folder, model):
    """Put the newest checkpoint into the model.

    Returns:
        (best weights or None, state), or (None, None) where there is no checkpoint yet.

    Raises:
        UserError: the newest checkpoint is damaged or belongs to another model.
    """
    import numpy as np

    found = _all(folder)
    if not found:
        return None, None
    path = found[-1]
    try:
        content = path.read_bytes()
        if hashlib.sha256(content[:-DIGEST]).digest() != content[-DIGEST:]:
            raise ValueError("its content is not what was written")
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        state = json.loads(arrays.pop("state").tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        earlier = f" or delete it to go on from {found[-2].name}" if len(found) > 1 else ""
        raise UserError(f"the checkpoint {path} is damaged ({error}): restore the file{earlier}, "
                        "or start a new run without --resume.") from error
    targets = variables(model)
    saved = [arrays[f"variable_{i}"] for i in range(sum(k.startswith("variable_") for k in arrays))]
    if [v.shape for v in saved] != [tuple(v.shape) for v in targets]:
        raise UserError(f"the checkpoint {path} belongs to another model: resume with the settings it was begun with.")
    for variable, value in zip(targets, saved):
        variable.assign(value)
    count = sum(key.startswith("best_") for key in arrays)
    return [arrays[f"best_{i}"] for i in range(count)] or None, state


def there(folder):
    """Tell whether a folder holds a checkpoint."""
    return bool(_all(folder))


def variables(model):
    """Return all that training changes: weights, random seeds of layers, the optimizer's state."""
    return [*model.variables, *model.optimizer.variables]


def _all(folder):
    return sorted(Path(folder).glob("epoch_*.npz"))

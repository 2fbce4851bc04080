"""NumPy archives (.npz) with x_train, y_train and perhaps more splits, or with x and y."""
import zipfile

from recipes.datasets.assemble import Part, assemble, label_names
from recipes.datasets.cutting import hashes_of
from recipes.datasets.source import ALIASES, one_line
from registry.errors import UserError
from registry.framing import Framing


def read(path, pair):
    """Return the `Data` of a .npz file.

    Args:
        path: the file.
        pair: "image:label" for images (N, H, W) or (N, H, W, C) with values 0-255, or "vector:label" for (N, D).

    Raises:
        UserError: no such arrays, other shapes or values, or unequal numbers of x and y.
    """
    import tensorflow as tf

    arrays = _arrays(path)
    values = _images if pair == "image:label" else _vectors
    read_parts = {split: (values(arrays[x], f"{path}: {x}"), _labels(arrays[y], f"{path}: {y}"))
                  for split, (x, y) in _keys(path, arrays).items()}
    names = label_names([label for _, labels in read_parts.values() for label in labels], path)
    parts = {}
    for split, (x, y) in read_parts.items():
        if x.shape[1:] != read_parts["train"][0].shape[1:]:
            raise UserError(f"{path}: examples of {split} have the shape {x.shape[1:]}, those of train "
                            f"{read_parts['train'][0].shape[1:]}: expected the same.")
        if len(x) != len(y):
            raise UserError(f"{path}: {split} has {len(x)} examples in x and {len(y)} in y: expected as many of each.")
        parts[split] = Part(x, y, hashes_of(row.tobytes() for row in x))
    return assemble(path, _framing(parts["train"].x, names), parts,
                    lambda x, y: tf.data.Dataset.from_tensor_slices((x, y)), {"pair": pair})


def _framing(x, names):
    from registry.inputs import Image, Vector
    from registry.outputs import Label

    if x.ndim == 2:
        return Framing(Vector(num_features=x.shape[1]), Label(names=names))
    return Framing(Image(height=x.shape[1], width=x.shape[2], channels=min(x.shape[3], 3)), Label(names=names))


def _arrays(path):
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} cannot be read as .npz ({one_line(error)}): expected numpy.savez(PATH, x_train=…, "
                        f"y_train=…) of numbers.") from error
    return arrays


def _keys(path, arrays):
    """Return split → names of its x and y."""
    names = {name.lower(): name for name in arrays}
    keys = {}
    for split, aliases in ALIASES.items():
        for alias in aliases:
            if f"x_{alias}" in names and f"y_{alias}" in names:
                keys[split] = (names[f"x_{alias}"], names[f"y_{alias}"])
    if "train" not in keys and "x" in names and "y" in names:
        keys["train"] = (names["x"], names["y"])
    if "train" not in keys:
        raise UserError(f"{path} has the arrays {', '.join(arrays) or 'none'}: expected x_train and y_train (and "
                        f"x_validation, y_validation, x_test, y_test), or x and y.")
    return keys


def _images(x, where):
    """Return images (N, H, W, C) uint8."""
    import numpy as np

    x = x[..., None] if x.ndim == 3 else x
    if x.ndim != 4 or x.shape[-1] not in (1, 3, 4) or not len(x):
        raise UserError(f"{where} has the shape {x.shape}: expected images (N, height, width) or (N, height, width, "
                        f"1, 3 or 4). Rows of numbers are vector:label.")
    if x.dtype != np.uint8 and (x.dtype.kind not in "iu" or x.min() < 0 or x.max() > 255):
        raise UserError(f"{where} is {x.dtype} from {x.min():g} to {x.max():g}: expected uint8 with values 0-255. "
                        f"Scale to 0-255, round, and cast to uint8.")
    return x.astype("uint8")


def _vectors(x, where):
    """Return rows of numbers (N, D) float32."""
    import numpy as np

    if x.ndim != 2 or not x.size or x.dtype.kind not in "biuf":
        raise UserError(f"{where} is {x.dtype} with the shape {x.shape}: expected numbers (N, D). Images are "
                        f"image:label.")
    bad = np.argwhere(~np.isfinite(x))
    if len(bad):
        row, column = bad[0]
        raise UserError(f"{where}[{row}, {column}] is {x[row, column]}: expected finite numbers. Fill or drop the "
                        f"row.")
    return x.astype("float32")


def _labels(y, where):
    """Return labels as a list of strings."""
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim != 1 or y.dtype.kind not in "biufUS" or (y.dtype.kind == "f" and (y != y.round()).any()):
        raise UserError(f"{where} is {y.dtype} with the shape {y.shape}: expected one whole number or string for each "
                        f"example.")
    y = y.astype("int64") if y.dtype.kind in "bf" else y
    return [v.decode("utf-8") if isinstance(v, bytes) else str(v) for v in y.tolist()]

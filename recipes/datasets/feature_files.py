"""Features of sounds that others have computed: NumPy's .npy (T, D), and CMU Sphinx's .mfc."""
from pathlib import Path

from recipes.datasets.cutting import hash_of
from recipes.datasets.source import one_line
from registry.errors import UserError

EXTENSIONS = (".npy", ".mfc")
SPHINX_FEATURES = 13


def read(file, num_features=None):
    """Return the features (T, D) float32 of a file.

    Args:
        file: a path.
        num_features: D, where it is known.

    Raises:
        UserError: it holds none, or others.
    """
    import numpy as np

    try:
        found = of_sphinx(Path(file).read_bytes(), file) if Path(file).suffix.lower() == ".mfc" else np.load(
            file, allow_pickle=False)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"corrupt features {file} ({one_line(error)}): expected NumPy's .npy. Write it again with "
                        f"numpy.save.") from error
    if found.ndim != 2 or found.dtype.kind not in "fiu" or not found.size:
        raise UserError(f"{file} holds {found.dtype} of shape {found.shape}: expected numbers of shape (frames, "
                        f"features).")
    if num_features and found.shape[1] != num_features:
        raise UserError(f"{file} holds {found.shape[1]} features: expected {num_features}, as the other files have.")
    return found.astype("float32")


def inspect(file):
    """Return the hash of a file of features and the number D of them.

    Raises:
        UserError: it cannot be read.
    """
    found = read(file)
    return hash_of(found.tobytes()), found.shape[1]


def of_sphinx(content, name, num_features=SPHINX_FEATURES):
    """Return the features (T, D) float32 in the content of a .mfc file: their number, then each, most significant byte
    first.

    Raises:
        UserError: the number is not that of what follows.
    """
    import numpy as np

    count = int.from_bytes(content[:4], "big")
    if len(content) != 4 + 4 * count or not count or count % num_features:
        raise UserError(f"corrupt features {name}: found {len(content)} bytes, expected a number of coefficients, a "
                        f"multiple of {num_features}, and as many of 4 bytes.")
    return np.frombuffer(content, ">f4", offset=4).reshape(-1, num_features).astype("float32")

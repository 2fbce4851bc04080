"""Arrays out of a saved model, without loading Keras.

Source: the .keras format, a zip of config.json and model.weights.h5, whose groups are named by class in snake case,
numbered from the second on (https://keras.io/guides/serialization_and_saving/).
"""
import json
import shutil
import tempfile
import zipfile


def array(path, place_of):
    """Return (a layer's first array as float32, the model's configuration), or None where there is none.

    Args:
        path: of a .keras file.
        place_of: function of the model's configuration that gives the layer's group in the weights, or None.
    """
    import h5py

    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryFile() as copy:
            config = json.loads(archive.read("config.json")).get("config") or {}
            place = place_of(config)
            if place is None:
                return None
            with archive.open("model.weights.h5") as weights:
                shutil.copyfileobj(weights, copy)
            with h5py.File(copy, "r") as stored:
                return stored[f"{place}/vars/0"][()].astype("float32"), config
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None

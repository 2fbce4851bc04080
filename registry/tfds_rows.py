"""TFDS features that are a row of fields together, such as those of a click log."""
import re

from registry.framing import Framing

ROW = "row"  # stands for all features that are one number or one text, together one x
IDS = re.compile(r"(^|_)(id|code|zip|hash)$", re.I)  # names of numbers that only name something


def framing_of(value, y):
    """Return the framing of rows, click_log → distribution; the arguments are those of `fields_of`."""
    from registry.inputs import ClickLog
    from registry.outputs import Event

    numeric, categorical = fields_of(value, y)
    return Framing(ClickLog(numeric=tuple(numeric), categorical=tuple(categorical)), Event())


def fields_of(value, y):
    """Return the names of the features that are fields of a row, those of numbers and those of categories.

    Args:
        value: a `tfds.features.FeaturesDict`, or a `tfds.core.DatasetInfo`, whose supervised keys may say which.
        y: the feature that says yes or no, which is no field.
    """
    import numpy as np

    features, supervised = getattr(value, "features", value), getattr(value, "supervised_keys", None)
    named = supervised[0] if is_row(supervised) else features
    dtypes = {name: np.dtype(features[name].np_dtype) for name in named if name != y and is_field(features[name])}
    numeric = [name for name, dtype in dtypes.items() if dtype.kind in "fiu" and not IDS.search(name)]
    return numeric, [name for name in dtypes if name not in numeric]


def is_row(supervised):
    """Tell whether a data set's supervised keys name several features that are x together."""
    return supervised is not None and len(supervised) == 2 and isinstance(supervised[0], dict) and isinstance(
        supervised[1], str)


def is_field(feature):
    """Tell whether a feature is one number, one text, or yes or no."""
    import numpy as np
    from tensorflow_datasets import features as f

    plain = type(feature) in (f.Tensor, f.Scalar, f.Text)
    return plain and feature.shape == () and np.dtype(feature.np_dtype).kind in "fiubOSU"

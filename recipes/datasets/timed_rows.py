"""What the builders of measured data share: rows of a publisher's table, each with its time. Shapes: C columns."""
import csv
import io

from registry.errors import UserError

MISSING = ("", "NA")


def info(builder, columns, texts=(), **told):
    """Return the `tfds.core.DatasetInfo` of rows in their order: "time" Text, "values" (C,) float32, NaN where nothing
    was measured, and further texts.

    Args:
        builder: the builder.
        columns: what was measured, C names.
        texts: names of further columns, which hold texts.
        **told: homepage, citation and license.
    """
    import numpy as np
    import tensorflow_datasets as tfds

    features = {"time": tfds.features.Text(), "values": tfds.features.Tensor(shape=(len(columns),), dtype=np.float32),
                **{name: tfds.features.Text() for name in texts}}
    return tfds.core.DatasetInfo(builder=builder, description=builder.__doc__, disable_shuffling=True,
                                 features=tfds.features.FeaturesDict(features), **told)


def rows(text, path, time, columns, texts=()):
    """Yield (number, example) for each row of a table in CSV, as `info` describes them.

    Args:
        text: the table.
        path: where it is, for messages.
        time, columns, texts: names of its columns.

    Raises:
        UserError: a cell that is no number.
    """
    for number, row in enumerate(csv.DictReader(io.StringIO(text, newline=""))):
        try:
            values = [float("nan") if row[name] in MISSING else float(row[name]) for name in columns]
        except ValueError as error:
            raise UserError(f"{path} line {number + 2}: {error}; expected a number or {MISSING[1]}.") from error
        yield number, {"time": row[time], "values": values, **{name: row[name] for name in texts}}


def read(name, folders):
    """Return (the builder, {feature: array (N, …)}) of a builder whose rows have times.

    Args:
        name: its TFDS name.
        folders: `Folders`.
    """
    import numpy as np

    from recipes.datasets.prepare import prepared
    from registry import quiet

    builder = prepared(name, folders)
    quiet.start()
    found = [row for row in builder.as_dataset(split="train", batch_size=4096).as_numpy_iterator()]
    return builder, {key: np.concatenate([batch[key] for batch in found]) for key in found[0]}

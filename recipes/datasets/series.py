"""Series of measurements as windows: the past of each, and what followed. Cut by time, without a look ahead.

Shapes: N steps of a series, C channels, T steps of the past, H steps ahead.
"""
from dataclasses import dataclass, replace

from recipes.datasets.source import SPLITS, Data
from registry.errors import UserError
from registry.moments import moments

FILLED = 0.25  # of the numbers of a window's past may be carried forward


@dataclass(frozen=True)
class Stretch:
    """A part of a series whose answers belong to one split.

    Args:
        rows: (N, C) float, NaN where nothing was measured.
        answers: of each step, numbers (N, C') with NaN where there is none, or names (N,).
        first, last: the answers of the split are those of rows[first:last]; the rows before are their past.
    """

    rows: object
    answers: object
    first: int
    last: int


def windows(name, framing, parts, record):
    """Return `Data` whose raw x is a window of the past (T, C) and whose y is what follows: numbers (H, C'), or the
    name at the next step.

    A window's past ends where its answer begins, and may reach back into the split before, as it would in use. Gaps of
    the past carry the last value forward, since what comes later may not fill them; windows whose past lacks more than
    a quarter, and those whose answer is not there, are left out. Means and deviations are those of the training part.

    Args:
        name: of the data.
        framing: `Series` with `past`, and `Numbers` or `Label`.
        parts: split → list of `Stretch`.
        record: what is to be recorded besides the splits.

    Raises:
        UserError: a split is too short for one window, or has no whole one.
    """
    splits, counts, left_out, by = {}, {}, {}, record.pop("by")
    for split in SPLITS:
        splits[split], counts[split], left_out[split] = _split(name, framing, split, parts[split])
    told = {split: {"by": by[split], "examples": counts[split]} for split in SPLITS}
    record = {"source": "files", **record, "past": framing.inputs.past, "left_out": left_out, "splits": told}
    return Data(name, _measured(framing, parts["train"]), splits, counts, record)


def _split(name, framing, split, stretches):
    """Return the data set of a split, how many examples it has, and how many were left out."""
    import numpy as np
    import tensorflow as tf

    past, future = framing.inputs.past, max(getattr(framing.outputs, "future", 1), 1)
    starts, offset, left_out = [], 0, 0
    for one in stretches:
        found = np.arange(max(one.first, past), one.last - future + 1)
        good = found[_whole(one, past, future)[found]] if len(found) else found
        left_out += len(found) - len(good)
        starts.append(good + offset)
        offset += len(one.rows)
    starts = np.concatenate(starts)
    if not len(starts):
        size = sum(one.last - one.first for one in stretches)
        raise UserError(f"{name}: {split} has {size} steps and no window of {past} steps of the past and {future} "
                        f"ahead without gaps: give a longer series, or a shorter past.")
    rows = tf.constant(np.concatenate([carried(one.rows) for one in stretches]).astype("float32"))
    answers = np.concatenate([one.answers for one in stretches])
    answers = tf.constant(answers.astype("float32") if answers.dtype.kind == "f" else answers.astype(object))
    ahead = getattr(framing.outputs, "future", 0)

    def raw(start):
        x = tf.ensure_shape(rows[start - past : start], (past, rows.shape[1]))
        y = answers[start : start + ahead] if ahead else answers[start]
        return x, tf.ensure_shape(y, (ahead, *answers.shape[1:]) if ahead else answers.shape[1:])

    dataset = tf.data.Dataset.from_tensor_slices(starts).map(raw, num_parallel_calls=1)
    return dataset.apply(tf.data.experimental.assert_cardinality(len(starts))), len(starts), left_out


def _whole(stretch, past, future):
    """Return for each step whether a window may end before it, (N,) bool."""
    import numpy as np

    missing = np.isnan(stretch.rows).mean(1)
    start = np.isnan(carried(stretch.rows)).any(1)  # before the first value of some channel
    lacking = np.isnan(stretch.answers).any(1) if stretch.answers.dtype.kind == "f" else stretch.answers == b""
    before = np.concatenate([[0], np.cumsum(missing)])
    unknown, none = (np.concatenate([[0], np.cumsum(x)]) for x in (start, lacking))
    places = np.arange(len(missing))
    first, end = np.maximum(places - past, 0), np.minimum(places + future, len(missing))
    return ((before[places] - before[first] <= FILLED * past) & (unknown[places] == unknown[first])
            & (none[end] == none[places]))


def _measured(framing, stretches):
    """Return the framing with mean and deviation of what was measured in the training part."""
    def scaled(domain, values):
        mean, std = moments(values)
        return replace(domain, mean=mean, std=std)

    inputs, outputs = scaled(framing.inputs, (one.rows[: one.last] for one in stretches)), framing.outputs
    if hasattr(outputs, "channels"):
        outputs = scaled(outputs, (one.answers[: one.last] for one in stretches))
    return replace(framing, inputs=inputs, outputs=outputs)


def carried(rows):
    """Return rows (N, C) whose missing numbers are the last ones before them; NaN stays where there is none."""
    import numpy as np

    last = np.where(np.isnan(rows), 0, np.arange(len(rows))[:, None])
    return np.take_along_axis(rows, np.maximum.accumulate(last, 0), 0)


def on_grid(times, rows, where):
    """Return times and rows (N', C) at every step from the first to the last, NaN where a step is missing, and how many
    are.

    Args:
        times: (N,) datetime64 or float.
        rows: (N, C) float.
        where: function of a row's place that names it in a message.

    Raises:
        UserError: times that do not grow, stand twice, or are not whole steps apart.
    """
    import numpy as np

    gaps = np.diff(times)
    zero = gaps.dtype.type(0)
    for place in np.flatnonzero(gaps <= zero)[:1]:
        twice = gaps[place] == zero
        raise UserError(f"{where(place + 1)}: time {times[place + 1]} {'stands twice' if twice else 'comes'} after "
                        f"{times[place]} ({where(place)}): "
                        + ("keep one row for each time." if twice else "sort the rows by time."))
    step = np.median(gaps.astype("int64")).astype("int64") if gaps.dtype.kind == "m" else np.median(gaps)
    step = np.timedelta64(int(step), np.datetime_data(gaps.dtype)[0]) if gaps.dtype.kind == "m" else step
    places = (times - times[0]) / step
    odd = np.flatnonzero(abs(places - np.round(places)) > 1e-3)
    if len(odd):
        raise UserError(f"{where(odd[0])}: time {times[odd[0]]} is no whole number of steps ({step}) after the first: "
                        f"measure at equal steps, or resample.")
    places = np.round(places).astype("int64")
    size = int(places[-1]) + 1
    if size > 20 * len(rows):
        raise UserError(f"{where(len(rows) - 1)}: {len(rows)} rows stand for {size} steps of {step}: most are missing.")
    full = np.full((size, *rows.shape[1:]), np.nan)
    full[places] = rows
    return times[0] + np.arange(size) * step, full, size - len(rows)

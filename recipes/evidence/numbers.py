"""Evidence of numbers: forecasts with their intervals and the error at each step ahead; or answers against the truth,
and the function itself where it has one or two variables."""
from recipes import folder as folders
from recipes.evidence.common import values_of

SHOWN, COLUMNS, POINTS = 4, 3, 2000
PAST = 2  # times the steps ahead are shown of the past


def write(folder, framing, answers, raw, model):
    """Write the evidence; see `recipes.evidence.write`."""
    outputs = framing.outputs
    found = _forecasts(framing, answers, raw) if outputs.future else _points(framing, answers, raw)
    inside = (answers.truth >= answers.probabilities[..., 0]) & (answers.truth <= answers.probabilities[..., 1])
    told = {"columns": list(outputs.names), "inside": float(inside.mean()),
            "cover": max(outputs.quantiles) - min(outputs.quantiles) if outputs.quantiles else outputs.cover}
    folders.write_json(folder / "evidence.json", {"names": [], "numbers": {**told, **found}})


def compared(folder, framing, found):
    """Write the mean absolute error at each step ahead, of the model and of what stands beside it.

    Args:
        folder: the run's folder.
        framing: its framing; without steps ahead nothing is written.
        found: name of a model or guess → `evaluate.Answers`.
    """
    import numpy as np

    outputs = framing.outputs
    if outputs.future:
        unit = outputs.scale[1] if outputs.figures == "raw" else 1.0
        steps = [np.abs((one.given - one.truth) * unit).mean((0, 2)) for one in found.values()]
        np.savez_compressed(folder / "evidence.npz", models=np.array(list(found)), steps=np.array(steps))


def _raw(outputs, values):
    """Return z-scores (…, C) as numbers."""
    mean, std = outputs.scale
    return values * std + mean


def _forecasts(framing, answers, raw):
    """Return some windows from first to last, with their forecasts."""
    import numpy as np

    outputs = framing.outputs
    index = sorted({int(i) for i in np.linspace(0, len(answers.truth) - 1, SHOWN)})
    values, windows = values_of(raw, set(index)), []
    for i in index:
        x = values[i][-min(framing.inputs.past, PAST * outputs.future) :] if framing.inputs.name == "series" else None
        parts = {"truth": answers.truth[i], "said": answers.given[i], "low": answers.probabilities[i, ..., 0],
                 "high": answers.probabilities[i, ..., 1]}
        past = x[:, list(outputs.channels)][:, :COLUMNS].tolist() if outputs.channels and x is not None else []
        windows.append({"index": i, "past": past,
                        **{key: _raw(outputs, part)[:, :COLUMNS].tolist() for key, part in parts.items()}})
    return {"windows": windows}


def _points(framing, answers, raw):
    """Return answers and truth of the first column; with one or two input numbers also these."""
    import numpy as np

    truth, said = (_raw(framing.outputs, part)[:POINTS, 0] for part in (answers.truth, answers.given))
    found = {"points": {"truth": truth.tolist(), "said": said.tolist()}}
    if framing.inputs.name == "vector" and framing.inputs.num_features <= 2:
        inputs = np.stack([x for x, _ in raw.take(POINTS).as_numpy_iterator()])
        found["points"]["inputs"] = inputs.tolist()
        found["points"]["variables"] = list(framing.inputs.names) or [f"x{i + 1}" for i in range(inputs.shape[1])]
    return found

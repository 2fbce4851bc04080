"""Evidence of an event: how well its probabilities rank, and how they compare with what happened and with the truth."""
from recipes import folder as folders
from recipes.evidence.common import KEPT, values_of
from registry.outputs import calibration

POINTS, GROUPS, SHOWN = 101, 20, 24


def write(folder, framing, answers, raw, model):
    """Write the evidence; see `recipes.evidence.write`."""
    import numpy as np

    happened, propensity, rate = answers.truth.T
    seen = answers.probabilities * propensity
    known = bool(np.isfinite(rate).all())
    order = np.argsort(-np.abs(happened - seen), kind="stable")[:min(KEPT, SHOWN)]
    values = values_of(raw, set(order.tolist()))
    surprises = [{"index": int(i), "fields": [text.decode("utf-8", "replace") for text in values[int(i)]],
                  "probability": round(float(seen[i]), 4), "happened": bool(happened[i])} for i in order]
    folders.write_json(folder / "evidence.json", {
        "names": [], "fields": list(framing.inputs.fields) if hasattr(framing.inputs, "fields") else [],
        "reliability": [part.tolist() for part in calibration.curve(seen, happened)],
        "roc": {"model": roc(seen, happened), **({"truth": roc(rate * propensity, happened)} if known else {})},
        "groups": groups(answers.probabilities, seen, happened, rate if known else None), "surprises": surprises})


def roc(probabilities, happened):
    """Return how many of what happened stand above each share of what did not, [(share, share), …]."""
    import numpy as np

    order = np.argsort(-probabilities, kind="stable")
    yes, no = np.cumsum(happened[order]), np.cumsum(1 - happened[order])
    grid = np.linspace(0, 1, POINTS)
    found = np.interp(grid, np.append(0, no) / max(no[-1], 1), np.append(0, yes) / max(yes[-1], 1))
    return np.stack([grid, found], 1).round(4).tolist()


def groups(probabilities, seen, happened, rate):
    """Return for twentieths of the examples, by probability, the mean of what was said, of what was to be expected as
    it was seen, of what happened, and of the true rates where they are known."""
    import numpy as np

    parts = np.array_split(np.argsort(probabilities, kind="stable"), min(GROUPS, max(len(seen), 1)))
    columns = {"said": probabilities, "seen": seen, "happened": happened, "rate": rate}
    return {name: [round(float(values[part].mean()), 5) for part in parts]
            for name, values in columns.items() if values is not None}

"""Evidence of names that hold or not: scores by name, calibration, and the answers furthest from the truth."""
from recipes import folder as folders
from recipes.evidence.common import KEPT, scores, text_of, values_of
from registry.outputs import calibration


def write(folder, framing, answers, raw, model):
    """Write the evidence; see `recipes.evidence.write`."""
    import numpy as np

    names, truth, given = framing.outputs.names, answers.truth, answers.given
    hits, said, true = (truth * given).sum(0), given.sum(0), truth.sum(0)
    order = np.argsort(-np.abs(truth - answers.probabilities).max(-1), kind="stable")
    order = [int(i) for i in order if (truth[i] != given[i]).any()][:KEPT]
    values = values_of(raw, set(order))
    mistakes = [{"index": i, "text": text_of(values[i]), "truth": [names[k] for k in np.flatnonzero(truth[i])],
                 "said": {names[k]: round(float(answers.probabilities[i, k]), 4) for k in np.flatnonzero(given[i])}}
                for i in order]
    reliability = calibration.curve(answers.probabilities.ravel(), truth.ravel())
    folders.write_json(folder / "evidence.json", {
        "names": list(names), "per_tag": scores(names, hits, said, true), "several": mistakes,
        "thresholds": framing.outputs.bounds, "reliability": [part.tolist() for part in reliability]})

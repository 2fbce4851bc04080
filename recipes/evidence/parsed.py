"""Evidence of trees: confusions and scores of relations, and the surest mistakes."""
from recipes import folder as folders
from recipes.evidence.common import KEPT, scores, text_of, values_of

SHORTEST, LONGEST = 4, 25  # words of a tree that is drawn


def write(folder, framing, answers, raw, model):
    """Write the evidence; see `recipes.evidence.write`."""
    import numpy as np

    names = framing.outputs.relations
    k = len(names)
    truth, given = np.concatenate(answers.truth), np.concatenate(answers.given)
    confusion = np.bincount(truth[:, 1] * k + given[:, 1], minlength=k * k).reshape(k, k)
    right = np.bincount(truth[(truth[:, :2] == given[:, :2]).all(1), 1], minlength=k)
    rows = [(t[:, :2], g[:, :2], p) for t, g, p in zip(answers.truth, answers.given, answers.probabilities)]
    surest = [max((p for t, g, p in zip(*row) if (t != g).any()), default=-1.0)
              if SHORTEST <= len(row[0]) <= LONGEST else -1.0 for row in rows]
    order = [int(i) for i in np.argsort(surest)[::-1][:KEPT] if surest[i] >= 0]
    values = values_of(raw, set(order))
    folders.write_json(folder / "evidence.json", {
        "names": list(names), "confusion": confusion.tolist(),
        "per_tag": scores(names, right, confusion.sum(0), confusion.sum(1)),
        "trees": [{"words": text_of(values[i]).split(" "), **_arcs(names, answers.given[i]),
                   **{f"true_{key}": value for key, value in _arcs(names, answers.truth[i]).items()},
                   "confidence": [round(float(p), 4) for p in answers.probabilities[i]]} for i in order]})


def _arcs(names, tree):
    return {"heads": tree[:, 0].tolist(), "relations": [names[i] for i in tree[:, 1]]}

"""Evidence of a name for each word: confusions, scores by name, and the surest mistakes."""
from recipes import folder as folders
from recipes.evidence.common import KEPT, scores, text_of, values_of


def write(folder, framing, answers, raw, model):
    """Write the evidence; see `recipes.evidence.write`."""
    import numpy as np

    names = framing.outputs.names
    k = len(names)
    truth, given = np.concatenate(answers.truth), np.concatenate(answers.given)
    confusion = np.bincount(truth * k + given, minlength=k * k).reshape(k, k)
    surest = [max((p for t, g, p in zip(*rows) if t != g), default=-1.0)
              for rows in zip(answers.truth, answers.given, answers.probabilities)]
    order = [int(i) for i in np.argsort(surest)[::-1][:KEPT] if surest[i] >= 0]
    values = values_of(raw, set(order))
    sentences = [{"words": text_of(values[i]).split(" "), "truth": [names[t] for t in answers.truth[i]],
                  "predicted": [names[t] for t in answers.given[i]],
                  "confidence": [round(float(p), 4) for p in answers.probabilities[i]]} for i in order]
    folders.write_json(folder / "evidence.json", {
        "names": list(names), "confusion": confusion.tolist(), "sentences": sentences,
        "per_tag": scores(names, confusion.diagonal(), confusion.sum(0), confusion.sum(1))})

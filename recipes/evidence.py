"""What the report shows of a test split: answers, confusions, and the most confident mistakes."""
from recipes import folder as folders
from registry.outputs import calibration

KEPT = 64  # mistakes
LONGEST = 25  # words of a tree that is drawn


def write(folder, recipe, answers, raw):
    """Write evidence.npz or evidence.json, whichever suits the output domain.

    Args:
        folder: the run's folder.
        recipe: its framing tells the domains.
        answers: `evaluate.Answers` on the test split.
        raw: the raw test split, in the same order.
    """
    WRITERS[recipe.framing.outputs.name](folder, recipe.framing, answers, raw)


def _labelled(folder, framing, answers, raw):
    import numpy as np

    confidence = answers.probabilities.max(-1)
    wrong = np.flatnonzero(answers.given != answers.truth)
    index = wrong[np.argsort(-confidence[wrong], kind="stable")][:KEPT]
    values = _values(raw, set(index.tolist()))
    arrays = {"truth": answers.truth, "predicted": answers.given, "probabilities": answers.probabilities,
              "names": np.array(framing.outputs.names), "index": index}
    if framing.inputs.name == "image":
        encode = framing.inputs.encoder()
        images = [np.asarray(encode(values[i][None])["image"][0]) for i in index]
        arrays["images"] = np.array(images, "uint8").reshape((len(index), *encode_shape(framing)))
    elif framing.inputs.name == "word_seq":
        arrays["texts"] = np.array([_text(values[i]) for i in index], dtype=str)
    np.savez_compressed(folder / "evidence.npz", **arrays)


def encode_shape(framing):
    """Return (H, W, C) of an encoded image."""
    return framing.inputs.height, framing.inputs.width, framing.inputs.channels


def _values(raw, wanted):
    return {i: x for i, (x, _) in enumerate(raw.as_numpy_iterator()) if i in wanted}


def _text(value):
    words = value if getattr(value, "ndim", 0) else [value]
    return " ".join(w.decode("utf-8", "replace") for w in words)


def _tagged(folder, framing, answers, raw):
    import numpy as np

    names = framing.outputs.names
    k = len(names)
    truth, given = np.concatenate(answers.truth), np.concatenate(answers.given)
    confusion = np.bincount(truth * k + given, minlength=k * k).reshape(k, k)
    surest = [max((p for t, g, p in zip(*rows) if t != g), default=-1.0)
              for rows in zip(answers.truth, answers.given, answers.probabilities)]
    order = [int(i) for i in np.argsort(surest)[::-1][:KEPT] if surest[i] >= 0]
    values = _values(raw, set(order))
    sentences = [{"words": _text(values[i]).split(" "), "truth": [names[t] for t in answers.truth[i]],
                  "predicted": [names[t] for t in answers.given[i]],
                  "confidence": [round(float(p), 4) for p in answers.probabilities[i]]} for i in order]
    folders.write_json(folder / "evidence.json", {
        "names": list(names), "confusion": confusion.tolist(), "sentences": sentences,
        "per_tag": _scores(names, confusion.diagonal(), confusion.sum(0), confusion.sum(1))})


def _parsed(folder, framing, answers, raw):
    import numpy as np

    names = framing.outputs.relations
    k = len(names)
    truth, given = np.concatenate(answers.truth), np.concatenate(answers.given)
    confusion = np.bincount(truth[:, 1] * k + given[:, 1], minlength=k * k).reshape(k, k)
    right = np.bincount(truth[(truth == given).all(1), 1], minlength=k)
    surest = [max((p for t, g, p in zip(*rows) if (t != g).any()), default=-1.0) if len(rows[0]) <= LONGEST else -1.0
              for rows in zip(answers.truth, answers.given, answers.probabilities)]
    order = [int(i) for i in np.argsort(surest)[::-1][:KEPT] if surest[i] >= 0]
    values = _values(raw, set(order))
    folders.write_json(folder / "evidence.json", {
        "names": list(names), "confusion": confusion.tolist(),
        "per_tag": _scores(names, right, confusion.sum(0), confusion.sum(1)),
        "trees": [{"words": _text(values[i]).split(" "), **_arcs(names, answers.given[i]),
                   **{f"true_{key}": value for key, value in _arcs(names, answers.truth[i]).items()},
                   "confidence": [round(float(p), 4) for p in answers.probabilities[i]]} for i in order]})


def _arcs(names, tree):
    return {"heads": tree[:, 0].tolist(), "relations": [names[i] for i in tree[:, 1]]}


def _scores(names, hits, said, true):
    return {name: {"precision": hits[i] / max(said[i], 1), "recall": hits[i] / max(true[i], 1),
                   "f1": 2 * hits[i] / max(said[i] + true[i], 1), "support": int(true[i])}
            for i, name in enumerate(names)}


def _several(folder, framing, answers, raw):
    """Names that hold or not: per-name scores, and the texts whose probabilities are furthest from the truth."""
    import numpy as np

    names, truth, given = framing.outputs.names, answers.truth, answers.given
    hits, said, true = (truth * given).sum(0), given.sum(0), truth.sum(0)
    order = np.argsort(-np.abs(truth - answers.probabilities).max(-1), kind="stable")
    order = [int(i) for i in order if (truth[i] != given[i]).any()][:KEPT]
    values = _values(raw, set(order))
    mistakes = [{"index": i, "text": _text(values[i]), "truth": [names[k] for k in np.flatnonzero(truth[i])],
                 "said": {names[k]: round(float(answers.probabilities[i, k]), 4) for k in np.flatnonzero(given[i])}}
                for i in order]
    reliability = calibration.curve(answers.probabilities.ravel(), truth.ravel())
    folders.write_json(folder / "evidence.json", {
        "names": list(names), "per_tag": _scores(names, hits, said, true), "several": mistakes,
        "thresholds": framing.outputs.bounds, "reliability": [part.tolist() for part in reliability]})


WRITERS = {"label": _labelled, "tags": _tagged, "tree": _parsed, "distribution": _several}  # by output domain

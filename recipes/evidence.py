"""What the report shows of a test split: answers, confusions, and the most confident mistakes."""
from recipes import folder as folders

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
        "names": list(names), "confusion": confusion.tolist(), "per_tag": _per_tag(names, confusion),
        "sentences": sentences})


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
        "names": list(names), "confusion": confusion.tolist(), "per_tag": _per_tag(names, confusion, right),
        "trees": [{"words": _text(values[i]).split(" "), **_arcs(names, answers.given[i]),
                   **{f"true_{key}": value for key, value in _arcs(names, answers.truth[i]).items()},
                   "confidence": [round(float(p), 4) for p in answers.probabilities[i]]} for i in order]})


def _arcs(names, tree):
    return {"heads": tree[:, 0].tolist(), "relations": [names[i] for i in tree[:, 1]]}


def _per_tag(names, confusion, hits=None):
    """Return the scores of each name; what counts as right are the hits, or else the diagonal."""
    hits, said, true = confusion.diagonal() if hits is None else hits, confusion.sum(0), confusion.sum(1)
    return {name: {"precision": hits[i] / max(said[i], 1), "recall": hits[i] / max(true[i], 1),
                   "f1": 2 * hits[i] / max(said[i] + true[i], 1), "support": int(true[i])}
            for i, name in enumerate(names)}


WRITERS = {"label": _labelled, "tags": _tagged, "tree": _parsed}  # by output domain

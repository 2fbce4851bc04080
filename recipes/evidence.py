"""What the report shows of a test split: answers, confusions, and the most confident mistakes."""
from recipes import folder as folders
from registry.outputs import judging

KEPT = 64  # mistakes, or texts
ATTENTION = 4  # texts whose attention is kept


def write(folder, recipe, answers, raw, model):
    """Write evidence.npz or evidence.json, whichever suits the output domain.

    Args:
        folder: the run's folder.
        recipe: its framing tells the domains.
        answers: `evaluate.Answers` on the test split.
        raw: the raw test split, in the same order.
        model: the trained model.
    """
    WRITERS[recipe.framing.outputs.name](folder, recipe.framing, answers, raw, model)


def _labelled(folder, framing, answers, raw, model):
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


def _tagged(folder, framing, answers, raw, model):
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


def _per_tag(names, confusion):
    hits, said, true = confusion.diagonal(), confusion.sum(0), confusion.sum(1)
    return {name: {"precision": hits[i] / max(said[i], 1), "recall": hits[i] / max(true[i], 1),
                   "f1": 2 * hits[i] / max(said[i] + true[i], 1), "support": int(true[i])}
            for i, name in enumerate(names)}


def _written(folder, framing, answers, raw, model):
    """The first texts in their order, with the attention of the first few."""
    outputs, values = framing.outputs, _values(raw, set(range(KEPT)))
    said, truth = (outputs.texts(rows[:KEPT]) for rows in (answers.given, answers.truth))
    rows = [{"index": i, "input": _text(values[i]), "written": said[i], "truth": truth[i], "right": said[i] == truth[i],
             "probability": round(float(answers.probabilities[i]), 4)} for i in range(len(said))]
    for row in rows[:ATTENTION]:
        row.update(outputs.attention(model, framing, values[row["index"]], answers.given[row["index"]]))
    folders.write_json(folder / "evidence.json", {
        "written": rows, "signatures": judging.signatures(outputs.judged_as, outputs.tokenize)})


WRITERS = {"label": _labelled, "tags": _tagged, "text": _written}  # by output domain

"""Evidence of a name for each frame: confusions, scores by name, and sounds with their segments."""
from recipes import folder as folders
from recipes.evidence.common import scores, values_of
from recipes.evidence.sounds import spectrograms

FIRST, WORST = 4, 4


def write(folder, framing, answers, raw, model):
    """Write the evidence; see `recipes.evidence.write`."""
    import numpy as np

    names, k = framing.outputs.names, len(framing.outputs.names)
    known = [row >= 0 for row in answers.truth]
    truth, given = (np.concatenate([row[real] for row, real in zip(rows, known)])
                    for rows in (answers.truth, answers.given))
    confusion = np.bincount(truth * k + given, minlength=k * k).reshape(k, k)
    wrong = [float((t != g).mean()) for t, g in zip(answers.truth, answers.given)]
    worst = [int(i) for i in np.argsort(wrong)[::-1][:WORST] if i >= FIRST]
    index = [*range(min(FIRST, len(wrong))), *worst]
    values = values_of(raw, set(index))
    images, sounds, frames = spectrograms(framing, [values[i] for i in index])
    np.savez_compressed(folder / "evidence.npz", framed_images=images, framed_sounds=sounds)
    folders.write_json(folder / "evidence.json", {
        "names": list(names), "confusion": confusion.tolist(),
        "per_tag": scores(names, confusion.diagonal(), confusion.sum(0), confusion.sum(1)),
        "rate": getattr(framing.inputs, "rate", 0),
        "framed": [{"index": i, "error": wrong[i], "frames": int(n), "step": framing.inputs.frame_seconds,
                    "truth": answers.truth[i].tolist(), "said": answers.given[i].tolist()}
                   for i, n in zip(index, frames)]})

"""Evidence of transcripts: the first utterances and the worst ones, as sound, as picture, and what was read when."""
import json

from recipes.evidence import attention
from recipes.evidence.common import values_of
from recipes.evidence.sounds import spectrograms
from registry.outputs import pieces

FIRST, WORST = 6, 12


def write(folder, framing, answers, raw, model):
    """Write the evidence; see `recipes.evidence.write`."""
    import numpy as np

    outputs = framing.outputs
    said, truth = outputs.texts(answers.given), outputs.texts(answers.truth)
    sums = outputs.counts(answers.truth, answers.given)
    worst = [int(i) for i in np.argsort(-sums[:, 2], kind="stable")[:WORST] if sums[i, 2] and i >= FIRST]
    index = [*range(min(FIRST, len(said))), *worst]
    values = values_of(raw, set(index))
    images, sounds, frames = spectrograms(framing, [values[i] for i in index])
    seconds = frames * framing.inputs.frame_seconds
    letters = [json.dumps(when(model, framing, values[i], answers.given[i], end)) for i, end in zip(index, seconds)]
    np.savez_compressed(
        folder / "evidence.npz", utterances=np.array(index), images=images, sounds=sounds, frames=frames,
        rate=getattr(framing.inputs, "rate", 0), seconds=seconds,
        said_texts=np.array([said[i] for i in index], dtype=str),
        true_texts=np.array([truth[i] for i in index], dtype=str), edits=sums[index, 2].astype(int),
        letters=np.array(letters, dtype=str))


def when(model, framing, sound, given, seconds):
    """Return [piece, second] of each piece of an answer: where it begins in the best path, or, where it was written,
    where it was looked at most.

    Args:
        model, framing: that answered.
        sound: raw, `seconds` long.
        given: the numbers of its pieces.
    """
    import numpy as np

    if hasattr(framing.outputs, "generator"):
        weights, table = attention.looked(model, framing, sound, given), pieces.spelling(framing.outputs.pieces)
        return [[attention.spelt(table[i]), float(row.argmax() + 0.5) * seconds / len(row)]
                for i, row in zip(given, weights if weights is not None else ())]
    best = np.asarray(model(framing.inputs.encoder()(sound[None]), training=False))[0].argmax(-1)
    begins = [i for i, k in enumerate(best) if k and (not i or best[i - 1] != k)]
    return [[framing.outputs.alphabet[best[i] - 1], i * seconds / len(best)] for i in begins]

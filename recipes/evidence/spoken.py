"""Evidence of transcripts: the first utterances and the worst ones, as sound, as picture, and what was read when."""
from recipes.evidence.common import values_of
from recipes.evidence.labelled import spectrograms

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
    images, sounds = spectrograms(framing, [values[i] for i in index])
    letters = [when(model, framing, values[i]) for i in index]
    np.savez_compressed(
        folder / "evidence.npz", utterances=np.array(index), images=images, sounds=sounds, rate=framing.inputs.rate,
        seconds=np.array([len(values[i]) / framing.inputs.rate for i in index]),
        said_texts=np.array([said[i] for i in index], dtype=str), edits=sums[index, 2].astype(int),
        true_texts=np.array([truth[i] for i in index], dtype=str), letters=np.array(letters, dtype=str))


def when(model, framing, sound):
    """Return what a raw sound was read as over time: "character seconds" of each that begins, parted by tabs."""
    import numpy as np

    numbers = framing.inputs.encoder()(sound[None])
    best = np.asarray(model(numbers, training=False))[0].argmax(-1)
    step = len(sound) / framing.inputs.rate / len(best)
    begins = [i for i, k in enumerate(best) if k and (not i or best[i - 1] != k)]
    return "\t".join(f"{framing.outputs.alphabet[best[i] - 1]} {i * step:.2f}" for i in begins)

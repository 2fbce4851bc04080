"""Evidence of one label for each example: all answers, and the surest mistakes."""
from recipes.evidence.common import KEPT, text_of, values_of
from recipes.evidence.sounds import spectrograms


def write(folder, framing, answers, raw, model):
    """Write the evidence; see `recipes.evidence.write`."""
    import numpy as np

    confidence = answers.probabilities.max(-1)
    wrong = np.flatnonzero(answers.given != answers.truth)
    index = wrong[np.argsort(-confidence[wrong], kind="stable")][:KEPT]
    values = values_of(raw, set(index.tolist()))
    arrays = {"truth": answers.truth, "predicted": answers.given, "probabilities": answers.probabilities,
              "names": np.array(framing.outputs.names), "index": index}
    if framing.inputs.name == "image":
        encode = framing.inputs.encoder()
        images = [np.asarray(encode(values[i][None])["image"][0]) for i in index]
        arrays["images"] = np.array(images, "uint8").reshape((len(index), *encode_shape(framing)))
    elif framing.inputs.name == "audio":
        arrays["images"], arrays["sounds"], _ = spectrograms(framing, [values[i] for i in index])
        arrays["rate"] = getattr(framing.inputs, "rate", 0)
    elif framing.inputs.name == "word_seq":
        arrays["texts"] = np.array([text_of(values[i]) for i in index], dtype=str)
    np.savez_compressed(folder / "evidence.npz", **arrays)


def encode_shape(framing):
    """Return (H, W, C) of an encoded image."""
    return framing.inputs.height, framing.inputs.width, framing.inputs.channels

"""Evidence of one label for each example: all answers, and the surest mistakes."""
from recipes.evidence.common import KEPT, text_of, values_of


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
        arrays["images"], arrays["sounds"] = spectrograms(framing, [values[i] for i in index])
        arrays["rate"] = framing.inputs.rate
    elif framing.inputs.name == "word_seq":
        arrays["texts"] = np.array([text_of(values[i]) for i in index], dtype=str)
    np.savez_compressed(folder / "evidence.npz", **arrays)


def spectrograms(framing, sounds):
    """Return the log-mel energies of raw sounds as pictures (N, M, T) uint8, loud ones dark and low ones below, and
    their samples (N, S) int16, both padded."""
    import numpy as np

    from recipes.prediction import together
    from registry.inputs.audio import mel

    if not sounds:
        return np.zeros((0, 1, 1), "uint8"), np.zeros((0, 1), "int16")
    together = together(sounds)
    numbers = framing.inputs.encoder()(together)
    energies = np.asarray(mel(framing.inputs)([numbers["samples"] / 32767, numbers["frames"]]))
    real = np.asarray(numbers["frames"])[..., None] > 0
    low = np.quantile(energies[real[..., 0]], 0.02)
    scaled = (energies - low) / max(energies.max() - low, 1e-6)
    pictures = np.where(real, 255 - 255 * scaled.clip(0, 1), 255).astype("uint8")
    return pictures.transpose(0, 2, 1)[:, ::-1], (together * 32767).astype("int16")


def encode_shape(framing):
    """Return (H, W, C) of an encoded image."""
    return framing.inputs.height, framing.inputs.width, framing.inputs.channels

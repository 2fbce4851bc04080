"""Sounds as a report shows them."""


def spectrograms(framing, sounds):
    """Return raw sounds as pictures, as samples, and how many frames of each are no padding.

    Args:
        framing: its input domain is `Audio`.
        sounds: N arrays of samples.

    Returns:
        Log-mel energies (N, M, T) uint8, loud ones dark and low ones below; samples (N, S) int16; frames (N,) int.
    """
    import numpy as np

    from recipes.prediction import together
    from registry.inputs.audio import mel

    if not sounds:
        return np.zeros((0, 1, 1), "uint8"), np.zeros((0, 1), "int16"), np.zeros(0, int)
    padded = together(sounds)
    numbers = framing.inputs.encoder()(padded)
    energies = np.asarray(mel(framing.inputs)([numbers["samples"] / 32767, numbers["frames"]]))
    real = np.asarray(numbers["frames"]) > 0
    low = np.quantile(energies[real], 0.02)
    scaled = (energies - low) / max(energies.max() - low, 1e-6)
    pictures = np.where(real[..., None], 255 - 255 * scaled.clip(0, 1), 255).astype("uint8")
    return pictures.transpose(0, 2, 1)[:, ::-1], (padded * 32767).astype("int16"), real.sum(1)

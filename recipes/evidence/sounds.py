"""Sounds as a report shows them."""


def spectrograms(framing, sounds):
    """Return raw sounds, or features of sounds, as pictures, as samples, and how many frames of each are no padding.

    Args:
        framing: its input domain is `Audio` or `AudioFeatures`.
        sounds: N raw values.

    Returns:
        Log-mel energies, or features, (N, M, T) uint8, large ones dark and the first one lowest; samples (N, S) int16,
        S being 0 for features; frames (N,) int.
    """
    import numpy as np

    from recipes.prediction import together

    if not sounds:
        return np.zeros((0, 1, 1), "uint8"), np.zeros((0, 1), "int16"), np.zeros(0, int)
    padded = together(sounds)
    numbers = framing.inputs.encoder()(padded)
    real = np.asarray(numbers["frames"]) > 0
    energies, samples = _heard(framing.inputs, numbers, padded, real)
    low = np.quantile(energies[real], 0.02)
    scaled = (energies - low) / max(energies.max() - low, 1e-6)
    pictures = np.where(real[..., None], 255 - 255 * scaled.clip(0, 1), 255).astype("uint8")
    return pictures.transpose(0, 2, 1)[:, ::-1], samples, real.sum(1)


def _heard(inputs, numbers, padded, real):
    """Return what is drawn (N, T, M) and what is played (N, S) int16."""
    import numpy as np

    from registry.inputs.audio import mel

    if "samples" in numbers:
        energies = mel(inputs)([numbers["samples"] / 32767, numbers["frames"]])
        return np.asarray(energies), (padded * 32767).astype("int16")
    features = np.asarray(numbers["features"])
    return (features - features[real].mean(0)) / features[real].std(0), np.zeros((len(padded), 0), "int16")

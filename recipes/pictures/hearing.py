"""Which frequencies learned filters of sound answer to, beside the mel bands that are made by hand."""
from recipes.pictures import saved, style
from recipes.pictures.markup import block

POINTS = 256  # of the frequencies that are drawn


def learned(path):
    """Return (waves (W, 2F), samples a second) of the layer `LearnedFilters` in a saved model, or None."""
    found = saved.array(path, lambda config: "layers/learned_filters" if _layer(config) else None)
    return found and (found[0], _layer(found[1])["rate"])


def _layer(config):
    """Return the configuration of the layer in a model's."""
    return next((one["config"] for one in config.get("layers") or () if one["class_name"] == "LearnedFilters"), None)


def answers(waves):
    """Return how strongly each filter answers to each frequency (POINTS, F), from 0 to half the rate, the strongest
    answer of each 1, filters in the order of that frequency."""
    import numpy as np

    spectra = np.abs(np.fft.rfft(waves, 2 * POINTS, axis=0)[:POINTS]) ** 2
    found = np.sqrt(spectra[:, : waves.shape[1] // 2] + spectra[:, waves.shape[1] // 2 :])
    found = found / np.maximum(found.max(0), 1e-9)
    return found[:, np.argsort(found.argmax(0), kind="stable")]


def triangles(count, rate):
    """Return the weight of each frequency in each mel band (POINTS, F)."""
    import numpy as np

    mels = 2595 * np.log10(1 + np.linspace(0, rate / 2, POINTS) / 700)
    middles = np.linspace(0, mels[-1], count + 2)[1:-1]
    return np.maximum(1 - np.abs(mels[:, None] - middles) / (middles[1] - middles[0]), 0)


def pictures(run):
    """Return the filters of a model that learned them."""
    path = run.folder / "model.keras"
    found = learned(path) if path.is_file() else None
    if found is None:
        return []
    waves, rate = found
    alt = f"How strongly {waves.shape[1] // 2} learned filters answer to each frequency, beside as many mel bands."
    return [style.Picture("hearing", alt, lambda theme: draw(waves, rate, theme),
                          "A column is a filter: the darker, the stronger it answers. Left by hand, right learned.")]


def draw(waves, rate, theme):
    """Draw the mel bands and the learned filters side by side, a column for each."""
    from matplotlib.colors import LinearSegmentedColormap

    count = waves.shape[1] // 2
    figure = style.figure(760, 340)
    shown = (("mel bands", triangles(count, rate), theme.hand), ("learned", answers(waves), theme.learned))
    for axes, (name, weights, colour) in zip(figure.subplots(1, 2, sharey=True), shown):
        shades = LinearSegmentedColormap.from_list(name, [theme.panel, colour])
        axes.imshow(weights, cmap=shades, vmin=0, vmax=1, aspect="auto", origin="lower",
                    extent=(0.5, count + 0.5, 0, rate / 2000))
        axes.set_title(name)
        axes.set_xlabel("filter")
    figure.axes[0].set_ylabel("kHz")
    return figure


def section(run, shown):
    """Return the picture."""
    lead = "The first box is learned too: from samples to energies, with no mel band made by hand."
    return block("hearing", "What the first layer hears", *shown.values(), lead=lead) if shown else ""

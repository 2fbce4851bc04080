"""What the first layer of an image model looks for. Reads the kernel out of the saved model without loading Keras."""

from recipes.pictures import saved, style
from recipes.pictures.markup import block

MAX_FILTERS = 64
CONNECTED = ("Dense", "RBM")


def first_kernel(path):
    """Return the kernel (H, W, C, F) of a model's first Conv2D or, where it has none, of the first layer that is
    connected to all pixels; None where there is neither."""
    found = saved.array(path, first_convolution)
    if found:
        return found[0]
    kernel, config = saved.array(path, first_connected) or (None, None)
    return None if kernel is None else kernel.reshape(*_pixels(config), kernel.shape[-1])


def first_convolution(config, prefix=""):
    """Return the group of the first Conv2D in a model's configuration, looking into nested models."""
    seen = {}
    for layer in config.get("layers") or ():
        kind = layer.get("class_name") or ""
        group = "conv2d" if kind == "Conv2D" else kind.lower()
        numbered = f"{group}_{seen[group]}" if group in seen else group
        seen[group] = seen.get(group, 0) + 1
        if kind == "Conv2D":
            return f"{prefix}layers/{numbered}"
        inner = layer.get("config") or {}
        found = (
            first_convolution(inner, f"{prefix}layers/{numbered}/") if isinstance(inner.get("layers"), list) else None
        )
        if found:
            return found
    return None


def first_connected(config):
    """Return the group of the layer that follows where an image model lays its pixels in a row, or None."""
    kinds = [layer.get("class_name") for layer in config.get("layers") or ()]
    if "Flatten" not in kinds or _pixels(config) is None:
        return None
    following = next((kind for kind in kinds[kinds.index("Flatten"):] if kind in CONNECTED), None)
    return following and f"layers/{following.lower()}"


def _pixels(config):
    """Return (H, W, C) of a model's one image, or None."""
    shapes = [layer["config"]["batch_shape"][1:] for layer in config["layers"] if layer["class_name"] == "InputLayer"]
    return shapes[0] if len(shapes) == 1 and len(shapes[0]) == 3 else None


def pictures(run):
    """Return the filters, for a model of images whose first layer looks at more than one pixel."""
    path = run.folder / "model.keras"
    kernel = first_kernel(path) if path.is_file() else None
    if kernel is None or kernel.ndim != 4 or max(kernel.shape[:2]) < 2:
        return []
    height, width, channels, num_filters = kernel.shape
    caption = f"{min(num_filters, MAX_FILTERS)} of {num_filters} filters, {height} × {width}, each on its own scale."
    if channels != 3:
        caption += " Blue weighs for, orange against." + (f" Mean of {channels} channels." if channels > 1 else "")
    alt = f"The {height} × {width} filters of the first layer."
    return [style.Picture("filters", alt, lambda theme: draw(kernel, theme), caption)]


def draw(kernel, theme):
    """Draw each filter as a small image, in colour where it reads red, green and blue."""
    from math import ceil

    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    num_filters = min(kernel.shape[-1], MAX_FILTERS)
    across = min(16, num_filters)
    down = ceil(num_filters / across)
    figure, axes = style.canvas(58 * across - 6, 58 * down - 6)
    around_zero = LinearSegmentedColormap.from_list("around_zero", [theme.wrong, theme.panel, theme.learned])
    for i in range(num_filters):
        left, top = 58 * (i % across), 58 * (i // across)
        image = kernel[..., i].mean(-1)
        reach = float(np.abs(image).max()) or 1.0
        if kernel.shape[2] == 3:
            image = 0.5 + kernel[..., i] / (2 * float(np.abs(kernel[..., i]).max()) or 1.0)
        extent = (left, left + 52, top + 52, top)
        axes.imshow(image, cmap=around_zero, vmin=-reach, vmax=reach, extent=extent)
    return figure


def section(run, shown):
    """Return the picture."""
    return block("filters", "First-layer filters", *shown.values())

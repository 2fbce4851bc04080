"""A folder of pictures, one folder for each label, perhaps under folders for the splits."""
from recipes.datasets import label_folders
from recipes.datasets.assemble import assemble
from recipes.datasets.cutting import hash_of
from recipes.datasets.source import one_line
from registry.errors import UserError
from registry.framing import Framing

EXTENSIONS = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
LARGEST = 224  # pixels of the longer side that a model sees unless told otherwise


def read(path, skipped=None):
    """Return the `Data` of path/LABEL/*.png, or path/train/LABEL/*.png and so on; pictures are read when needed.

    Args:
        path: a folder.
        skipped: as in `inspected`.

    Raises:
        UserError: no folders, one folder only, a folder without pictures, a file that is no picture.
    """
    from registry.inputs import Image
    from registry.outputs import Label

    names, parts, told = label_folders.read(path, EXTENSIONS, "pictures", _inspect, skipped)
    shapes = [shape for _, shape in told]
    height, width, channels = _common(shapes)
    framing = Framing(Image(height=height, width=width, channels=channels), Label(names=names))
    sizes = sorted({shape[:2] for shape in shapes})
    record = {"pair": "image:label", "sizes": [list(size) for size in sizes[:10]], "num_sizes": len(sizes)}
    return assemble(path, framing, parts, lambda x, y: _dataset(x, y, channels), record)


def _open(source):
    from PIL import Image

    return Image.open(source, formats=("PNG", "JPEG", "BMP", "GIF"))


def _inspect(file):
    """Return the hash of a picture's file and its (height, width, channels), from its head."""
    import io

    try:
        content = file.read_bytes()
        with _open(io.BytesIO(content)) as picture:
            width, height = picture.size
            grey = _is_grey(picture)
            picture.verify()
    except Exception as error:
        raise corrupt(file, error) from error
    return hash_of(content), (height, width, 1 if grey else 3)


def _is_grey(picture):
    if picture.mode == "P":
        palette = picture.getpalette()
        return palette[0::3] == palette[1::3] == palette[2::3]
    return picture.mode in ("1", "L", "LA") or picture.mode.startswith("I")


def corrupt(file, error):
    """Return the `UserError` for a picture that cannot be read."""
    from PIL import UnidentifiedImageError

    reason = "its content is of another kind" if isinstance(error, UnidentifiedImageError) else one_line(error)
    return UserError(f"corrupt picture {file} ({reason}): expected a whole PNG, JPEG, BMP or GIF. Replace or "
                     f"remove the file.")


def _common(shapes):
    """Return the size that the model sees: the median, at most LARGEST; colour if any picture has it."""
    import numpy as np

    height, width = np.median([shape[:2] for shape in shapes], axis=0)
    scale = min(1.0, LARGEST / max(height, width))
    return max(2, round(height * scale)), max(2, round(width * scale)), max(shape[2] for shape in shapes)


def decode(file, channels):
    """Return a picture as (H, W, C) uint8; of an animation the first image, transparency left out.

    Args:
        file: a path.
        channels: 1 for grey, 3 for colour.

    Raises:
        UserError: it cannot be read.
    """
    import numpy as np

    try:
        with _open(file) as picture:
            if picture.mode.startswith("I;16"):
                pixels = (np.asarray(picture) >> 8).astype("uint8")
                return np.repeat(pixels[..., None], channels, -1)
            pixels = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
    except Exception as error:
        raise corrupt(file, error) from error
    return pixels[..., None] if channels == 1 else pixels


def _dataset(files, labels, channels):
    import tensorflow as tf

    def load(file, label):
        image = tf.numpy_function(lambda f: decode(f.decode("utf-8"), channels), [file], tf.uint8, stateful=False)
        return tf.ensure_shape(image, (None, None, channels)), label

    return tf.data.Dataset.from_tensor_slices((files, labels)).map(load, num_parallel_calls=tf.data.AUTOTUNE,
                                                                   deterministic=True)

"""Raw input from the command line, and answers for people and for programs."""
import io
import sys
from pathlib import Path

from registry.errors import MissingData, UserError, nearest

BATCH = 64
SOUNDS = (b"RIFF", b"fLaC", b"OggS")  # how files of sounds begin


def read(values, framing):
    """Yield (shown, raw) for arguments, or for the lines of standard input where one of them is "-".

    Raises:
        UserError: a value that is no input of the framing, with where it stands.
    """
    reader = {"image": _image, "word_seq": _sentence, "vector": _row, "word": _word, "audio": _sound, "series": _past,
              "items": _items, "click_log": _fields}[kind(framing.inputs)]
    for value in values:
        piped = sys.stdin.buffer if value == "-" else None
        if piped and framing.inputs.name == "audio":
            content = piped.read()
            if content[:4] in SOUNDS:
                yield "-", _sound(content, "standard input", framing)
                continue
            piped = io.BytesIO(content)
        if piped and framing.inputs.name == "series":
            yield "-", _past(piped.read(), "standard input", framing)
            continue
        lines = enumerate(_lines(EXPECTED[kind(framing.inputs)], piped), 1) if piped else [(None, value)]
        for number, line in lines:
            text = line.rstrip("\r\n")
            where = f"line {number} of standard input" if number else repr(text)
            if not text.strip():
                raise UserError(f"{where} is empty: expected {EXPECTED[kind(framing.inputs)]}. Leave it out.")
            yield text, reader(text, where, framing)


def answering(recipe, settings):
    """Return the recipe with settings of its output domain, such as "temperature=0.5".

    Raises:
        UserError: a setting that is none of the output domain's, or would need another model.
    """
    from recipes.recipe import override

    outputs = recipe.framing.outputs
    fields = getattr(outputs, "answering", ())
    for setting in settings or ():
        key = setting.partition("=")[0].strip()
        if key not in fields:
            raise UserError(f"received --set {setting}: what can be set of an answer is "
                            f"{', '.join(fields) or 'nothing'}.{nearest(key, fields)}")
    return override(recipe, settings)


def _lines(expected, piped):
    """Yield the lines of standard input; it must have one, and be in UTF-8."""
    number = 0
    for number, line in enumerate(piped, 1):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UserError(f"line {number} of standard input: byte 0x{line[error.start]:02x} is not UTF-8. Convert "
                            f"it: iconv -f latin1 -t utf-8.") from error
    if not number:
        raise UserError(f"received nothing on standard input: expected {expected} on each line, or as arguments.")


EXPECTED = {"image": "the path of an image file", "audio": "the path of a sound file",
            "word_seq": "a sentence", "vector": "numbers with commas between",
            "word": "a word", "series": "the path of a table of the past",
            "click_log": "the fields of a row with commas between, as in a CSV file",
            "items": "items with spaces between"}


def kind(inputs):
    """Return what a value is read as: the form of the input domain where it is read in a way of its own, or its name.
    """
    form = getattr(inputs, "form", None)
    return form if form in EXPECTED else inputs.name


def _checked(value, where, framing):
    """Return a raw value; raises UserError where the input domain finds something wrong with it."""
    for found, wanted, fix in framing.inputs.problems(value):
        raise UserError(f"{where}: found {found}, expected {wanted}: {fix}.")
    return value


def _image(text, where, framing):
    from recipes.datasets import images

    if not Path(text).is_file():
        raise MissingData(f"{where}: no such file; give the path of an image.")
    if framing.inputs.channels in (1, 3) and Path(text).suffix != ".npy":
        return images.decode(text, framing.inputs.channels)
    return _checked(_array(text, where, framing.inputs), where, framing)


def _array(text, where, inputs):
    """Return a screen (H, W, C) of a file .npy: uint8, or of yes and no."""
    import numpy as np

    try:
        screen = np.load(text, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{where}: no NumPy array (.npy), expected a screen (height, width, {inputs.channels}), which "
                        f"no picture file holds. Write it with numpy.save.") from error
    return screen.astype("uint8") * 255 if screen.dtype == bool else screen


def _sound(text, where, framing):
    from recipes.datasets import feature_files, sounds

    if isinstance(text, str) and not Path(text).is_file():
        raise MissingData(f"{where}: no such file; give the path of a sound.")
    sound = (sounds.decode(text, framing.inputs.rate) if hasattr(framing.inputs, "rate")
             else feature_files.read(text, framing.inputs.num_features))
    return _checked(sound, where, framing)


def _past(text, where, framing):
    from recipes.datasets import series_files

    if isinstance(text, str) and not Path(text).is_file():
        raise MissingData(f"{where}: no such file; give the path of a table (.csv) of the past.")
    return _checked(series_files.past(text, where, framing.inputs), where, framing)


def _sentence(text, where, framing):
    return text.encode("utf-8", "surrogateescape")


def _word(text, where, framing):
    return _checked(text.strip().encode("utf-8", "surrogateescape"), where, framing)


def _items(text, where, framing):
    import numpy as np

    items = np.array([item.encode("utf-8", "surrogateescape") for item in text.split("\t" if "\t" in text else None)],
                     dtype=object)
    return _checked(items, where, framing)


def _row(text, where, framing):
    import numpy as np

    cells, expected = text.replace(",", " ").split(), framing.inputs.num_features
    if len(cells) != expected:
        named = f" ({', '.join(framing.inputs.names)})" if framing.inputs.names else ""
        raise UserError(f"{where}: found {len(cells)} cells, expected {expected} numbers with commas between{named}.")
    try:
        with np.errstate(over="ignore"):  # what float32 does not hold becomes infinite, and is told below
            row = np.array([float(v) for v in cells], "float32")
    except ValueError as error:
        raise UserError(f"{where}: {error}; expected {expected} numbers with commas between.") from error
    return _checked(row, where, framing)


def _fields(text, where, framing):
    import csv

    import numpy as np

    row = np.array([cell.strip().encode("utf-8", "surrogateescape") for cell in next(csv.reader([text]))], dtype=object)
    return _checked(row, where, framing)


def answers(model, framing, raws):
    """Yield one answer, a dict that JSON can hold, for each (shown, raw)."""
    import itertools

    import registry

    serve = registry.serving(model, framing).serve
    raws = iter(raws)
    size = 1 if framing.inputs.name == "image" else BATCH  # pictures differ in size
    while chunk := list(itertools.islice(raws, size)):
        values = serve(_batched([raw for _, raw in chunk]))
        rows = {key: value.numpy() for key, value in values.items()}
        for i, (shown, _) in enumerate(chunk):
            yield {"input": shown, **framing.outputs.said({key: value[i] for key, value in rows.items()})}


def _batched(values):
    import tensorflow as tf

    if isinstance(values[0], bytes):
        return tf.constant(values)
    return tf.constant(together(values))


def together(values):
    """Return raw arrays as one, rows of numbers or of vectors padded with 0 to the longest, rows of strings with ""."""
    import numpy as np

    if getattr(values[0], "ndim", 0) not in (1, 2):
        return np.stack(values)
    longest = max(map(len, values))
    if values[0].dtype.kind in "OSU":
        return np.array([[*value, *[b""] * (longest - len(value))] for value in values], dtype=object)
    return np.stack([np.pad(value, ((0, longest - len(value)), (0, 0))[: value.ndim]) for value in values])

"""Raw input from the command line, and answers for people and for programs."""
import json
import sys
from pathlib import Path

from registry.errors import MissingData, UserError

BATCH = 64


def read(values, framing):
    """Yield (shown, raw) for arguments, or for the lines of standard input where one of them is "-".

    Raises:
        UserError: a value that is no input of the framing, with where it stands.
    """
    reader = {"image": _image, "word_seq": _sentence, "vector": _row}[framing.inputs.name]
    for value in values:
        lines = enumerate(sys.stdin, 1) if value == "-" else [(None, value)]
        for number, line in lines:
            text = line.rstrip("\n")
            where = f"line {number} of standard input" if number else repr(text)
            if not text.strip():
                raise UserError(f"{where} is empty: expected {EXPECTED[framing.inputs.name]}.")
            yield text, reader(text, where, framing)


EXPECTED = {"image": "the path of an image file", "word_seq": "a sentence", "vector": "numbers with commas between"}


def _image(text, where, framing):
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    if not Path(text).is_file():
        raise MissingData(f"{where}: no such file; give the path of an image.")
    try:
        with Image.open(text) as picture:
            return np.asarray(picture.convert("L" if framing.inputs.channels == 1 else "RGB"), "uint8").reshape(
                picture.height, picture.width, -1)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise UserError(f"{where} cannot be read as an image ({error}): expected png, jpg, bmp or gif.") from error


def _sentence(text, where, framing):
    return text.encode("utf-8", "surrogateescape")


def _row(text, where, framing):
    import numpy as np

    try:
        row = np.array([float(v) for v in text.replace(",", " ").split()], "float32")
    except ValueError as error:
        raise UserError(f"{where}: {error}; expected numbers with commas between.") from error
    for found, expected, fix in framing.inputs.problems(row):
        raise UserError(f"{where}: found {found}, expected {expected}: {fix}.")
    return row


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
            yield {"input": shown, **_answer({key: value[i] for key, value in rows.items()}, framing)}


def _batched(values):
    import numpy as np
    import tensorflow as tf

    if isinstance(values[0], bytes):
        return tf.constant(values)
    return tf.constant(np.stack(values))


def _answer(row, framing):
    if framing.outputs.name == "tags":
        real = [i for i, tag in enumerate(row["tags"]) if tag]
        return {"words": [row["words"][i].decode("utf-8", "replace") for i in real],
                "tags": [row["tags"][i].decode() for i in real],
                "probabilities": [round(float(row["probabilities"][i]), 6) for i in real]}
    order = row["probabilities"].argsort()[::-1]
    return {"label": row["label"].decode(),
            "probabilities": {framing.outputs.names[i]: round(float(row["probabilities"][i]), 6) for i in order}}


def shown(answer, top=3):
    """Return an answer as a line for people."""
    if "tags" in answer:
        return " ".join(f"{word}/{tag}" for word, tag in zip(answer["words"], answer["tags"]))
    best = list(answer["probabilities"].items())[:top]
    return f"{answer['input']}: " + ", ".join(f"{name} {p:.1%}" for name, p in best)


def to_line(value):
    """Return a JSON line."""
    return json.dumps(value, ensure_ascii=False)

"""Export: a trained model for other programs, checked against the trained model before it gets its name.

A SavedModel goes from raw values to raw answers. ONNX and LiteRT know no strings: their files go from encoded numbers
to scores, and the framing beside them says how raw values become numbers. word2vec's text format holds no model, but
the vectors of words that one has learned.
"""
import contextlib
import importlib
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from recipes.folder import write_json
from registry import framing as registry_framing
from registry.errors import UserError, unknown
from registry.predicting import generates

FORMATS = {"saved_model": "serving", "onnx": "model.onnx", "litert": "model.tflite", "word2vec": "vectors.txt"}
SCORES = ("onnx", "litert")  # formats that go from numbers to scores
PACKAGES = {"saved_model": (), "onnx": ("tf2onnx", "onnx", "onnxruntime"), "litert": ("ai_edge_litert",),
            "word2vec": ()}
LENGTH = 64


def export(folder, model, recipe, data, format="saved_model", to=None, length=LENGTH):
    """Write a model in a format, checked to answer raw examples as the trained model does; return its path.

    Args:
        folder: the run's folder.
        model: its trained model.
        recipe: its recipe; the framing is what counts.
        data: `Data`, whose test examples (or those of another split) the check takes; word2vec needs none.
        format: "saved_model", "onnx", "litert" or "word2vec".
        to: a folder for saved_model, a file otherwise; FOLDER/serving (where the run has left it, it is only
            checked), FOLDER/model.onnx, FOLDER/model.tflite or FOLDER/vectors.txt where it is None.
        length: words that a LiteRT model of sentences takes; shorter ones are padded with 0.

    Raises:
        UserError: an unknown format, a package that is missing, a target that exists or cannot be written, a model
            that the format cannot carry, or answers that differ; nothing is left behind then.
    """
    from recipes import device

    device.bfloat16_kernels(False)
    left = Path(folder) / FORMATS["saved_model"]
    if format == "saved_model" and to is None and (left / "saved_model.pb").exists():
        return _again(left, model, recipe, data)
    target = _target(folder, format, to)
    if format in SCORES and generates(recipe.framing):
        raise UserError(f"{format} cannot carry a model that writes its answers piece by piece ({recipe.name}): "
                        f"--format saved_model carries every model.")
    if length < 1:
        raise UserError(f"received --length {length}: expected 1 word or more.")
    with partial(target) as place:
        problem = _written(place, model, recipe.framing, data, format, length)
        if problem:
            other = "" if format == "saved_model" else "; --format saved_model carries every model"
            raise UserError(f"the {format} of {folder} answers otherwise than the trained model: {problem}. Nothing "
                            f"was written{other}.")
        if format in SCORES:
            write_json(beside(target), registry_framing.to_config(recipe.framing))
    return target


def _written(place, model, framing, data, format, length):
    """Write a model to a path, and return what its answers have that the trained model's have not, or None."""
    from recipes import agreement, converting, word2vec_format

    if format == "word2vec":
        return word2vec_format.write(place, model, framing)
    values, trained = agreement.raw_examples(data), converting.in_float32(model)
    if format == "saved_model":
        _save(place, converting.portable(model), framing)
        return agreement.of_answers(place, trained, framing, values)
    with converting.explained(format, model):
        convert = importlib.import_module(f"recipes.{format}_format").convert
        runner = convert(converting.portable(model), place, length)
        return agreement.of_scores(runner, trained, framing, values, length if format == "litert" else None)


def _again(path, model, recipe, data):
    """Check the SavedModel that a run has left, and return its path."""
    from recipes import agreement, converting

    values = agreement.raw_examples(data)
    problem = agreement.of_answers(path, converting.in_float32(model), recipe.framing, values)
    if problem:
        raise UserError(f"{path} answers otherwise than the trained model: {problem}. Remove it and export again.")
    return path


def write_saved_model(folder, model, framing, to=None):
    """Write FOLDER/serving, a SavedModel from raw values to raw answers, unchecked; return its path.

    Raises:
        UserError: it exists already, or cannot be written.
    """
    from recipes import converting, device

    target = _target(folder, "saved_model", to)
    device.bfloat16_kernels(False)
    with partial(target) as place:
        _save(place, converting.portable(model), framing)
    return target


def beside(target):
    """Return where the framing of an ONNX or LiteRT file stands: NAME.framing.json."""
    return target.with_name(target.name + ".framing.json")


def _save(place, model, framing):
    import tensorflow as tf

    import registry
    from recipes.converting import quiet

    module = registry.serving(model, framing)
    signatures = {name: getattr(module, name) for name in framing.inputs.raw_specs()}
    signatures["serving_default"] = signatures.pop("serve")  # what TensorFlow Serving looks for
    with quiet():
        tf.saved_model.save(module, str(place), signatures=signatures)
    write_json(place / "framing.json", registry_framing.to_config(framing))


def _target(folder, format, to):
    """Return where the export goes, or raise UserError where it cannot go there."""
    if format not in FORMATS:
        raise unknown("format", format, FORMATS)
    missing = [name for name in PACKAGES[format] if find_spec(name) is None]
    if missing:
        raise UserError(f"--format {format} needs {', '.join(missing)}: `pip install taskzoo[export]`.")
    target = Path(to) if to else Path(folder) / FORMATS[format]
    taken = [path for path in (target, beside(target)) if path.exists() or path.is_symlink()]
    if taken:
        raise UserError(f"{taken[0]} exists already and is not overwritten: choose another --to, or remove it.")
    return target


@contextlib.contextmanager
def partial(target):
    """Give a temporary name beside the target, renamed to it where all goes well and removed otherwise."""
    import tensorflow as tf

    place = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield place
        place.rename(target)
    except (OSError, tf.errors.OpError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise UserError(f"cannot write {target}: {reason}. Free some space or choose another --to.") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
        with contextlib.suppress(OSError):
            place.unlink()

"""``export``: a run's model for other programs."""
from pathlib import Path
from typing import Annotated

import typer

from recipes.commands import options as o


def export(
    run: Annotated[str, typer.Argument(help="A run's folder, or a recipe's name for its newest run.")],
    format: Annotated[str, typer.Option("--format", help="saved_model, onnx, litert or word2vec.")] = "saved_model",
    to: Annotated[Path | None, typer.Option(
        help="A folder for saved_model, else a file [default: serving, model.onnx, model.tflite or vectors.txt in "
             "RUN].")] = None,
    length: Annotated[int, typer.Option(min=1, help="Words that a LiteRT model of sentences takes.")] = 64,
    out: o.Out = Path("runs"), data_dir: o.DataDir = None, offline_dir: o.OfflineDir = None,
):
    """Write a run's model as SavedModel, ONNX or LiteRT, checked to answer as the trained model does, or its vectors of
    words for programs that read word2vec's text format."""
    from recipes import export as exporting
    from recipes import folder as folders
    from recipes.datasets.folders import Folders
    from registry.errors import unknown

    if format not in exporting.FORMATS:
        raise unknown("format", format, exporting.FORMATS)
    folder = folders.find(run, out)
    recipe, source = folders.load_recipe(folder)
    model = folders.load_model(folder)
    if format == "word2vec":
        path = exporting.export(folder, model, recipe, None, format, to)
        print(f"{path}: the vectors of {len(recipe.framing.inputs.words)} words, as the trained model has them")
        return
    data = _data(recipe, source, Folders(data_dir, offline_dir))
    path = exporting.export(folder, model, recipe, data, format, to, length)
    print(f"{path}: answers raw {'synthetic' if data.name == 'sample' else 'test'} examples as the trained model does")
    if format != "saved_model":
        inputs = ", ".join(f"{x.name} {tuple(x.shape)} {x.dtype}".replace("None", "?") for x in model.inputs)
        fixed = f" One example of {length} words at a time, padded with 0." if format == "litert" and any(
            None in x.shape[1:] for x in model.inputs) else ""
        print(f"It takes encoded numbers ({inputs}) and gives scores: {format} carries no raw values. "
              f"{exporting.beside(path)} says how these become numbers.{fixed}")


def _data(recipe, source, folders):
    """Return the run's data, or synthetic examples where it is no longer there."""
    from recipes import sources
    from registry.errors import MissingData

    try:
        return sources.load(source, folders)[1]
    except MissingData as error:
        print(f"the run's data is not there, so the check takes synthetic examples ({error})")
        return sources.sample_data(recipe.framing)

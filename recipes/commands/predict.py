"""``predict``: a run's model on raw input."""
from pathlib import Path
from typing import Annotated

import typer

from recipes.commands import options as o


def predict(
    run: Annotated[str, typer.Argument(help="A run's folder, or a recipe's name for its newest run.")],
    values: Annotated[list[str] | None, typer.Argument(
        help="Image or sound files, tables of the past, sentences, rows of numbers; - reads standard input.")] = None,
    out: o.Out = Path("runs"),
    json_lines: Annotated[bool, typer.Option("--json", help="One JSON object a line, with probabilities.")] = False,
    settings: Annotated[list[str] | None, typer.Option(
        "--set", help="Set how answers are made: --set beams=1, --set temperature=0.5. Repeatable.")] = None,
    top: Annotated[int, typer.Option(min=1, help="Names shown of each answer.")] = 3,
):
    """Answer raw input: an image or sound file, a sentence, a row of numbers; - for lines on standard input."""
    import json

    from recipes import device, prediction
    from recipes import folder as folders
    from recipes.recipe import resolved_architecture

    folder = folders.find(run, out)
    recipe, _ = folders.load_recipe(folder)
    recipe = prediction.answering(recipe, settings)
    device.threads(resolved_architecture(recipe), recipe.framing.pair)
    raws = prediction.read(values or ["-"], recipe.framing)
    for answer in prediction.answers(folders.load_model(folder), recipe.framing, raws):
        line = json.dumps(answer, ensure_ascii=False) if json_lines else recipe.framing.outputs.shown(answer, top)
        print(line, flush=True)

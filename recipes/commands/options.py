"""Options that several verbs take."""
from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path, typer.Option("--out", help="Folder of all runs.")]
DataDir = Annotated[Path | None, typer.Option(
    "--data-dir", help="TFDS's data folder [default: TFDS_DATA_DIR or ~/tensorflow_datasets].")]
OfflineDir = Annotated[Path | None, typer.Option(
    "--offline-dir", help="Folder of data that is only read, looked in before any download [TASKZOO_OFFLINE_DIR].")]
Name = Annotated[str | None, typer.Argument(help="A recipe, as `list` shows them, or a recipe file.")]
Architecture = Annotated[str | None, typer.Option(help="Another architecture of the pair.")]
Size = Annotated[str | None, typer.Option(help="A size of the architecture.")]
Dataset = Annotated[str | None, typer.Option("--dataset", help="A TFDS data set, NAME[/CONFIG], instead of a recipe.")]
DataPath = Annotated[Path | None, typer.Option(
    "--data", help="Your own files, instead of a recipe, with --as; or for a recipe that takes files.")]
Environment = Annotated[str | None, typer.Option(
    "--environment", help="A gymnasium environment that shows its screen, NAME or MODULE:NAME, instead of a recipe.")]
As = Annotated[str | None, typer.Option(
    "--as", help="What your files are: image:label, audio:label, :tags or :text, vector:label, word_seq:label, :tags, "
                 ":tree, :text or :distribution, word:distribution, click_log:distribution, series:vector or :label, "
                 "vector:vector; docs/data.md shows each.")]
Columns = Annotated[str | None, typer.Option("--columns", help="Columns of your files, such as x=text,y=label.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Use so many examples of each split.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave out bad examples rather than stop; they are counted.")]
Sample = Annotated[bool, typer.Option("--sample", help="Use small synthetic data and the tiny size.")]
Settings = Annotated[list[str] | None, typer.Option(
    "--set", help="Set a field of the recipe, its domains or its architecture: --set epochs=3. Repeatable.")]
Strategy = Annotated[str, typer.Option(
    "--strategy", help="Where to train: auto (all GPUs, the workers of a cluster, or one CPU), none, mirrored, "
                       "multi_worker, or tpu, which is not tested.")]
Replicas = Annotated[int | None, typer.Option(
    "--replicas", min=1, help="Train on the first so many GPUs, or simulate so many devices on the CPU.")]


def given(arguments, option):
    """Tell whether an option stands among arguments, as OPTION VALUE or OPTION=VALUE."""
    return any(one == option or one.startswith(f"{option}=") for one in arguments)


def texts(*paths):
    """Return paths, of which some may be None, as JSON can hold them."""
    return [path and str(path) for path in paths]


def refuse(others, why):
    """Raise UserError where one of some options, {how it is written: its value}, was given."""
    from registry.errors import UserError

    given = [what for what, value in others.items() if value]
    if given:
        raise UserError(f"received {', '.join(given)} with {why}")


def columns_of(text):
    """Return {"x": …, "y": …} for "x=text,y=label", or None; "x=a,b,y=c" names two columns for x.

    Raises:
        UserError: it is written otherwise.
    """
    if not text:
        return None
    from recipes.datasets.readers import KEYS
    from registry.errors import UserError

    known, columns, key = {key for keys in KEYS.values() for key in keys}, {}, None
    for part in text.split(","):
        name, equals, value = part.partition("=")
        key = name.strip() if equals else key
        if key not in known:
            raise UserError(f"received --columns {text!r}: write --columns x=COLUMN,y=COLUMN.")
        columns[key] = f"{columns[key]},{part.strip()}" if not equals else value.strip()
    return columns

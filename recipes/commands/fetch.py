"""``fetch``: an offline folder for machines without a network."""
from pathlib import Path
from typing import Annotated

import typer


def fetch(
    names: Annotated[list[str], typer.Argument(help="Recipes, or TFDS data sets as NAME[/CONFIG].")],
    to: Annotated[Path, typer.Option(help="The offline folder to make or to add to.")],
):
    """Download data sets into a folder that --offline-dir reads on a machine without a network."""
    from recipes import catalogue
    from recipes.datasets.fetch import fetch as fetch_all
    from registry.errors import UserError

    wanted = [catalogue.module(n).DATASET if n.partition("/")[0] in catalogue.RECIPES else n for n in names]
    for name, dataset in zip(names, wanted):
        if dataset is None:
            raise UserError(f"the recipe {name} needs no data, it plays a game: leave it out.")
    fetch_all(wanted, to)
    print(f"done: give --offline-dir {to}, or set TASKZOO_OFFLINE_DIR={to}")

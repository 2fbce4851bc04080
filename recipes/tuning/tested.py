"""The test figures of the winner and of the untuned recipe, of which each is run once, as `run` does it."""
import dataclasses
import json
from pathlib import Path

from recipes import folder as folders
from recipes import recipe as recipes_recipe
from recipes import width
from recipes.pictures import text
from recipes.tuning import winner
from registry import framing as registry_framing
from registry.errors import MissingData


def both(search, row, cluster, console):
    """Run the winner and the untuned recipe to their test figures, each once, and return {"winner", "untuned"}: their
    folders. What was tested before is not again, but for a winner that is another now.

    Args:
        search: a `Search`.
        row: the winner.
        cluster: the `Cluster` that trains.
        console: a `rich.console.Console`.
    """
    data, out = search.data(), search.folder.parent.parent
    path = search.folder / "tested.json"
    done = folders.read_json(path) if path.exists() else {}
    source = search.source
    raw = registry_framing.from_config(folders.read_json(search.folder / "unlearned.json"))
    cases = {"untuned": (dataclasses.replace(width.settled(search.untuned), framing=raw), source, ""),
             "winner": (dataclasses.replace(winner.recipe_of(search, row), framing=raw),
                        {**source, "recipe": str((search.folder / "winner.py").absolute()), "dataset": None,
                         "path": source["path"] if source["recipe"] else None, "pair": None, "columns": None,
                         "environment": None}, row["trial"])}
    for which, (recipe, of, trial) in cases.items():
        before = done.get(which, {})
        if before.get("trial") == trial and (Path(before["folder"]) / "metrics.json").exists():
            continue
        console.print(f"the test figure of the {which} {'recipe' if which == 'untuned' else f'(trial {trial})'}",
                      highlight=False)
        done[which] = {"trial": trial, "folder": str(_run(recipe, data, of, cluster, console, out))}
        folders.write_json(path, done)
    return {which: done[which]["folder"] for which in cases}


def _run(recipe, data, source, cluster, console, out):
    """Run a recipe, or go on with its run that was stopped, write its report, and return its folder."""
    from recipes import running
    from recipes.report import report

    begun = _begun(recipe, source, out)
    recipe = folders.load_recipe(begun)[0] if begun else recipe
    folder, _ = running.run(recipe, data, source, console, out, resume=begun, cluster=cluster)
    report(folder)
    return folder


def _begun(recipe, source, out):
    """Return the folder of an unfinished run of the same recipe on the same data, or None."""
    wanted = json.loads(json.dumps({**recipes_recipe.to_config(recipe), "source": source}))
    for path in sorted((Path(out) / recipe.name.replace("/", "_")).glob("*/config.json")):
        if not (path.parent / "metrics.json").exists() and folders.read_json(path) == wanted:
            return path.parent
    return None


def bettered(search):
    """Tell whether the winner was better than the untuned recipe on validation; true where that was not run."""
    found = figures(search)
    tuned, untuned = (found[which]["validation"]["value"] for which in ("winner", "untuned")) if found else (0, 0)
    return not found or text.better(search.metric, tuned, untuned)


def figures(search):
    """Return {"untuned", "winner"}: metrics.json of the tested runs; empty where they were not tested."""
    path = search.folder / "tested.json"
    if not path.exists():
        return {}
    found = {}
    for which, one in folders.read_json(path).items():
        try:
            found[which] = {**folders.read_json(Path(one["folder"]) / "metrics.json"), "folder": one["folder"]}
        except MissingData:
            continue
    return found if len(found) == 2 else {}


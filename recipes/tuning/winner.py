"""The best trial as a recipe file that `run` takes."""
import dataclasses
from pathlib import Path

from recipes import catalogue, width
from recipes import folder as folders
from recipes.pictures import text
from recipes.tuning import space
from registry import framing as registry_framing

NAMED = '''"""{name} as a search of {trials} found it best: validation {metric} {value} (trial {trial}, seed {seed}).

    python -m recipes run {path}
"""
import dataclasses

from recipes import catalogue{imports}

BASE = catalogue.module({base!r})
data, HOLDOUTS = BASE.data, getattr(BASE, "HOLDOUTS", {{}})


def recipe():
    """Return the experiment."""
    return dataclasses.replace(
        BASE.recipe(), {settings})
'''
UNNAMED = '''"""{name} as a search of {trials} found it best: validation {metric} {value} (trial {trial}, seed {seed}).

    python -m recipes run {path}
"""
from recipes import sources
from recipes.recipe import Recipe
from registry import framing

SOURCE = {source}


def data(folders):
    """Return the raw examples that were searched on."""
    return sources.load(SOURCE, folders)[1]


def recipe():
    """Return the experiment."""
    return Recipe(
        {settings})
'''
DATA = ("dataset", "path", "pair", "columns", "environment")  # what of a source says which data it is


def recipe_of(search, row):
    """Return the recipe of a trial, its framing's learned values filled in, with the members and target of the untuned
    one."""
    declaration = space.declared(search.candidates, search.fixed)
    found = width.settled(space.recipe_of(space.of_values(declaration, row["values"]), search.candidates, search.fixed))
    return dataclasses.replace(found, name=f"{search.name}_tuned", members=search.untuned.members,
                               target=search.untuned.target)


def write(search, row, count):
    """Write winner.py for a trial, and return its path.

    Args:
        search: a `Search`.
        row: of `results.rows`.
        count: of trials that the search has.
    """
    path, name = search.folder / "winner.py", search.source["recipe"]
    found = recipe_of(search, row)
    raw = registry_framing.from_config(folders.read_json(search.folder / "unlearned.json"))
    found = dataclasses.replace(found, framing=raw)
    base = catalogue.module(name).recipe() if name else None
    changed = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)
               if base is None or getattr(found, field.name) != getattr(base, field.name)}
    if "framing" in changed:
        changed["framing"] = _Code(f"framing.from_config({registry_framing.to_config(raw)!r})")
    lines = ",\n        ".join(f"{key}={value!r}" for key, value in changed.items())
    source = {key: search.source.get(key) for key in DATA} | {"recipe": None, "limit": None, "sample": False}
    source["path"] = source["path"] and str(Path(source["path"]).absolute())
    template = NAMED if name else UNNAMED
    path.write_text(template.format(
        name=search.name, trials=f"{count} trials", metric=text.words(search.metric), trial=row["trial"],
        value=text.value(search.metric, row["value"]).replace("\u00a0", " "), seed=search.seed, path=path,
        imports="\nfrom registry import framing" if "framing" in changed else "", base=name, settings=lines,
        source=source))
    return path


class _Code(str):
    """Text that stands in the file as it is."""

    def __repr__(self):
        return str(self)

"""The recipes by name. A new recipe is one file and one line here."""
import ast
import importlib
from pathlib import Path

from registry.errors import unknown

RECIPES = ("digits", "handwriting", "fashion", "image", "pos_tagging", "pos_tagging_chinese", "entities",
           "entities_chinese", "parsing", "parsing_korean", "sentiment", "intents", "banking", "emotions")


def module(name):
    """Return the module of a recipe, with its `recipe()` and `data(folders)`.

    Raises:
        UserError: unknown name.
    """
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    return importlib.import_module(f"recipes.{name}")


def summary(name):
    """Return the first line of a recipe's docstring without importing it."""
    return ast.get_docstring(ast.parse((Path(__file__).parent / f"{name}.py").read_text())).splitlines()[0]

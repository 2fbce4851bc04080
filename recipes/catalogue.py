"""The recipes by name. A new recipe is one file and one line here."""
import ast
import importlib
import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from registry.errors import unknown

RECIPES = ("digits", "handwriting", "handwriting_2006", "fashion", "image", "pos_tagging", "pos_tagging_chinese",
           "entities", "entities_chinese", "parsing", "sentiment", "intents", "banking", "emotions", "translation",
           "pronunciation", "language_model", "word_vectors", "click_rate", "clicks", "spoken_digits",
           "speech_digits",
           "speech_digits_attention", "yesno", "phonemes", "an4", "keywords", "speech",
           "electricity", "weather", "temperature", "approximation",
           "catch", "video_game")


def module(name):
    """Return the module of a recipe, with its `recipe()` and `data(folders)`.

    Args:
        name: a name, or NAME/VARIANT of a recipe that has `VARIANTS`, such as "pronunciation/ice".

    Raises:
        UserError: unknown name or variant.
    """
    base, slash, variant = name.partition("/")
    if base not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    found = importlib.import_module(f"recipes.{base}")
    if not slash:
        return found
    if variant not in getattr(found, "VARIANTS", ()):
        raise unknown(f"variant of the recipe {base}", variant, getattr(found, "VARIANTS", ()))
    dataset = found.DATASET and f"{found.DATASET.partition('/')[0]}/{variant}"
    return SimpleNamespace(__doc__=found.__doc__, DATASET=dataset,
                           recipe=partial(found.recipe, variant), data=partial(found.data, variant=variant))


def summary(name):
    """Return the first paragraph of a recipe's docstring, less what stands in brackets, without importing it."""
    told = ast.get_docstring(ast.parse((Path(__file__).parent / f"{name}.py").read_text())).split("\n\n")[0]
    return re.sub(r"\s*\((?:[^()]|\([^()]*\))*\)", "", " ".join(told.split()))

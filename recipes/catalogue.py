"""The recipes by name. A new recipe is one file and one line here."""
import ast
import functools
import importlib
import importlib.util
import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from registry.errors import UserError, unknown

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
        name: a name, or NAME/VARIANT of a recipe that has `VARIANTS`, such as "pronunciation/ice"; or the path of a
            file like those here, such as "runs/digits/tune-bayesian-1a2b3c4d/winner.py".

    Raises:
        UserError: unknown name or variant, or the file is no recipe.
    """
    if name.endswith(".py"):
        return _file(name)
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


@functools.lru_cache
def _file(path):
    """Return the module of a user's own recipe file."""
    if not Path(path).is_file():
        raise UserError(f"no recipe file {path}: give the path of a Python file with recipe() and data(folders), or "
                        f"the name of a recipe ({', '.join(RECIPES)}).")
    spec = importlib.util.spec_from_file_location(f"recipe_{Path(path).stem}", path)
    found = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(found)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"the recipe file {path} cannot be read ({type(error).__name__}: {error}): mend it.") from error
    missing = [part for part in ("recipe", "data") if not callable(getattr(found, part, None))]
    if missing:
        raise UserError(f"the recipe file {path} has no {' and no '.join(missing)}: it needs recipe(), which returns a "
                        f"Recipe, and data(folders), which returns Data, as recipes/digits.py has them.")
    return found


def summary(name):
    """Return the first paragraph of a recipe's docstring, less what stands in brackets, without importing it."""
    told = ast.get_docstring(ast.parse((Path(__file__).parent / f"{name}.py").read_text())).split("\n\n")[0]
    return re.sub(r"\s*\((?:[^()]|\([^()]*\))*\)", "", " ".join(told.split()))

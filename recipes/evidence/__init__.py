"""What the report shows of a test split: answers, confusions, and the most confident mistakes."""
import importlib

WRITERS = {"label": "labelled", "tags": "tagged", "tree": "parsed", "several": "several", "following": "following",
           "text": "written", "neighbours": "neighbours", "items": "recommended", "vector": "numbers", "event": "event",
           "transcript": "spoken", "frames": "framewise",
           "action": "played"}  # by output domain, or by its form where it has several


def write(folder, recipe, answers, raw, model):
    """Write evidence.npz or evidence.json, whichever suits the output domain.

    Args:
        folder: the run's folder.
        recipe: its framing tells the domains.
        answers: `evaluate.Answers` on the test split.
        raw: the raw test split, in the same order; or the game that is played.
        model: the trained model.
    """
    _writer(recipe.framing).write(folder, recipe.framing, answers, raw, model)


def compare(folder, recipe, found):
    """Write what is shown of several models and guesses side by side, where the output domain has any such thing.

    Args:
        folder, recipe: as in `write`.
        found: name → `evaluate.Answers` on the test split, the run's own as "model".
    """
    if hasattr(_writer(recipe.framing), "compared"):
        _writer(recipe.framing).compared(folder, recipe.framing, found)


def _writer(framing):
    kind = "transcript" if framing.pair == ("audio", "text") else getattr(framing.outputs, "form", framing.outputs.name)
    return importlib.import_module(f"recipes.evidence.{WRITERS[kind]}")

"""What the report shows of a test split: answers, confusions, and the most confident mistakes."""
import importlib

WRITERS = {"label": "labelled", "tags": "tagged", "tree": "parsed", "distribution": "several", "text": "written"}


def write(folder, recipe, answers, raw, model):
    """Write evidence.npz or evidence.json, whichever suits the output domain.

    Args:
        folder: the run's folder.
        recipe: its framing tells the domains.
        answers: `evaluate.Answers` on the test split.
        raw: the raw test split, in the same order.
        model: the trained model.
    """
    writer = importlib.import_module(f"recipes.evidence.{WRITERS[recipe.framing.outputs.name]}")
    writer.write(folder, recipe.framing, answers, raw, model)

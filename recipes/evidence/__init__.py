"""What the report shows of a test split: answers, confusions, and the most confident mistakes."""
import importlib

WRITERS = {"label": "labelled", "tags": "tagged", "tree": "parsed", "several": "several", "following": "following",
           "text": "written", "neighbours": "neighbours", "vector": "numbers", "event": "event",
           "transcript": "spoken", "frames": "framewise"}  # by output domain, or by its form where it has several


def write(folder, recipe, answers, raw, model):
    """Write evidence.npz or evidence.json, whichever suits the output domain.

    Args:
        folder: the run's folder.
        recipe: its framing tells the domains.
        answers: `evaluate.Answers` on the test split.
        raw: the raw test split, in the same order.
        model: the trained model.
    """
    outputs = recipe.framing.outputs
    kind = getattr(outputs, "form", outputs.name)
    kind = "transcript" if recipe.framing.pair == ("audio", "text") else kind
    writer = importlib.import_module(f"recipes.evidence.{WRITERS[kind]}")
    writer.write(folder, recipe.framing, answers, raw, model)

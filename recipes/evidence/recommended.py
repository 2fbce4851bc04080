"""Evidence of recommendations: what some users have, what they are told, and how soon the right item comes."""
from recipes import folder as folders
from recipes.evidence.common import values_of
from registry.outputs import calibration

USERS, FIRST, FURTHEST = 16, 5, 20  # users and items that are shown, and how far the curve of recall goes


def write(folder, framing, answers, raw, model):
    """Write the evidence; see `recipes.evidence.write`. The users are the first ones, not chosen."""
    import tensorflow as tf

    from recipes.prediction import together
    from registry.predicting import answerer

    values = list(values_of(raw, set(range(USERS))).values())
    told = answerer(model, framing)(tf.constant(together(values)))
    names = ("the unknown", *framing.outputs.names)
    users = [{"given": _texts(value), "truth": names[answers.truth[i]], "rank": int(answers.probabilities[i, 1]),
              "items": list(zip(_texts(told["names"][i].numpy()[:FIRST]),
                                [round(float(p), 4) for p in told["probabilities"][i].numpy()[:FIRST]]))}
             for i, value in enumerate(values)]
    reliability = calibration.curve(answers.probabilities[:, 2], answers.given[:, 0] == answers.truth)
    folders.write_json(folder / "evidence.json", {
        "names": [], "recommended": users, "reliability": [part.tolist() for part in reliability]})


def compared(folder, framing, found):
    """Write what is drawn of several models: recall by how many items are shown, and which items are shown at all.

    Args:
        folder: the run's folder.
        framing: its framing.
        found: name of a model or guess → `evaluate.Answers`.
    """
    import numpy as np

    places = np.arange(1, FURTHEST + 1)
    recall = [(a.probabilities[:, 1, None] <= places).mean(0) for a in found.values()]
    shown = [np.unique(a.given[:, :FIRST]) for a in found.values()]
    frequencies = np.exp(framing.outputs.prior)
    popular = [frequencies[a.given[:, :FIRST]].mean() for a in found.values()]
    np.savez_compressed(folder / "evidence.npz", models=np.array(list(found)), recall=np.array(recall),
                        coverage=np.array([len(items) / len(framing.outputs.names) for items in shown]),
                        popularity=np.array(popular))


def _texts(items):
    return [item.decode("utf-8", "replace") for item in items]

"""Evidence of written texts: the first in their order, with the attention of the first few."""
from recipes import folder as folders
from recipes.evidence import attention
from recipes.evidence.common import KEPT, text_of, values_of
from registry.outputs import judging

ATTENTION = 4  # texts whose attention is kept


def write(folder, framing, answers, raw, model):
    """Write the evidence; see `recipes.evidence.write`."""
    outputs, values = framing.outputs, values_of(raw, set(range(KEPT)))
    said, truth = (outputs.texts(rows[:KEPT]) for rows in (answers.given, answers.truth))
    rows = [{"index": i, "input": text_of(values[i]), "written": said[i], "truth": truth[i],
             "right": said[i] == truth[i], "probability": round(float(answers.probabilities[i]), 4)}
            for i in range(len(said))]
    for row in rows[:ATTENTION]:
        row.update(attention.weights_of(model, framing, values[row["index"]], answers.given[row["index"]]))
    folders.write_json(folder / "evidence.json", {
        "written": rows, "signatures": judging.signatures(outputs.judged_as, outputs.tokenize)})

"""Evidence of what follows: texts that the model writes behind the beginnings of test texts."""
from recipes import folder as folders
from recipes.evidence.common import values_of

TEXTS, BEGINNING = 4, 64


def write(folder, framing, answers, raw, model):
    """Write the evidence; see `recipes.evidence.write`."""
    import tensorflow as tf

    from registry.predicting import answerer

    values = values_of(raw, set(range(TEXTS)))
    given = [list(value)[:BEGINNING] for value in values.values()]
    width = max(map(len, given))
    found = answerer(model, framing)(tf.constant([row + [b""] * (width - len(row)) for row in given]))
    between = b"" if framing.inputs.unit == "character" else b" "
    texts = [{"given": between.join(row).decode("utf-8", "replace"), "text": text.decode("utf-8", "replace")}
             for row, text in zip(given, found["text"].numpy())]
    folders.write_json(folder / "evidence.json", {"names": [], "continued": texts})

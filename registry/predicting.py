"""From a model to what the output domain decodes: its scores, or what it writes."""


def predictor(model, framing):
    """Return the function from encoded input to what `framing.outputs.decode` and `answers` take.

    Args:
        model: a model that `registry.build` made.
        framing: its framing. An output domain with a `generator` says itself what it takes; others take the scores.
    """
    if generates(framing):
        return framing.outputs.generator(model)
    return lambda numbers: model(numbers, training=False)


def answerer(model, framing):
    """Return the function from raw values to raw answers: what a served model does.

    Args:
        model, framing: as in `predictor`. An output domain with `continued` goes on with the raw text instead.
    """
    if hasattr(framing.outputs, "continued"):
        return framing.outputs.continued(model, framing)
    encode, predict = framing.inputs.encoder(), predictor(model, framing)

    def answer(raw):
        numbers = encode(raw)
        return framing.outputs.decode(predict(numbers), numbers) | framing.inputs.shown(raw)

    answer.table = getattr(encode, "table", None)
    return answer


def generates(framing):
    """Tell whether answers are written step by step, and the model's scores are for training alone."""
    return hasattr(framing.outputs, "generator")

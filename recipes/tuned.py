"""What an output domain sets on the validation part once a model is trained, such as the thresholds of names."""
import dataclasses


def found(model, framing, validation):
    """Return {field: value} of the output domain, empty where it sets nothing.

    Args:
        model: trained.
        framing: its framing.
        validation: `pipeline.Encoded` of the validation part.
    """
    from recipes import evaluate, pipeline

    if not hasattr(framing.outputs, "tuned"):
        return {}
    after = framing.outputs.tuned(evaluate.answer(model, framing, pipeline.alike(validation)))
    return {key: value for key, value in dataclasses.asdict(after).items() if value != getattr(framing.outputs, key)}


def framing_of(framing, told):
    """Return the framing with what a training told as `found`."""
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in told.get("tuned", {}).items()}
    return dataclasses.replace(framing, outputs=dataclasses.replace(framing.outputs, **fields))

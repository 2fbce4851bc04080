"""A trained model as raw in → raw out."""


def serving(model, framing):
    """Wrap a model so that it takes raw values and gives raw answers.

    Args:
        model: a model that `registry.build` made, trained.
        framing: its framing.

    Returns:
        A `tf.Module` with the function `serve` (and `serve_words` for words that are split already), each with
        the signature that `framing.inputs.raw_specs()` tells. Images are uint8 (B, H, W, C), rows float32 (B, D),
        sentences strings (B,), words strings (B, T) padded with "". The answers are what `framing.outputs.decode`
        gives: names and probabilities. `tf.saved_model.save` writes it.
    """
    import tensorflow as tf

    from registry.predicting import answerer

    answer = answerer(model, framing)
    module = tf.Module()
    module.model, module.table = model, getattr(answer, "table", None)
    module.state = [v.value for v in model.variables]  # the seeds of random layers, which TensorFlow does not find

    def endpoint(spec):
        @tf.function(input_signature=[spec])
        def serve(raw):
            return answer(raw)

        return serve

    for name, spec in framing.inputs.raw_specs().items():
        setattr(module, name, endpoint(spec))
    return module

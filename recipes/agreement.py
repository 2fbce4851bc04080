"""Does an exported model answer raw examples as the trained model does?"""
EXAMPLES = 32
PROBABILITY = 1e-4
SCORE = 1e-3


def raw_examples(data, count=EXAMPLES):
    """Return up to `count` raw inputs of the test split, or of the first other split that has any."""
    for split in ("test", "validation", "train"):
        values = [x for x, _ in data.splits[split].take(count).as_numpy_iterator()] if split in data.splits else []
        if values:
            return values
    return []


def calls(framing, values):
    """Yield (endpoint, batch of raw values as a tensor) as `framing.inputs.raw_specs()` names the endpoints."""
    import tensorflow as tf

    from recipes.prediction import together

    kind = framing.inputs.name
    if kind == "image":  # pictures differ in size
        for value in values:
            yield "serve", tf.constant(_channels(value, framing.inputs.channels)[None])
    elif kind == "word_seq":
        yield "serve_words", _words(framing, values)
        yield "serve", tf.constant([b" ".join(x) if getattr(x, "ndim", 0) else x for x in values])
    else:
        yield "serve", tf.constant(together(values))


def _channels(image, channels):
    """Return a picture (H, W, C) with as many channels as an exported model takes."""
    import numpy as np

    if image.shape[-1] == channels:
        return image
    grey = image[..., :3].mean(-1, keepdims=True).round().astype("uint8")
    return grey if channels == 1 else image[..., :3] if image.shape[-1] > 3 else np.repeat(grey, 3, -1)


def _words(framing, values):
    """Return words (B, T) padded with ""."""
    import tensorflow as tf

    rows = [list(x) if getattr(x, "ndim", 0) else list(framing.inputs.tokenise(tf.constant([x])).values.numpy())
            for x in values]
    longest = max(map(len, rows))
    return tf.constant([row + [b""] * (longest - len(row)) for row in rows])


def of_answers(path, model, framing, values):
    """Return what differs, in words, between a SavedModel's and the model's answers to raw values; None if nothing."""
    import tensorflow as tf

    from registry.predicting import answerer

    loaded, answer = tf.saved_model.load(str(path)), answerer(model, framing)
    for endpoint, raw in calls(framing, values):
        expected = answer(raw)
        given = getattr(loaded, endpoint)(raw)
        if set(given) != set(expected):
            return f"{endpoint} gives {', '.join(sorted(given))}, expected {', '.join(sorted(expected))}"
        for key in expected:
            problem = difference(expected[key].numpy(), given[key].numpy(), PROBABILITY)
            if problem:
                return f"{key} of {endpoint}: {problem}"
    return None


def of_scores(runner, model, framing, values, length=None):
    """Return what differs, in words, between a runner's and the model's scores; None if nothing.

    Args:
        runner: function from numbers to scores, as `converting` gives.
        model: the trained model.
        framing: its framing.
        values: raw inputs.
        length: sequences are cut to so many words; None keeps them whole.
    """
    encode = framing.inputs.encoder()
    timed = {x.name for x in model.inputs if len(x.shape) > 1 and x.shape[1] is None}
    for _, raw in calls(framing, values):
        numbers = {name: x.numpy() for name, x in encode(raw).items()}
        if length:
            numbers = {name: x[:, :length] if name in timed else x for name, x in numbers.items()}
        expected = model(numbers, training=False).numpy()
        problem = difference(expected, runner(numbers), SCORE, relative=True)
        if problem:
            return f"scores: {problem}"
    return None


def difference(expected, given, tolerance, relative=False):
    """Return where two arrays of names or numbers differ, in words; None where they agree.

    Args:
        expected, given: arrays; numbers may differ by `tolerance`.
        tolerance: times the expected size where it is more than 1, if `relative`.
    """
    import numpy as np

    if expected.shape != given.shape:
        return f"shape {given.shape}, expected {expected.shape}"
    if expected.dtype.kind in "OSU":
        wrong = expected != given
    else:
        size = np.maximum(abs(expected), 1) if relative else 1
        wrong = ~(abs(given - expected) <= tolerance * size)  # not so for NaN either
    if not wrong.any():
        return None
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    return (f"{int(wrong.sum())} of {wrong.size} differ, the first at {place}: {given[place]}, expected "
            f"{expected[place]}")

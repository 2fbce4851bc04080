"""The doctor's other half: the device, and whether each architecture learns on it."""
import time
from pathlib import Path

from recipes.doctor import Finding

STEPS = 16
EXAMPLES = 32


def device():
    """Yield a `Finding` for bfloat16 and for the GPU."""
    import os

    import tensorflow as tf

    from recipes import device as devices

    gpus = tf.config.list_physical_devices("GPU")
    fast = devices.has_bfloat16()
    yield Finding("pass", "bfloat16 is computed in hardware" if fast else "no bfloat16 here: float32 is used")
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    if gpus:
        yield Finding("pass", f"{len(gpus)} GPU seen by TensorFlow")
    elif Path("/dev/nvidia0").exists() and not hidden:
        yield Finding("warn", "there is a GPU that TensorFlow does not see", 'pip install "tensorflow[and-cuda]"')
    else:
        yield Finding("pass", "no GPU: training on the CPU")


def rows(pair=None, quick=False):
    """Return the (input, output, architecture) to try: all of the table, of one pair, or the defaults only.

    Args:
        pair: such as "image:label", or None.
        quick: each pair's default architecture only.

    Raises:
        UserError: there is no such pair.
    """
    from registry import table
    from registry.errors import UserError

    if pair is not None and pair.count(":") != 1:
        raise UserError(f"received --pair {pair!r}: write INPUT:OUTPUT, such as image:label.")
    pairs = [tuple(pair.split(":"))] if pair else list(table.rows())
    found = [(*p, name) for p in pairs for name in table.names(p)[:1 if quick else None]]
    return [row for row in found if not row[2].endswith("*")]


def learns(inputs, outputs, architecture):
    """Return a `Finding`: whether an architecture at its tiny size learns a batch of synthetic examples."""
    from recipes.datasets.source import one_line

    name, start = f"{inputs} → {outputs}: {architecture}", time.perf_counter()
    try:
        losses = _losses(inputs, outputs, architecture)
    except Exception as error:  # whatever is wrong, the doctor goes on with the next
        return Finding("fail", f"{name} raised {one_line(error)}", f"python -m registry explain {architecture}")
    seconds = time.perf_counter() - start
    before, after = losses[0], sum(losses[-3:]) / 3
    told = f"{name}, loss {before:.3f} to {after:.3f} in {len(losses)} steps, {seconds:.1f} s"
    if after < before:
        return Finding("pass", told)
    return Finding("fail", told, "the loss must drop: the lines above may say why; else report it with this table")


def _losses(inputs, outputs, architecture):
    """Return the loss of each step on one batch."""
    import keras

    import registry
    from registry import building

    framing = building.framing_for((inputs, outputs), architecture)
    keras.utils.set_random_seed(0)
    model = registry.build(framing.inputs, framing.outputs, architecture, "tiny")
    model.compile(keras.optimizers.Adam(0.01), framing.outputs.loss())
    batch = _batch(framing)
    return [float(model.train_on_batch(*batch)) for _ in range(STEPS)]


def _batch(framing):
    """Return one batch (numbers, targets) of synthetic examples."""
    from recipes import pipeline, sources

    raw = sources.sample_data(framing).splits["train"].take(EXAMPLES)
    return next(iter(pipeline.batches(pipeline.encode(framing, raw), EXAMPLES)))

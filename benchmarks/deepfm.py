"""Rows a second that `deepfm` learns from: 26 fields with 100,000 values each, vectors of 16, a deep part of 400-400.

    python benchmarks/deepfm.py [SKEW] [SECONDS]

SKEW is how values are spread: 0 is evenly, the hardest case for memory, and 1.2 as Zipf's law has it. Printed are the
step alone, and with the numbers read from memory in the order of an epoch. On a machine with other work, the rows in a
second of a core's time tell more than those in a second.
"""
import sys
import time

import numpy as np
import tensorflow as tf

import registry
from recipes import device, pipeline
from recipes.recipe import Recipe
from recipes.train import compile_model
from registry import ClickLog, Event, Framing

FIELDS, VALUES, BATCH, ROWS = 26, 100_000, 4096, 4096 * 40


def log(skew):
    """Return `pipeline.Encoded` of a log: ids (N, 26) int32 of random values, and clicks."""
    rng = np.random.default_rng(0)
    values = rng.zipf(skew, (ROWS, FIELDS)) % VALUES if skew else rng.integers(VALUES, size=(ROWS, FIELDS))
    ids = (values + FIELDS + VALUES * np.arange(FIELDS)).astype("int32")
    targets = np.stack([rng.random(ROWS) < 0.2, np.ones(ROWS), np.full(ROWS, np.nan)], 1).astype("float32")
    examples = tf.data.Dataset.from_tensor_slices(({"ids": ids}, targets)).cache()
    return pipeline.Encoded(examples, ROWS, None, ids.nbytes + targets.nbytes)


def rate(model, batches, seconds):
    """Return the rows that a compiled model learns from in a second, and in a second of one core's time, the first five
    batches left out."""
    model.make_train_function()
    step, count, start = model.train_function, 0, None
    iterator = iter(batches.repeat())
    for number in range(10**9):
        step(iterator)
        if number == 4:
            start, used = time.perf_counter(), time.process_time()
        elif start is not None:
            count += BATCH
            if time.perf_counter() - start > seconds:
                return count / (time.perf_counter() - start), count / (time.process_time() - used)


def main(skew=0.0, seconds=10):
    """Print rows a second of the step alone, and with the pipeline."""
    inputs = ClickLog(numeric=(), categorical=tuple(f"field_{i}" for i in range(FIELDS)), num_buckets=VALUES,
                      embedding=16)
    recipe = Recipe("benchmark", Framing(inputs, Event()), architecture="deepfm", optimizer="rows", batch_size=BATCH,
                    metric="auc")
    device.configure(recipe)
    model = compile_model(registry.build(inputs, Event(), "deepfm"), recipe, 10**6)
    part = log(float(skew))
    again = pipeline.epoch(part, BATCH, 0, 0).take(16).cache()
    for name, batches in (("the step alone", again), ("with the pipeline", pipeline.epoch(part, BATCH, 0, 0))):
        found, each = rate(model, batches, float(seconds))
        print(f"deepfm, {FIELDS} fields × {VALUES:,} × 16, skew {skew}, {name}: {found / 1000:.1f} k rows/s, "
              f"{each / 1000:.1f} k in a second of a core", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

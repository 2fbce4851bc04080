"""Words a second that `bag` learns from, beside fastText on one thread, alternately on the same texts.

    pip install ".[bench]" && python benchmarks/bag.py [RECIPE] [ROUNDS]

A round trains each for a few epochs; the first epoch of ours, which compiles the step, is left out. Both read words and
pairs of words.
"""
import dataclasses
import statistics
import sys
import tempfile
import time
from pathlib import Path

import keras

import registry
from recipes import catalogue, pipeline
from recipes import recipe as recipes_recipe
from recipes.datasets.folders import Folders
from recipes.train import compile_model

EPOCHS = 4


def ours(recipe, data):
    """Return the function that trains `bag` and gives words a second."""
    framing = recipe.framing.adapt(lambda: data.splits["train"].as_numpy_iterator())
    recipe = dataclasses.replace(recipe, framing=framing)
    part = pipeline.encode(framing, data.splits["train"])
    steps = pipeline.steps_per_epoch(part, recipe.batch_size)

    def train():
        model = registry.build(framing.inputs, framing.outputs, "bag", recipe.size, **recipe.options)
        compile_model(model, recipe, steps * EPOCHS)
        seconds = []
        for number in range(EPOCHS):
            start = time.perf_counter()
            model.fit(pipeline.epoch(part, recipe.batch_size, 0, number), steps_per_epoch=steps, verbose=0,
                      shuffle=False)
            seconds.append(time.perf_counter() - start)
        keras.backend.clear_session()
        return int(part.lengths.sum()) * (EPOCHS - 1) / sum(seconds[1:])

    return train


def theirs(data):
    """Return the function that trains fastText and gives words a second."""
    import fasttext

    rows = [(x.decode().split(), y.decode()) for x, y in data.splits["train"].as_numpy_iterator()]
    count = sum(len(words) for words, _ in rows)

    def train():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "train.txt"
            path.write_text("\n".join(f"__label__{y} {' '.join(words)}" for words, y in rows))
            start = time.perf_counter()
            fasttext.train_supervised(str(path), wordNgrams=2, epoch=4 * EPOCHS, dim=64, thread=1, verbose=0)
            return count * 4 * EPOCHS / (time.perf_counter() - start)

    return train


def main(name="sentiment", rounds=3):
    """Print words a second of both in each round, and the medians and their ratio."""
    module = catalogue.module(name)
    data = module.data(Folders())
    trainers = {"bag": ours(recipes_recipe.override(module.recipe(), (), "bag"), data), "fastText": theirs(data)}
    rates = {tool: [] for tool in trainers}
    for number in range(int(rounds)):
        for tool, train in trainers.items():
            rates[tool].append(train())
            print(f"round {number + 1}  {tool}  {rates[tool][-1] / 1000:.1f} k words/s", flush=True)
    median = {tool: statistics.median(found) for tool, found in rates.items()}
    print(f"{name}: bag {median['bag'] / 1000:.1f} k words/s, fastText {median['fastText'] / 1000:.1f} k words/s, "
          f"ratio {median['bag'] / median['fastText']:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])

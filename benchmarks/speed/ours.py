"""This project's side: models of `registry.build`, compiled and fitted as recipes do."""
import dataclasses

import numpy as np

from benchmarks.speed import cases, framings
from registry import quiet

quiet.start()

import tensorflow as tf  # noqa: E402

import registry  # noqa: E402
from recipes import device, evaluate, pipeline, sources  # noqa: E402
from recipes.datasets.folders import Folders  # noqa: E402
from recipes.recipe import Recipe  # noqa: E402
from recipes.train import compile_model  # noqa: E402
from registry import Framing  # noqa: E402


def made(case, dtype):
    """Return (call, units of a call, trainable parameters) of a case; dtype is "float32" or "bfloat16"."""
    return globals()[case](dtype) if case in ("tagger", "tagging", "decoding") else _training(case, dtype)


def _built(recipe):
    device.configure(recipe)
    framing = recipe.framing
    return registry.build(framing.inputs, framing.outputs, recipe.architecture, recipe.size, **recipe.options)


def _parameters(model):
    return sum(int(np.prod(v.shape)) for v in model.trainable_variables)


def _recipe(framed, dtype, size):
    return Recipe("benchmark", framed.framing, architecture=framed.architecture, options=framed.options,
                  batch_size=size, precision=dtype, **framed.settings)


def _training(case, dtype):
    """Return what `made` returns, of training steps."""
    framed = framings.made(case)
    size = len(framed.targets) // framings.BATCHES
    recipe = _recipe(framed, dtype, size)
    model = _built(recipe)
    learner = compile_model(model, recipe, 10**6)
    learner.make_train_function()
    batches = tf.data.Dataset.from_tensor_slices((framed.numbers, framed.targets)).batch(size, drop_remainder=True)
    iterator = iter(batches.cache().repeat().prefetch(2))
    return lambda: learner.train_function(iterator), size * framed.units, _parameters(model)


def _tagger(dtype):
    """Return (recipe, raw data) of recipe pos_tagging without the tables of affixes and n-grams, which PyTorch's tagger
    does not have either."""
    recipe, data = sources.load(sources.source_of("pos_tagging"), Folders())
    inputs = dataclasses.replace(recipe.framing.inputs, affix=0, gram=0)
    framing = Framing(inputs, recipe.framing.outputs).adapt(lambda: data.splits["train"].as_numpy_iterator())
    return dataclasses.replace(recipe, framing=framing, precision=dtype), data


def tagger(dtype):
    recipe, data = _tagger(dtype)
    model = _built(recipe)
    part = pipeline.encode(recipe.framing, data.splits["train"])
    steps, number = pipeline.steps_per_epoch(part, recipe.batch_size), iter(range(10**6))
    learner = compile_model(model, recipe, steps * recipe.epochs)

    def epoch():
        batches = pipeline.epoch(part, recipe.batch_size, recipe.seed, next(number), model)
        learner.fit(batches, epochs=1, steps_per_epoch=steps, shuffle=False, verbose=0)

    return epoch, int(part.lengths.sum()), _parameters(model)


def tagging(dtype):
    recipe, data = _tagger(dtype)
    model = _built(recipe)
    part = pipeline.encode(recipe.framing, data.splits["train"])
    return (lambda: evaluate.answer(model, recipe.framing, pipeline.alike(part)), int(part.lengths.sum()),
            _parameters(model))


def decoding(dtype):
    from registry.predicting import predictor

    framed, size = framings.made("decoding"), cases.DECODING["B"]
    model = _built(_recipe(framed, dtype, size))
    framings.endless(model)
    batch = {name: tf.constant(value[:size]) for name, value in framed.numbers.items()}
    write = tf.function(predictor(model, framed.framing))
    return lambda: write(batch)[0].numpy(), size * framed.units, _parameters(model)

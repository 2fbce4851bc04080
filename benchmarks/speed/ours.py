"""This project's side: models of `registry.build`, compiled and fitted as recipes do."""
import dataclasses

import numpy as np

from benchmarks.speed import cases
from registry import quiet

quiet.start()

import tensorflow as tf  # noqa: E402

import registry  # noqa: E402
from recipes import catalogue, device, evaluate, pipeline  # noqa: E402
from recipes.datasets.folders import Folders  # noqa: E402
from recipes.recipe import Recipe  # noqa: E402
from recipes.train import compile_model  # noqa: E402
from registry import (  # noqa: E402
    AudioFeatures,
    ClickLog,
    Event,
    Following,
    Framing,
    Image,
    Label,
    Tags,
    Text,
    Transcript,
    WordSeq,
    table,
)

BATCHES = 4  # that are read again and again
RNG = np.random.default_rng(0)


def made(case, dtype):
    """Return (call, units of a call, trainable parameters) of a case; dtype is "float32" or "bfloat16"."""
    return globals()[case](dtype)


def _built(recipe):
    device.configure(recipe, table.module(recipe.architecture))
    framing = recipe.framing
    return registry.build(framing.inputs, framing.outputs, recipe.architecture, recipe.size, **recipe.options)


def _parameters(model):
    return sum(int(np.prod(v.shape)) for v in model.trainable_variables)


def _training(dtype, framing, architecture, numbers, targets, options, units=1, **settings):
    """Return what `made` returns, of training steps on numbers and targets (BATCHES · B, …)."""
    size = len(targets) // BATCHES
    recipe = Recipe("benchmark", framing, architecture=architecture, options=options, batch_size=size,
                    precision=dtype, **settings)
    model = _built(recipe)
    learner = compile_model(model, recipe, 10**6)
    learner.make_train_function()
    batches = tf.data.Dataset.from_tensor_slices((numbers, targets)).batch(size, drop_remainder=True)
    iterator = iter(batches.cache().repeat().prefetch(2))
    return lambda: learner.train_function(iterator), size * units, _parameters(model)


def vgg(dtype):
    c = cases.VGG
    n = BATCHES * c["B"]
    images = RNG.integers(256, size=(n, c["side"], c["side"], 3)).astype("uint8")
    framing = Framing(Image(c["side"], c["side"], 3), Label(tuple(map(str, range(c["K"])))))
    return _training(dtype, framing, "vgg", {"image": images}, RNG.integers(c["K"], size=n).astype("int32"),
                     {"layout": c["layout"]})


def _words(c):
    """Return the domain of words that are but numbers with a vector each, and numbers of BATCHES batches."""
    domain = WordSeq(unit="character", exact=True, max_chars=1, gram=0, word_dropout=0.0, embedding=c["D"],
                     num_buckets=c["V"])
    ids = RNG.integers(2, 2 + c["V"], size=(BATCHES * c["B"], c["T"])).astype("int32")
    return domain, {"words": ids, "chars": np.ones((*ids.shape, 1), "int32")}


def _tagging(dtype, architecture, c, options):
    domain, numbers = _words(c)
    targets = RNG.integers(c["K"], size=numbers["words"].shape).astype("int32")
    return _training(dtype, Framing(domain, Tags()), architecture, numbers, targets, options, c["T"])


def bilstm(dtype):
    c = cases.BILSTM
    return _tagging(dtype, "bilstm", c, {name: c[name] for name in ("units", "depth", "dropout")})


def transformer(dtype):
    c = cases.TRANSFORMER
    return _tagging(dtype, "transformer", c, _of_transformer(c))


def _of_transformer(c):
    return {"units": c["D"], **{name: c[name] for name in ("num_heads", "depth", "dropout")}}


def gpt(dtype):
    c = cases.GPT
    domain, numbers = _words(c)
    names = tuple(f"name {i}" for i in range(c["K"] - 1))
    targets = RNG.integers(c["K"], size=numbers["words"].shape).astype("int32")
    return _training(dtype, Framing(domain, Following(names)), "transformer", numbers, targets,
                     {**_of_transformer(c), "positions": "learned"}, c["T"])


def deepfm(dtype):
    c = cases.DEEPFM
    n, fields = BATCHES * c["B"], c["fields"]
    domain = ClickLog((), tuple(f"field {i}" for i in range(fields)), num_buckets=c["V"], embedding=c["D"])
    ids = RNG.integers(c["V"], size=(n, fields)) + fields + c["V"] * np.arange(fields)
    targets = np.stack([RNG.random(n) < 0.2, np.ones(n), np.full(n, np.nan)], 1).astype("float32")
    return _training(dtype, Framing(domain, Event()), "deepfm", {"ids": ids.astype("int32")}, targets,
                     {"units": c["units"], "depth": c["depth"]}, optimizer="rows", metric="auc")


def ctc(dtype):
    c = cases.CTC
    n = BATCHES * c["B"]
    domain = AudioFeatures(c["D"], standardise="training", mean=(0.0,) * c["D"], std=(1.0,) * c["D"],
                           differences=False)
    numbers = {"features": RNG.normal(size=(n, c["T"], c["D"])).astype("float32"),
               "frames": np.ones((n, c["T"]), "int32")}
    targets = RNG.integers(1, c["K"], size=(n, c["L"])).astype("int32")
    return _training(dtype, Framing(domain, Transcript()), "crnn", numbers, targets,
                     {name: c[name] for name in ("filters", "units", "dropout")} | {"depth": 1}, c["T"], metric="wer")


def _tagger(dtype):
    """Return (recipe, raw data) of recipe pos_tagging without the tables of affixes and n-grams, which PyTorch's tagger
    does not have either."""
    module = catalogue.module("pos_tagging")
    data, recipe = module.data(Folders()), module.recipe()
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
    c = cases.DECODING
    from registry.outputs.pieces import FIRST, MARK
    from registry.predicting import predictor

    domain, numbers = _words({**c, "V": c["V"] - 2})
    outputs = Text(tuple(f"piece {i}" for i in range(c["V"] - FIRST)), unit="word", max_pieces=c["L"], beams=1)
    framing = Framing(domain, outputs)
    model = _built(Recipe("benchmark", framing, architecture="transformer", options=_of_transformer(c),
                          precision=dtype))
    bias = model.get_layer("head_decoder").bias
    bias.assign(np.where(np.arange(c["V"]) == MARK, -1e4, 0.0))  # untrained as it is, no text may end early
    batch = {name: tf.constant(value[: c["B"]]) for name, value in numbers.items()}
    write = tf.function(predictor(model, framing))
    return lambda: write(batch)[0].numpy(), c["B"] * c["L"], _parameters(model)

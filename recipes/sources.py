"""Where a run's recipe and data come from: a named recipe, a TFDS data set, a user's files, or a synthetic sample."""
import dataclasses
import functools
import inspect
from pathlib import Path

from recipes import catalogue, device
from recipes import recipe as recipes_recipe
from recipes.playing import settings
from recipes.recipe import Recipe
from registry import table
from registry.errors import UserError, nearest

GENERIC = {  # settings of the pair's (or of its form's) generic recipe, for data sets that have none of their own
    ("image", "label"): {"epochs": 15, "learning_rate": 2e-3, "weight_decay": 0.02, "label_smoothing": 0.05,
                         "ema": 0.99, "patience": 6, "size": "small"},
    ("vector", "label"): {"epochs": 60, "learning_rate": 2e-3, "batch_size": 64, "patience": 12},
    ("word_seq", "tags"): {"epochs": 15, "learning_rate": 2e-3, "batch_size": 32, "clip_norm": 1.0, "patience": 4},
    ("word_seq", "tree"): {"epochs": 15, "learning_rate": 2e-3, "batch_size": 32, "clip_norm": 5.0, "patience": 4},
    ("word_seq", "text"): {"epochs": 15, "learning_rate": 1e-3, "batch_size": 64, "clip_norm": 1.0, "patience": 4,
                           "label_smoothing": 0.1},
    ("word_seq", "label"): {"epochs": 12, "learning_rate": 1e-3, "batch_size": 64, "weight_decay": 0.1, "ema": 0.99,
                            "patience": 4},
    ("word_seq", "distribution"): {"epochs": 10, "learning_rate": 1e-3, "batch_size": 64, "weight_decay": 0.1,
                                   "ema": 0.99, "keep": "last"},
    ("word_seq", "distribution", "following"): {"epochs": 20, "learning_rate": 4e-3, "batch_size": 64, "clip_norm": 1.0,
                                                "weight_decay": 0.0, "ema": 0.998, "patience": 4},
    ("audio", "label"): {"epochs": 30, "learning_rate": 2e-3, "batch_size": 64, "weight_decay": 0.05, "clip_norm": 1.0,
                         "ema": 0.99, "patience": 8},
    ("audio", "tags"): {"epochs": 20, "learning_rate": 2e-3, "batch_size": 16, "weight_decay": 0.01, "clip_norm": 1.0,
                        "ema": 0.99, "patience": 6},
    ("audio", "text"): {"epochs": 30, "learning_rate": 1e-3, "batch_size": 16, "weight_decay": 0.01, "clip_norm": 1.0,
                        "ema": 0.99, "patience": 8},
    ("image", "action"): {"epochs": 20, "learning_rate": 1e-3, "batch_size": 256, "weight_decay": 0.0, "clip_norm": 0.5,
                          "warmup": 0.0, "precision": "float32", "playing": settings()},
    ("series", "vector"): {"epochs": 15, "learning_rate": 1e-3, "batch_size": 64, "weight_decay": 0.0, "patience": 4,
                           "precision": "float32"},
    ("series", "label"): {"epochs": 30, "learning_rate": 1e-3, "batch_size": 32, "weight_decay": 0.01, "patience": 6},
    ("vector", "vector"): {"epochs": 60, "learning_rate": 2e-3, "batch_size": 64, "weight_decay": 0.0, "patience": 12,
                           "precision": "float32"},
    ("word", "distribution"): {"epochs": 4, "learning_rate": 5e-3, "batch_size": 1024, "weight_decay": 0.0},
    ("click_log", "distribution"): {"epochs": 4, "learning_rate": 1e-3, "batch_size": 1024, "optimizer": "rows",
                                    "patience": 2},
    ("click_log", "distribution", "items"): {"epochs": 12, "learning_rate": 4e-3, "batch_size": 256, "ema": 0.99,
                                             "keep": "last"},
}
ATARI = 36  # pixels from which a screen is large
SAMPLE = {"train": 512, "validation": 128, "test": 128}


def source_of(name=None, dataset=None, path=None, pair=None, columns=None, limit=None, sample=False,
              skip_bad=False, environment=None):
    """Return the source dict that config.json keeps.

    Raises:
        UserError: not exactly one of name, dataset, environment and path was given (a recipe that takes files may have
            a path too), or `pair` without a path.
    """
    name = str(Path(name).absolute()) if name and name.endswith(".py") else name
    given = [what for what in (name, dataset, environment, path) if what]
    own = bool(name and path and not dataset and not environment) and _takes_files(name)
    if len(given) != 1 and not own:
        raise UserError(f"received {' and '.join(map(str, given)) or 'nothing to run'}: give a recipe's name "
                        f"({', '.join(catalogue.RECIPES)}), or --dataset TFDS_NAME, or --data PATH --as image:label, "
                        f"or --environment NAME.")
    if environment and (columns or limit):
        raise UserError(f"received {'--columns' if columns else '--limit'} with the environment {environment}, which "
                        f"is played: leave it out.")
    if pair and not path:
        raise UserError(f"received --as {pair} without --data: name your files with --data PATH, or leave out --as.")
    if columns and name:
        raise UserError(f"received --columns with the recipe {name}, whose columns are fixed: leave out --columns, or "
                        f"give --dataset or --data.")
    if own and pair:
        raise UserError(f"received --as {pair} with the recipe {name}, which says what your files are: leave out --as.")
    if path and not pair and not own:
        raise UserError("received --data without --as: say what it is, such as --as image:label.")
    if name:
        catalogue.module(name)
    return {"recipe": name, "dataset": dataset, "path": str(path) if path else None, "pair": pair,
            "columns": columns, "limit": limit, "sample": sample, "skip_bad": skip_bad, "environment": environment}


def held_out(source, kind, folds=None):
    """Return the names of a kind that a recipe can hold out, such as its speakers; none where no kind is asked for.

    Raises:
        UserError: the recipe cannot hold that out, or both folds and a kind were asked for.
    """
    if not kind:
        return ()
    kinds = getattr(catalogue.module(source["recipe"]), "HOLDOUTS", {}) if source["recipe"] else {}
    if kind not in kinds or source["sample"]:
        raise UserError(f"received --holdout {kind}: what can be held out of {source['recipe'] or 'this data'} is "
                        f"{', '.join(kinds) if kinds and not source['sample'] else 'nothing'}.{nearest(kind, kinds)}")
    if folds:
        raise UserError("received --folds and --holdout: choose one of them.")
    return kinds[kind]


def _takes_files(name):
    """Tell whether a recipe can be run on a user's files."""
    return "path" in inspect.signature(catalogue.module(name).data).parameters


def load(source, folders, architecture=None):
    """Return (recipe, data) for a source dict.

    Args:
        source: of `source_of`.
        folders: `Folders`.
        architecture: which is to learn or to answer; the recipe's or the pair's own by default. TensorFlow's threads
            are set for it, which only the first in a process can do.

    Raises:
        UserError, MissingData: the data is not there or cannot be framed.
    """
    from recipes.datasets.source import take

    if source["recipe"]:
        module = catalogue.module(source["recipe"])
        recipe = module.recipe()
        device.threads(architecture or recipes_recipe.resolved_architecture(recipe), recipe.framing.pair)
        own = {key: source[key] for key in ("path", "holdout") if source.get(key)}
        data = sample_data(recipe.framing) if source["sample"] else module.data(folders, **own)
    else:
        ready = functools.partial(_ready, architecture)
        data = _files(source, ready) if source["path"] else _game(source) if source.get("environment") else _tfds(
            source, folders, ready)
        recipe = generic(data)
        data = sample_data(recipe.framing) if source["sample"] else data
    data = take(data, source["limit"])
    if source.get("skipped"):
        from recipes.skipping import without

        data = without(data, source["skipped"])
    if source.get("fold"):
        from recipes.datasets.folds import folded

        data = folded(data, *source["fold"])
    return recipe, data


def _ready(architecture, pair):
    """Set threads for the architecture, or for the pair's default, where there is such a pair."""
    if pair in table.rows():
        device.threads(architecture or table.names(pair)[0], pair)


def _game(source):
    from recipes.playing import by_name
    from recipes.playing.data import data

    return data(by_name.game(source["environment"]), {"environment": source["environment"]})


def _tfds(source, folders, ready):
    from recipes.datasets.tfds_source import from_tfds

    columns = source["columns"] or {}
    if strange := set(columns) - {"x", "y"}:
        raise UserError(f"received columns for {', '.join(sorted(strange))} with --dataset: expected x and y.")
    return from_tfds(source["dataset"], folders, x=columns.get("x"), y=columns.get("y"), ready=ready)


def _files(source, ready):
    from recipes.datasets.readers import from_files

    ready(tuple(source["pair"].split(":")))
    skipped = [] if source.get("skip_bad") else None
    data = from_files(source["path"], source["pair"], columns=source["columns"], skipped=skipped)
    return dataclasses.replace(data, record={**data.record, "skipped": skipped}) if skipped else data


def generic(data):
    """Return the pair's generic recipe on a data set: the pair's default architecture and settings."""
    framing = data.framing
    name = data.name.rstrip("/").split("/")[-1].split(":")[0].split(".")[0]
    if framing.inputs.name == "word_seq":
        framing = dataclasses.replace(framing, inputs=dataclasses.replace(framing.inputs, min_count=2))
    keys = (*framing.pair, getattr(framing.outputs, "form", "")), framing.pair
    known = next(GENERIC[key] for key in keys if key in GENERIC)
    size = {"size": "atari"} if data.game and min(framing.inputs.height, framing.inputs.width) >= ATARI else {}
    return Recipe(name=name, framing=framing, data=data.name, metric=framing.outputs.metrics[0], **known, **size)


def tiny(recipe):
    """Return the recipe at its architecture's tiny size for a few epochs, for synthetic samples."""
    few = {"environments": 16, "frames": 2048, "replay": 2048, "begin": 256, "longest": 200} if recipe.playing else {}
    return dataclasses.replace(recipe, size="tiny", options={}, epochs=min(recipe.epochs, 3), batch_size=32,
                               ema=0.0, target=None, members=min(recipe.members, 2),
                               shallow={**recipe.shallow, "size": "tiny", "epochs": 2},
                               playing={**recipe.playing, **few})


def sample_data(framing):
    """Return synthetic `Data` that the framing can learn; where it is learned by playing, Catch on screens of its size.
    """
    from registry import quiet

    quiet.start()
    import numpy as np
    import tensorflow as tf

    from recipes.datasets.source import Data

    splits = {}
    for i, (split, n) in enumerate(SAMPLE.items()):
        pairs = framing.sample(np.random.default_rng(i), n)

        def generate(pairs=pairs):
            return ((x, y) for x, y in pairs)

        signature = tuple(_spec([np.asarray(value) for value in side]) for side in zip(*pairs))
        splits[split] = tf.data.Dataset.from_generator(generate, output_signature=signature).apply(
            tf.data.experimental.assert_cardinality(n))
    return Data("sample", framing, splits, dict(SAMPLE), {"source": "synthetic sample", "splits": SAMPLE},
                _sample_game(framing))


def _sample_game(framing):
    if not getattr(framing.outputs, "played", False):
        return None
    from recipes.playing.catch import game

    inputs = framing.inputs
    return game(inputs.height, inputs.width, inputs.channels, framing.outputs.names)


def _spec(values):
    """Return the `tf.TensorSpec` of raw values, their first axis open where it is one of sequences."""
    import tensorflow as tf

    text = values[0].dtype.kind in "OSU"
    sequence = values[0].ndim and (text or len({len(value) for value in values}) > 1)
    return tf.TensorSpec((None, *values[0].shape[1:]) if sequence else values[0].shape,
                         tf.string if text else values[0].dtype)


def overridden(source, recipe, assignments, architecture=None, size=None):
    """Return the recipe with the command line's settings; a sample is run at the tiny size, and what a recipe promises
    it does not promise of a user's files."""
    if source["recipe"] and source["path"]:
        recipe = dataclasses.replace(recipe, target=None)
    if source["sample"]:
        recipe = tiny(recipe)
    return recipes_recipe.override(recipe, assignments, architecture, size or ("tiny" if source["sample"] else None))


def of_batch(recipe, batch_size, console):
    """Return the recipe with another batch size, over all devices, and the learning rate that suits it.

    With k times the batch the rate is k times as high for "sgd" (Goyal et al. 2017, https://arxiv.org/abs/1706.02677),
    and √k times for "adam" and "rows", whose steps do not grow with the gradient (Malladi et al. 2022,
    https://arxiv.org/abs/2205.10287).
    """
    k = batch_size / recipe.batch_size
    rate = recipe.learning_rate * (k if recipe.optimizer == "sgd" else k**0.5)
    console.print(f"batch size {recipe.batch_size} → {batch_size}: learning rate {recipe.learning_rate:g} → "
                  f"{rate:.4g}, times {'' if recipe.optimizer == 'sgd' else '√'}{k:g} for {recipe.optimizer}",
                  highlight=False)
    return recipes_recipe.override(dataclasses.replace(recipe, batch_size=batch_size, learning_rate=rate), None)

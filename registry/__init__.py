"""The task-framing registry: pairs of domains, and the architectures that map one to the other.

    import registry
    model = registry.build("word_seq", "tags")
    registry.architectures("image", "label")     # what maps a picture to a label, the default first
    registry.explain("vgg")                      # its production line, box by box

Importing this module imports no Keras: that happens where a model is first built.
"""
from registry.errors import MissingData, UserError
from registry.framing import Framing
from registry.inputs import Audio, AudioFeatures, ClickItems, ClickLog, Image, Series, Vector, Word, WordSeq
from registry.outputs import (
    Action,
    Distribution,
    Event,
    Following,
    FrameTags,
    Label,
    Neighbours,
    NextItem,
    Numbers,
    Tags,
    Text,
    Transcript,
    Tree,
)
from registry.table import register

__all__ = ["Action", "Audio", "AudioFeatures", "ClickItems", "ClickLog", "Distribution", "Event", "Following",
           "FrameTags", "Framing", "Image", "Label", "MissingData", "Neighbours", "NextItem", "Numbers", "Series",
           "Tags", "Text", "Transcript", "Tree", "UserError", "Vector", "Word", "WordSeq", "architectures", "build",
           "explain", "frame", "pairs", "register", "serving"]


def pairs():
    """Return the pairs that something maps, such as ``[("image", "label"), …]``."""
    from registry import table

    return list(table.rows())


def architectures(inputs="*", outputs="*", name="*", max_parameters=None):
    """Return the names of architectures, each once, a pair's default first.

    Args:
        inputs, outputs, name: names with wildcards, such as "word_*" or "vgg*".
        max_parameters: leave out those whose base size has more on the domains' defaults.

    Raises:
        UserError: no pair matches `inputs` and `outputs`.
    """
    from registry.listing import architectures

    return architectures(inputs, outputs, name, max_parameters)


def build(inputs, outputs, architecture=None, size="base", parameters=None, **options):
    """Return a functional keras.Model for a pair: see `registry.building.build`."""
    from registry.building import build

    return build(inputs, outputs, architecture, size, parameters, **options)


def explain(architecture, framing=None, **options):
    """Return the production line of an architecture or model: see `registry.explaining.explain`."""
    import importlib

    return importlib.import_module("registry.explaining").explain(architecture, framing, **options)


def frame(features, **options):
    """Return the framing that TFDS features or a TFDS name imply: see `registry.tfds_features.frame`."""
    from registry.tfds_features import frame

    return frame(features, **options)


def serving(model, framing):
    """Return the model as raw in → raw out: see `registry.serving_module.serving`."""
    from registry.serving_module import serving

    return serving(model, framing)

"""From TFDS features to a framing: which feature is x, which is y, and the domains that they imply."""
import re

from registry.errors import UserError, nearest
from registry.framing import Framing
from registry.tfds_rows import ROW, framing_of, is_field, is_row

PREFERRED = {"x": ("image", "audio", "speech", "text", "tokens", "words", "sentence", "features", "content", "review"),
             "y": ("label", "upos", "tags", "ner_tags", "ner", "pos", "intent", "category", "class", "sentiment",
                   "deprel", "text", "transcript", "transcription")}
FLAGS = "flags"  # stands for all features that say yes or no, together one y
GOES_WITH = {"label": ("image", "audio", "vector", "text", "words"), "tags": ("words",), "tree": ("words",),
             FLAGS: ("text", "words"), "flag": (ROW,)}
ADDRESSES = {"filename", "file", "path", "id", "idx", "url", "uri", "key"}
NO_TAG = "_"  # CoNLL-U's mark of tokens that are no words
UNKNOWN_SIZE = 64  # pixels a side for pictures of any size
FRAMEABLE = ("Image + ClassLabel → image→label, Audio + ClassLabel → audio→label, "
             "a row of numbers (Tensor of floats) + ClassLabel → vector→label, "
             "Text + ClassLabel → word_seq→label, Sequence(Text) + Sequence(ClassLabel) → word_seq→tags, "
             "Sequence(Text) + head and deprel → word_seq→tree, Text + several booleans → word_seq→distribution, "
             "Translation → word_seq→text, Audio + Text → audio→text, "
             "numbers, texts and booleans + a boolean y → click_log→distribution")


def frame(features_or_name, *, x=None, y=None, names=None, text=False):
    """Return the framing that TFDS features imply.

    Args:
        features_or_name: a `tfds.features.FeaturesDict`, a `tfds.core.DatasetInfo`, or a TFDS name.
        x, y: names of the features to use, where several would do.
        names: the labels, for a `y` that is Text rather than ClassLabel.
        text: `y` is Text that is to be written, as that of a `tfds.features.Translation` always is.

    Raises:
        UserError: nothing there can be framed, a feature is unknown, or several would do equally.
    """
    from registry.outputs import Transcript

    value = tfds_builder(features_or_name).info if isinstance(features_or_name, str) else features_or_name
    features = getattr(value, "features", value) if hasattr(value, "supervised_keys") else value
    x, y = choose(features, x=x, y=y, supervised=getattr(value, "supervised_keys", None))
    if is_spoken(features, x, y, names):
        return Framing(_inputs(features[x]), Transcript(alphabet=()))
    if x == ROW:
        return framing_of(value, y)
    return Framing(_inputs(features[x]), _outputs(features, y, names, text or is_translation(features)))


def is_spoken(features, x, y, names=None):
    """Tell whether y is what was said in x, rather than one of some names."""
    return x != ROW and kind(features[x]) == "audio" and kinds_of(features)[y] == "text" and not names


def is_translation(features):
    """Tell whether features are sentences in several languages, such as TFDS's wmt data sets have."""
    from tensorflow_datasets import features as f

    return isinstance(features, f.Translation)


def choose(features, *, x=None, y=None, supervised=None):
    """Return the names of the features that are x and y: as given, as TFDS says, or by PREFERRED.

    Args:
        features: a `tfds.features.FeaturesDict`.
        x, y: names given by the user, or None; `FLAGS` is the y of all features that say yes or no.
        supervised: the data set's `supervised_keys`, or None.

    Raises:
        UserError: see `frame`.
    """
    if not hasattr(features, "items"):
        raise UserError(f"found {type(features).__name__}, expected a FeaturesDict. Can be framed: {FRAMEABLE}.")
    kinds = kinds_of(features)
    for given in (x, y):
        if given is not None and given not in kinds:
            raise UserError(f"unknown feature {given!r}: found {_found(features)}.{nearest(given, kinds)}")
    text_labels = y is not None or is_translation(features)
    if x is None and y is None and _flat(supervised):
        x, y = supervised
    if x is None and y is None and is_row(supervised) and kinds[supervised[1]] == "flag":
        x, y = ROW, supervised[1]
    pairs = [(a, b) for b in kinds for a in kinds if y in (None, b) and (x == a or x is None and not _is_address(a))
             and (a != ROW or y) and _fit(kinds, a, b, text_labels=text_labels)]
    if not pairs:
        chosen = "".join(f" ({key} is {value!r})" for key, value in (("x", x), ("y", y)) if value)
        raise UserError(f"found {_found(features)}{chosen}: no pair of the framework. Can be framed: {FRAMEABLE}. "
                        f"Choose other features with x=NAME, y=NAME; y may be Text that holds labels.")
    y = y or _preferred("y", [b for _, b in pairs])
    return x or _preferred("x", [a for a, b in pairs if b == y]), y


def kinds_of(features):
    """Return the `kind` of each feature by name; "tree" for relations with the heads beside them, as in treebanks, and
    `FLAGS` where several features say yes or no."""
    kinds = {name: kind(feature) for name, feature in features.items()}
    if kinds.get("deprel") == kinds.get("head") == "words":
        kinds["deprel"] = "tree"
    more = {FLAGS: FLAGS} if len(flags(features)) > 1 else {}
    return more | ({ROW: ROW} if sum(map(is_field, features.values())) > 2 else {}) | kinds


def kind(feature):
    """Return "image", "audio", "vector", "text", "words", "label", "tags" or "flag" for a TFDS feature, or None."""
    import numpy as np
    from tensorflow_datasets import features as f

    if isinstance(feature, f.ClassLabel):
        return "label" if feature.num_classes else None
    if type(feature) is f.Image:
        return "image" if np.dtype(feature.np_dtype) == np.uint8 else None
    if isinstance(feature, f.Audio):
        return "audio" if len(feature.shape) == 1 else None
    if isinstance(feature, f.Sequence):
        return {"label": "tags", "text": "words"}.get(kind(feature.feature))
    if isinstance(feature, f.Text):
        return "text"
    if type(feature) in (f.Tensor, f.Scalar):
        return _tensor_kind(feature)
    return None


def upos_of(features):
    """Return the parts of speech that stand beside a treebank's trees, perhaps none."""
    beside = "upos" in features and kind(features["upos"]) == "tags"
    return [name for name in features["upos"].feature.names if name != NO_TAG] if beside else []


def flags(features):
    """Return the names of the features that say yes or no."""
    return [name for name, feature in features.items() if kind(feature) == "flag"]


def _tensor_kind(feature):
    import numpy as np

    dtype = np.dtype(feature.np_dtype)
    if feature.shape == () and dtype.kind == "b":
        return "flag"
    if feature.shape == () and dtype.kind in "OSU":
        return "text"
    if len(feature.shape) == 1 and feature.shape[0] and dtype.kind == "f":
        return "vector"
    return None


def _is_address(name):
    """Tell whether a text only says where the example is from, such as "audio/filename" or "id"."""
    return bool(set(re.split(r"[^a-z]+", name.lower())) & ADDRESSES)


def _fit(kinds, x, y, text_labels=False):
    if kinds.get(x) == "audio" and kinds.get(y) == "text":
        return not _is_address(y)
    goes_with = GOES_WITH.get("label" if text_labels and kinds.get(y) == "text" else kinds.get(y), ())
    return x != y and kinds.get(x) in goes_with


def _flat(supervised):
    return supervised is not None and len(supervised) == 2 and all(isinstance(key, str) for key in supervised)


def _preferred(side, names):
    names = list(dict.fromkeys(names))
    for name in names if len(names) == 1 else PREFERRED[side]:
        if name in names:
            return name
    raise UserError(f"several features could be {side}: {', '.join(names)}. Choose one with {side}=NAME.")


def _found(features):
    shown = [f"{name}: {_shown(feature)}" for name, feature in features.items()]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")


def _shown(feature):
    inner = getattr(feature, "feature", None)
    return f"{type(feature).__name__}({_shown(inner)})" if inner is not None else type(feature).__name__


def _inputs(feature):
    from registry.inputs import Audio, Image, Vector, WordSeq

    if kind(feature) == "audio":
        return Audio(rate=feature.sample_rate or Audio.rate)
    if kind(feature) == "image":
        height, width, channels = feature.shape
        return Image(height=height or UNKNOWN_SIZE, width=width or UNKNOWN_SIZE, channels=min(channels or 3, 3))
    return Vector(num_features=feature.shape[0]) if kind(feature) == "vector" else WordSeq()


def _outputs(features, key, names, text):
    from registry.outputs import Distribution, Label, Text, Tree

    if kinds_of(features)[key] == FLAGS:
        return Distribution(names=tuple(flags(features)))
    if kinds_of(features)[key] == "tree":
        return Tree(tags=tuple(upos_of(features)))
    feature = features[key]
    if kind(feature) == "tags":
        return tags([name for name in feature.feature.names if name != NO_TAG])
    if text and kind(feature) == "text":
        return Text()
    names = names if kind(feature) == "text" else feature.names
    if not names:
        raise UserError(f"feature {key!r} is Text, whose names are known only from the data: give names=.")
    return Label(names=tuple(names))


def tags(names):
    """Return `Tags` for names, with the scheme "bio" where they are O, B-… and I-…"""
    from registry.outputs import Tags

    bio = all(name == "O" or name[:2] in ("B-", "I-") for name in names) and any(n[:2] == "B-" for n in names)
    return Tags(names=tuple(names), scheme="bio" if bio else None)


def tfds_builder(name, *, data_dir=None, known=()):
    """Return the builder that TFDS has by that name, from its code.

    Args:
        name: a TFDS name[/config][:version].
        data_dir: where its data is to lie.
        known: further names, for the nearest match.

    Raises:
        UserError: unknown name, config or version, or a package that it needs is missing.
    """
    import tensorflow_datasets as tfds

    base, _, config = name.partition(":")[0].partition("/")
    try:
        configs = list(tfds.builder_cls(base).builder_configs)
        if config and "=" not in config and config not in configs:
            raise UserError(f"unknown configuration {config!r} of data set {base}: it has {len(configs)}"
                            f"{', such as ' + ', '.join(configs[:5]) if configs else ''}.{nearest(config, configs)}")
        return tfds.builder(name, data_dir=data_dir and str(data_dir))
    except UserError:
        raise
    except tfds.core.DatasetNotFoundError:
        names = [*known, *tfds.list_builders(with_community_datasets=False)]
        raise UserError(f"unknown data set {name!r}: TFDS has {len(names)}, see tensorflow.org/datasets/catalog."
                        f"{nearest(base, names)}") from None
    except ImportError as error:
        raise UserError(f"data set {name!r} needs a Python package: {error}. Install it with pip.") from error
    except Exception as error:
        line = " ".join(str(error).split()).rstrip(".")
        raise UserError(f"data set {name!r} could not be opened ({line[:300]}): expected NAME, NAME/CONFIG or "
                        f"NAME:VERSION.") from error

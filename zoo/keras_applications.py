"""The networks of keras.applications (https://keras.io/api/applications/), each by its name: ResNet50, ConvNeXtTiny …

Their papers, and the ImageNet figures of the weights, stand on that page. `names()` lists them without importing Keras.

Shapes: B batch, H height, W width, C channels.
"""

import ast
import difflib
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

TAKES = "grid"
GIVES = "grid"
POOL = "average"
HANDMADE = False
FITS = "Photographs: well-tried networks, and weights learned from a million images where those may be had."
AVOID = "Images under 32x32 pixels, which these networks pool away; take vgg or resnet."
IMAGENET_MEAN, IMAGENET_STD = 114.5, 57.6  # of pixels 0…255, over the three channels
SIZES = {
    "tiny": {"name": "MobileNet", "alpha": 0.25},
    "base": {"name": "ResNet50V2"},
    "large": {"name": "ConvNeXtBase"},
}


def names():
    """List the networks that the installed Keras has, sorted, without importing it."""
    folder = Path(find_spec("keras").submodule_search_locations[0])
    tree = ast.parse((folder / "applications" / "__init__.py").read_text())
    imported = [alias for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    return sorted(alias.name for alias in imported if alias.name[0].isupper())


def named(name):
    """Return one network as an architecture of its own: an object with the attributes of a zoo file.

    Raises:
        ValueError: there is no such network.
    """
    _check(name)
    sizes = {"tiny": {"alpha": 0.25} if name in ("MobileNet", "MobileNetV2") else {}, "base": {}}
    shared = {"TAKES": TAKES, "GIVES": GIVES, "POOL": POOL, "HANDMADE": HANDMADE, "FITS": FITS, "AVOID": AVOID}
    return SimpleNamespace(
        __name__=f"zoo.keras_applications.{name}",
        __doc__=f"{name} (https://keras.io/api/applications/), as keras.applications has it.",
        SIZES=sizes,
        body=partial(body, name=name),
        space=lambda hp: {"name": hp.Fixed("name", name)},
        **shared,
    )


def _check(name):
    if name not in names():
        near = difflib.get_close_matches(name, names(), 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"keras.applications has no {name!r}.{hint} It has: {', '.join(names())}.")


def body(x, *, name, weights=None, alpha=None):
    """Wrap a network of keras.applications without its classifier.

    Args:
        x: images (B, H, W, C) of mean 0 and variance 1, H and W fixed, C = 1 (repeated to 3) or 3. Where weights
            are given they are scaled as these have seen ImageNet.
        name: which network, one of `names()`.
        weights: None to begin at random, the path of a file of weights, or "imagenet" to download them.
        alpha: how wide the layers of a MobileNet are.

    Returns:
        Features (B, H', W', C').

    Raises:
        ValueError: the name is unknown, or the image is too small or has neither 1 nor 3 channels.
    """
    _check(name)
    from keras import applications, layers

    if x.shape[-1] == 1:
        x = layers.Concatenate(name="repeat_channel")([x, x, x])
    if x.shape[-1] != 3:
        raise ValueError(f"{name} takes images of 1 or 3 channels, received {tuple(x.shape)}")
    options = {} if alpha is None else {"alpha": alpha}
    side = smallest(name)
    if min(x.shape[1:3]) < side:
        raise ValueError(
            f"{name} takes images from {side}x{side} pixels up, received {x.shape[1]}x{x.shape[2]}: "
            "resize the images or take vgg or resnet"
        )
    network = getattr(applications, name)(
        include_top=False, weights=weights, input_shape=tuple(x.shape[1:]), **options
    )
    return network(_scaled(x, preprocessing(name), weights))


def _scaled(x, wanted, weights):
    """Bring standardised images to the scale of a network that scales pixels itself or that brings weights."""
    from keras import layers, ops

    if wanted == "none":
        return layers.Rescaling(IMAGENET_STD, IMAGENET_MEAN, name="to_pixels")(x)
    if weights is None or wanted == "torch":
        return x
    if wanted == "tf":
        return layers.Rescaling(IMAGENET_STD / 127.5, IMAGENET_MEAN / 127.5 - 1, name="to_signed")(x)
    return ops.flip(layers.Rescaling(IMAGENET_STD, name="to_centred")(x), axis=-1)  # blue first


def smallest(name):
    """Side in pixels of the smallest square image that a network takes without its classifier."""
    return {"Xception": 71, "InceptionV3": 75, "InceptionResNetV2": 75}.get(name, 32)


def preprocessing(name):
    """How a network's pretrained weights want pixels 0…255: "none" (it scales them itself), "tf" (to -1…1), "torch"
    (0…1, then ImageNet mean and variance) or "caffe" (blue first, minus the ImageNet mean)."""
    if name.startswith(("EfficientNet", "ConvNeXt", "MobileNetV3")):
        return "none"
    if name.startswith("DenseNet"):
        return "torch"
    return "caffe" if name in ("VGG16", "VGG19", "ResNet50", "ResNet101", "ResNet152") else "tf"


def space(hp):
    return {"name": hp.Choice("name", ["MobileNetV2", "EfficientNetV2B0", "ResNet50V2", "DenseNet121"])}

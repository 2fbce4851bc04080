"""The production line box by box: which boxes are made by hand, which are learned, and what each costs."""
from registry import building, cost, ensembles, table

COSTS = ("parameters", "flops", "training_flops", "bytes")  # of a box, and of the line in all


def boxes(model, framing, module, length=32, pieces=None):
    """Return the boxes of a model's line, from raw value to answer.

    Args:
        model: a model that `registry.build` made, trained or not.
        framing: the framing it was built for.
        module: the architecture's module.
        length, pieces: what unknown time axes count as, see `registry.cost.costs`.

    Returns:
        A list of dicts: name, role, made ("by hand" or "learned"), what, output_shape, and what the box costs:
        parameters, flops, training_flops and bytes of one example, see `registry.cost`.
    """
    handmade = getattr(module, "HANDMADE", False)
    inputs, outputs = framing.inputs, framing.outputs
    parts = {"stem": {}, "body": {}, "head": {}}
    for layer, spent in cost.costs(model, length, pieces).items():
        if type(layer).__name__ != "InputLayer":
            role = layer.name.split("_")[0]
            parts[role if role in ("stem", "head") else "body"][layer] = spent
    stem = inputs.handmade_is[building.taken(module, inputs)] if handmade else inputs.stem_is
    members = sum(layer.name.startswith(ensembles.MEMBER) for layer in model.layers)
    head = f"{outputs.head_is}; the mean of {members} models" if members else outputs.head_is
    what = {"stem": stem, "body": first_line(module), "head": head}
    rows = [box(f"encode {inputs.name}", "encode", "by hand", inputs.encode_is, model.inputs[0].shape)]
    for role, layers in parts.items():
        rows.append(_layers_box(role, layers, what[role]))
    rows[2]["why"] = module.FITS
    rows.append(box(f"decode {outputs.name}", "decode", "by hand", outputs.decode_is, "raw value"))
    return rows


def _layers_box(role, layers, what):
    if not layers:
        return box(role, role, "by hand", what, "unchanged")
    trainable = any(layer.trainable_weights for layer in layers)
    return box(role, role, "learned" if trainable else "by hand", what, list(layers)[-1].output.shape,
               sum(layers.values(), cost.Cost()))


def box(name, role, made, what, shape, spent=None):
    """Return one box as a dict that JSON can hold."""
    if not isinstance(shape, str):
        shape = "(" + ", ".join("B" if i == 0 else "T" if n is None else str(n) for i, n in enumerate(shape)) + ")"
    return {"name": name, "role": role, "made": made, "what": what, "output_shape": shape,
            **{key: getattr(spent or cost.Cost(), key) for key in COSTS}}


def first_line(module):
    """Return the architecture in words: the first line of its docstring without the source."""
    return module.__doc__.strip().splitlines()[0].split(" (")[0].rstrip(".")


def paper(module):
    """Return the first address in the architecture's docstring, or ''."""
    import re

    found = re.search(r"https?://[^\s),]+", module.__doc__)
    return found.group().rstrip(".") if found else ""


def explain(architecture, framing=None, size="base", length=32, **options):
    """Describe a production line.

    Args:
        architecture: a name such as "vgg", or a model that `build` made for this framing.
        framing: a `Framing`; the first pair that the architecture maps, with its defaults, where it is None.
        size, **options: as in `build`, for a name.
        length: words, frames or pieces that an unknown time axis counts as.

    Returns:
        A dict: architecture, pair, boxes (see `boxes`), parameters, flops, training_flops, bytes, fits, avoid, paper.
    """
    framing = framing or default_framing(architecture)
    if isinstance(architecture, str):
        name, model = architecture, building.build(framing.inputs, framing.outputs, architecture, size, **options)
    else:
        model = architecture
        prefix = f"{framing.inputs.name}_{framing.outputs.name}_"
        name = model.name.removeprefix(prefix).replace("keras_", "keras/", 1)
    module = table.module(name, framing.pair)
    rows = boxes(model, framing, module, length)
    return {"architecture": name, "pair": framing.pair, "what": first_line(module), "boxes": rows,
            **{key: sum(row[key] for row in rows) for key in COSTS},
            "fits": module.FITS, "avoid": module.AVOID, "paper": paper(module)}


def default_framing(architecture):
    """Return the framing of the first pair that an architecture maps, with the domains' defaults."""
    from fnmatch import fnmatchcase

    table.module(architecture)
    pair = next(p for p, names in table.rows().items() if any(fnmatchcase(architecture, n) for n in names))
    return building.framing_for(pair, architecture)

"""The registry's table: which architectures map which pair, the best default first."""
import importlib
from fnmatch import fnmatchcase

from registry.errors import UserError, nearest, unknown

TABLE = {
    ("image", "label"): ("vgg", "resnet", "alexnet", "lenet", "mlp", "dbn", "perceptron", "linear", "keras/*"),
    ("image", "action"): ("nature_cnn", "lenet", "mlp", "linear"),
    ("vector", "label"): ("mlp", "dbn", "perceptron", "linear"),
    ("word_seq", "tags"): ("bilstm", "transformer", "text_cnn", "window"),
    ("word_seq", "label"): ("text_cnn", "bilstm", "transformer", "nb_linear", "bag"),
    ("word_seq", "tree"): ("bilstm", "transformer", "arcs"),
    ("word_seq", "text"): ("seq2seq", "transformer", "log_linear"),
    ("word_seq", "distribution"): ("text_cnn", "bilstm", "lstm", "transformer", "nb_linear", "bag", "ngram"),
    ("audio", "label"): ("vgg", "resnet", "bcresnet", "crnn", "conformer", "bilstm", "tcn", "text_cnn", "transformer",
                         "frame_mlp", "linear"),
    ("audio", "tags"): ("bilstm", "tcn", "crnn", "conformer", "transformer", "frame_mlp", "frame_linear"),
    ("audio", "text"): ("crnn", "deepspeech", "conformer", "bilstm", "tcn", "frame_mlp", "seq2seq", "frame_linear"),
    ("word", "distribution"): ("skipgram", "cooccurrence"),
    ("series", "vector"): ("patchtst", "dlinear", "mlp", "lstm", "tcn"),
    ("series", "label"): ("tcn", "lstm", "mlp", "patchtst", "linear"),
    ("vector", "vector"): ("mlp", "perceptron", "linear"),
    ("click_log", "distribution"): ("deepfm", "dcn", "wide_deep", "factorization_machine", "logistic", "autoencoder",
                                  "sasrec", "gru4rec", "item_knn"),
}
TAKES = {"grid": {"grid", "any"}, "sequence": {"sequence"}, "vector": {"vector", "any"}, "ids": {"ids"},
         "ngrams": {"ngrams"}, "contexts": {"contexts"}, "word": {"word"},
         "frames": {"frames"}, "channels": {"channels"}, "fields": {"fields"}, "switches": {"switches"},
         "items": {"items"}}
CONTRACT = ("TAKES", "GIVES", "FITS", "AVOID", "SIZES", "body", "space")
_REGISTERED = {}  # (input, output) → {name: module}
_loaded_entry_points = False


def rows():
    """Return the table with what was registered: {(input, output): names of architectures}."""
    _load_entry_points()
    table = {pair: tuple(names) for pair, names in TABLE.items()}
    for pair, modules in _REGISTERED.items():
        table[pair] = table.get(pair, ()) + tuple(modules)
    return table


def names(pair):
    """Return the names of a pair's architectures.

    Raises:
        UserError: there is no such pair.
    """
    table = rows()
    if pair not in table:
        pairs = [" → ".join(p) for p in table]
        raise UserError(f"no architecture maps {' → '.join(pair)}: the pairs are {'; '.join(pairs)}."
                        f"{nearest(' → '.join(pair), pairs)}")
    return table[pair]


def module(name, pair=None):
    """Return the module of an architecture, such as ``zoo.vgg`` for "vgg".

    Raises:
        UserError: no such architecture, or it does not map `pair`.
    """
    known = rows()
    choices = sorted({n for row in known.values() for n in row})
    if not any(fnmatchcase(name, n) for n in choices):
        raise unknown("architecture", name, choices)
    if pair is not None and not any(fnmatchcase(name, n) for n in names(pair)):
        fitting = [" → ".join(p) for p, row in known.items() if any(fnmatchcase(name, n) for n in row)]
        raise UserError(f"{name!r} does not map {' → '.join(pair)}: choose one of {', '.join(names(pair))}. "
                        f"It maps {'; '.join(fitting)}.")
    for modules in _REGISTERED.values():
        if name in modules:
            return modules[name]
    if name.startswith("keras/"):
        from zoo import keras_applications

        try:
            return keras_applications.named(name.removeprefix("keras/"))
        except ValueError as error:
            raise UserError(str(error)) from error
    return importlib.import_module(f"zoo.{name}")


def register(inputs, outputs, architecture, name=None):
    """Add an architecture of your own to a pair.

    Args:
        inputs, outputs: names of the domains.
        architecture: a module, or any object, with the attributes of a zoo file.
        name: its key; the last part of the module's name where it is not given.

    Raises:
        UserError: a part of the contract is missing, or the name is taken.
    """
    _load_entry_points()
    name = name or architecture.__name__.rpartition(".")[2]
    missing = [part for part in CONTRACT if not hasattr(architecture, part)]
    if missing:
        raise UserError(f"architecture {name!r} lacks {', '.join(missing)}: an architecture has {', '.join(CONTRACT)}.")
    if "tiny" not in architecture.SIZES:
        raise UserError(f"architecture {name!r} has the sizes {', '.join(architecture.SIZES)}: add a size 'tiny'.")
    _add(inputs, outputs, name, architecture)


def _add(inputs, outputs, name, architecture):
    from registry.framing import domains

    for side, domain in (("input", inputs), ("output", outputs)):
        if domain not in domains()[side]:
            raise unknown(f"{side} domain", domain, domains()[side])
    taken = {n: m for row in _REGISTERED.values() for n, m in row.items()}
    built_in = any(name in row for row in TABLE.values())
    other = name in taken and taken[name] is not architecture
    if built_in or other or name in _REGISTERED.get((inputs, outputs), {}):
        raise UserError(f"architecture {name!r} is registered already: choose another name.")
    _REGISTERED.setdefault((inputs, outputs), {})[name] = architecture


def _load_entry_points():
    """Register what installed packages offer: each entry point is a module with PAIRS and the contract."""
    global _loaded_entry_points
    if _loaded_entry_points:
        return
    _loaded_entry_points = True
    from importlib.metadata import entry_points

    for point in entry_points(group="taskzoo.architectures"):
        architecture = point.load()
        for inputs, outputs in architecture.PAIRS:
            register(inputs, outputs, architecture, name=point.name)

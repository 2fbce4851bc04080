"""Files in one folder for each label, perhaps under folders for the splits."""
from recipes.datasets.assemble import Part, label_names
from recipes.datasets.inspecting import inspected
from recipes.datasets.source import ALIASES
from registry.errors import UserError


def read(path, extensions, what, inspect, skipped=None):
    """Return (names of the labels, split → `Part`, what `inspect` told of every file) of path/LABEL/*, or of
    path/train/LABEL/* and so on.

    Args:
        path: a folder.
        extensions: what the files' names end in.
        what: how users call them, such as "pictures".
        inspect: function of a file that gives its hash and more; see `inspected`.
        skipped: as in `inspected`.

    Raises:
        UserError: fewer than two folders for labels, one of them without files, or a bad file.
    """
    found = {split: _labelled(folder, extensions, what) for split, folder in _split_folders(path).items()}
    names = label_names([label for pairs in found.values() for _, label in pairs], path)
    parts, every = {}, []
    for split, pairs in found.items():
        good, told = inspected([file for file, _ in pairs], inspect, skipped)
        every += told
        parts[split] = Part([str(pairs[i][0]) for i in good], [pairs[i][1] for i in good], [one[0] for one in told])
    return names, parts, every


def _split_folders(path):
    """Return split → folder; {"train": path} where the folders are labels."""
    folders = _inside(path)
    splits = {split: folder for folder in folders for split, aliases in ALIASES.items()
              if folder.name.lower() in aliases}
    return splits if "train" in splits and len(splits) == len(folders) else {"train": path}


def _inside(path):
    return [p for p in sorted(path.iterdir()) if p.is_dir() and not p.name.startswith(".")]


def _labelled(folder, extensions, what):
    classes = _inside(folder)
    if len(classes) < 2:
        raise UserError(f"{folder} has {len(classes)} folders ({', '.join(p.name for p in classes) or 'none'}): "
                        f"expected one folder of {what} for each label, two or more.")
    pairs = []
    for label in classes:
        files = [p for p in sorted(label.rglob("*")) if p.suffix.lower() in extensions and p.is_file()]
        if not files:
            raise UserError(f"{label} has no {what}: expected files that end in {', '.join(extensions)}.")
        pairs += [(file, label.name) for file in files]
    return pairs

"""A run's folder: made once, never overwritten, read back whole."""
import json
import zipfile
from datetime import datetime
from pathlib import Path

from recipes import recipe as recipes_recipe
from registry import framing as registry_framing
from registry.errors import MissingData, UserError

SOURCE = ("recipe", "dataset", "path", "pair", "columns", "limit", "sample", "environment")  # in every config.json


def new(out, name, into=None):
    """Make and return an empty folder OUT/NAME/TIME, or the one that is given.

    Raises:
        UserError: it cannot be made.
    """
    if into is not None:
        try:
            Path(into).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"cannot make the run folder {into}: {error.strerror}. Choose another --folder.") from error
        return Path(into)
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    for suffix in ("", *(f"-{i}" for i in range(2, 100))):
        folder = Path(out) / name.replace("/", "_") / (stamp + suffix)
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            if not folder.is_dir():
                break
        except OSError as error:
            raise UserError(f"cannot make the run folder {folder}: {error.strerror}. Choose another --out.") from error
    raise UserError(f"cannot make a run folder below {out}: a file is in the way. Choose another --out.")


def write_json(path, value):
    """Write a value as JSON, whole or not at all."""
    path = Path(path)
    try:
        partial = path.with_name(path.name + ".partial")
        partial.write_text(json.dumps(value, indent=1, ensure_ascii=False, default=_plain) + "\n")
        partial.replace(path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}. Free some space or choose another --out."
                        ) from error


def _plain(value):
    return value.tolist() if hasattr(value, "tolist") else str(value)


def read_json(path):
    """Return what a run's JSON file holds.

    Raises:
        MissingData: it is not there.
        UserError: it is damaged.
    """
    path = Path(path)
    if not path.exists():
        if path.name == "metrics.json" and (path.parent / "config.json").exists():
            raise MissingData(f"the run {path.parent} is not finished, it has no metrics.json: go on with "
                              f"`python -m recipes run --resume {path.parent}`.")
        raise MissingData(f"{path.parent} has no {path.name}: give the folder of a run, such as runs/digits/TIME; "
                          "`python -m recipes list --runs` shows them.")
    try:
        return json.loads(path.read_text())
    except (ValueError, OSError) as error:
        raise UserError(f"{path} is damaged ({error}): run the recipe again.") from error


def begin(folder, recipe, source):
    """Write what a run needs to be gone on with: config.json, framing.json and where its data comes from."""
    write_json(folder / "config.json", {**recipes_recipe.to_config(recipe), "source": source})
    write_json(folder / "framing.json", registry_framing.to_config(recipe.framing))


def load_recipe(folder):
    """Return (recipe, source) of a run.

    Raises:
        MissingData, UserError: its files are not there, or damaged.
    """
    config, framing = (read_json(Path(folder) / name) for name in ("config.json", "framing.json"))
    try:
        recipe = recipes_recipe.from_config(config, registry_framing.from_config(framing))
        return recipe, {**dict.fromkeys(SOURCE), **config["source"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"config.json or framing.json of {folder} is damaged or of another version "
                        f"({type(error).__name__}: {error}): run the recipe again.") from error


def load_model(folder):
    """Return the trained model of a run.

    Raises:
        MissingData: the run has none; UserError: it cannot be read.
    """
    from registry import quiet

    quiet.start()
    import keras

    import zoo.layers.everything  # noqa: F401  (registers the layers that a saved model names)

    path = Path(folder) / "model.keras"
    if not path.exists():
        raise MissingData(f"{folder} has no model.keras: the run did not finish; go on with "
                          f"`python -m recipes run --resume {folder}`.")
    if not zipfile.is_zipfile(path):
        raise UserError(f"{path} is damaged, it is no whole .keras file: restore it or run the recipe again.")
    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(f"{path} cannot be read ({reason}): restore the file or run the recipe again.") from error


def runs(out="runs"):
    """Return the folders of all runs, oldest first."""
    return sorted((p.parent for p in Path(out).glob("*/*/config.json")), key=lambda p: p.name)


def find(run, out="runs"):
    """Return the folder of a run: a folder, NAME/TIME, or a recipe's NAME for its newest run.

    Raises:
        MissingData: there is none.
    """
    for folder in (Path(run), Path(out) / run):
        if (folder / "config.json").exists():
            return folder
    for folder in (Path(run), Path(out) / run):
        newest = sorted(folder.glob("*/config.json"))
        if newest:
            return newest[-1].parent
    known = ", ".join(str(p) for p in runs(out)[-5:]) or "none yet"
    raise MissingData(f"no run {str(run)!r}: give a run's folder or a recipe's name. The newest runs are: {known}.")

"""A search as its folder keeps it: what is searched, on which data, and within which budgets.

The folder holds search.json, framing.json (with what it learned from the data; unlearned.json without), oracle/
(keras-tuner's own files) and trials/ID/ (one training each): all that is needed to go on.
"""
import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from recipes import folder as folders
from recipes import recipe as recipes_recipe
from recipes.datasets.folders import Folders
from registry import framing as registry_framing
from registry.errors import MissingData, UserError

TUNERS = ("bayesian", "hyperband", "random")
EXTENDED = ("trials", "minutes")  # what may be another when a search goes on


@dataclass(frozen=True)
class Search:
    """A search.

    Args:
        folder: its folder.
        name: of the recipe.
        source: where the data comes from, as in a run's config.json.
        data_folders: [data_dir, offline_dir], as they were given.
        candidates: {architecture: `Recipe`}, the framing's learned values filled in.
        untuned: the recipe that the search wants to better.
        fixed: {name: value} of what the user set, which is not searched.
        tuner, trials, minutes, seed: as the verb takes them; minutes 0 for no limit.
        max_parameters, max_latency_ms: budgets of every sampled model, or None.
        median: stop trials that are worse than the median of the finished ones.
        strategy, replicas: the devices of a trial, as `recipes.distributed.cluster.begin` takes them.
    """

    folder: Path
    name: str
    source: dict
    data_folders: list
    candidates: dict
    untuned: object
    fixed: dict
    tuner: str
    trials: int
    minutes: float
    seed: int
    max_parameters: int | None
    max_latency_ms: float | None
    median: bool
    strategy: str = "auto"
    replicas: int | None = None

    @property
    def metric(self):
        return self.untuned.metric

    def cluster(self):
        """Return the `Cluster` of one process, in which a trial trains; call it before TensorFlow's first operation.

        Raises:
            UserError: a strategy that this machine cannot give, or of which several processes are one trial's.
        """
        from recipes.distributed import cluster, environment

        if self.strategy == "multi_worker" or self.strategy == "auto" and environment.several():
            raise UserError("a trial trains in one process, on one device or mirrored: set --strategy mirrored or "
                            "none, and let --workers train several trials at a time.")
        return cluster.begin(self.strategy, self.replicas)

    def data(self):
        """Return the raw `Data`."""
        from recipes import sources

        return sources.load(self.source, Folders(*self.data_folders), next(iter(self.candidates)))[1]

    def trial_folder(self, trial):
        return self.folder / "trials" / trial


def settings(search):
    """Return what search.json holds, without what it learned from the data."""
    kept = {field.name: getattr(search, field.name) for field in dataclasses.fields(search)}
    del kept["folder"]
    kept["candidates"] = {name: recipes_recipe.to_config(one) for name, one in search.candidates.items()}
    return {**kept, "untuned": recipes_recipe.to_config(search.untuned)}


def named(search, out):
    """Return the search with its folder, OUT/NAME/tune-TUNER-DIGEST: the same command finds the same one."""
    decides = {key: value for key, value in settings(search).items() if key not in EXTENDED}
    decides["framing"] = registry_framing.to_config(search.untuned.framing)
    digest = hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode()).hexdigest()[:8]
    folder = Path(out) / search.name.replace("/", "_") / f"tune-{search.tuner}-{digest}"
    return dataclasses.replace(search, folder=folder)


def make(search):
    """Make the search's folder.

    Raises:
        UserError: it cannot be made.
    """
    try:
        search.folder.mkdir(parents=True, exist_ok=True)
        (search.folder / "trials").mkdir(exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make {search.folder}: {error.strerror}. Choose another --out.") from error


def write(search, unlearned=None):
    """Write what `read` reads, search.json last; `unlearned` is the framing before it learned from the data, where it
    was not written before."""
    if unlearned is not None:
        folders.write_json(search.folder / "unlearned.json", unlearned)
        folders.write_json(search.folder / "framing.json", registry_framing.to_config(search.untuned.framing))
    folders.write_json(search.folder / "search.json", settings(search))


def exists(folder):
    """Tell whether a folder holds a search."""
    return (Path(folder) / "search.json").exists()


def read(folder):
    """Return the `Search` of a folder.

    Raises:
        MissingData: the folder holds no search; UserError: its files are damaged.
    """
    folder = Path(folder)
    if not exists(folder):
        what = "is the folder of a run" if (folder / "config.json").exists() else "holds no search"
        raise MissingData(f"{folder} {what}: give the folder that `tune` printed, such as "
                          f"runs/digits/tune-bayesian-1a2b3c4d.")
    held = folders.read_json(folder / "search.json")
    try:
        framing = registry_framing.from_config(folders.read_json(folder / "framing.json"))
        held["candidates"] = {name: recipes_recipe.from_config(one, framing)
                              for name, one in held["candidates"].items()}
        held["untuned"] = recipes_recipe.from_config(held["untuned"], framing)
        return Search(folder=folder, **held)
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"search.json or framing.json of {folder} is damaged or of another version "
                        f"({type(error).__name__}: {error}): begin the search again with another --out.") from error

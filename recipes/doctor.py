"""What is wrong with this installation, if anything: the known traps, each with what mends it."""
import os
import shutil
import sys
import tomllib
from dataclasses import dataclass
from importlib import metadata
from importlib.util import cache_from_source, find_spec
from pathlib import Path

TRAPS = {  # why a package is needed that nothing of ours imports
    "importlib_resources": "tensorflow-datasets prepares no data without it",
    "tensorboard": "keras-tuner fails without it",
}
SHARED = ("protobuf", "numpy", "h5py")  # what TensorFlow and its neighbours must agree on
GIGABYTE = 2**30


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's: "pass", "warn" or "fail", what was looked at and found, and what to do."""

    level: str
    what: str
    fix: str = ""


def environment(data_dir=None):
    """Yield a `Finding` for each known trap of this installation.

    Args:
        data_dir: TFDS's data folder.
    """
    python, needed = declared()
    yield _python(python)
    for requirement in needed:
        yield from _package(requirement)
    yield _one_tensorflow()
    yield from _shared_packages()
    yield _backend()
    yield _onednn()
    yield _bytecode()
    yield from _folders(data_dir)


def declared():
    """Return (Python's range, requirements) as pyproject.toml declares them, installed or beside this file."""
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    try:
        python, lines = metadata.metadata("taskzoo")["Requires-Python"], metadata.requires("taskzoo") or []
    except metadata.PackageNotFoundError:
        project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
        extras = project.get("optional-dependencies", {}).items()
        python = project["requires-python"]
        lines = project["dependencies"] + [f"{line}; extra == {extra!r}" for extra, more in extras for line in more]
    return SpecifierSet(python), [Requirement(line) for line in lines]


def _python(needed):
    version = ".".join(map(str, sys.version_info[:3]))
    if version in needed:
        return Finding("pass", f"Python {version}")
    return Finding("fail", f"Python {version}, expected {needed}", "make the environment with another Python")


def installed(name):
    """Return the version of an installed distribution, or None; tensorflow-cpu stands for tensorflow."""
    for candidate in (name, f"{name}-cpu") if name == "tensorflow" else (name,):
        try:
            return metadata.version(candidate)
        except metadata.PackageNotFoundError:
            pass
    return None


def _package(requirement):
    """Yield what there is to say on a declared package; of optional ones only those that are installed."""
    marker, name, version = requirement.marker, requirement.name, installed(requirement.name)
    optional = marker is not None and "extra" in str(marker)
    if optional and version is None or marker and not optional and not marker.evaluate():
        return
    if version is None:
        why = f": {TRAPS[name]}" if name in TRAPS else ""
        yield Finding("fail", f"{name} is not installed{why}", f'pip install "{name}{requirement.specifier}"')
    elif not requirement.specifier.contains(version, prereleases=True):
        yield Finding("warn" if optional else "fail", f"{name} {version}, tested with {requirement.specifier}",
                      f'pip install "{name}{requirement.specifier}"')
    else:
        yield Finding("pass", f"{name} {version}")


def _one_tensorflow():
    both = [name for name in ("tensorflow", "tensorflow-cpu") if _version(name)]
    if len(both) < 2:
        return Finding("pass", "one TensorFlow only")
    return Finding("fail", "tensorflow and tensorflow-cpu lie on top of each other",
                   "pip uninstall -y tensorflow tensorflow-cpu && pip install tensorflow")


def _version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _shared_packages():
    """Yield a failure for each package whose version is outside what TensorFlow or a neighbour needs."""
    from packaging.requirements import Requirement

    for owner in ("tensorflow", "tensorflow-cpu", "keras", "tensorflow-datasets"):
        lines = metadata.requires(owner) or [] if _version(owner) else []
        for needed in map(Requirement, lines):
            version = _version(needed.name)
            applies = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if needed.name in SHARED and applies and version and not needed.specifier.contains(version):
                yield Finding("fail", f"{needed.name} {version}, {owner} needs {needed.specifier}",
                              f'pip install "{needed.name}{needed.specifier}"')
    if _version("protobuf"):
        yield Finding("pass", f"protobuf {_version('protobuf')}")


def _backend():
    import json

    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        configured = json.loads((home / "keras.json").read_text()).get("backend", "tensorflow")
    except (OSError, ValueError):
        configured = "tensorflow"
    backend = os.environ.get("KERAS_BACKEND") or configured
    if backend == "tensorflow":
        return Finding("pass", "Keras on TensorFlow")
    where = "unset KERAS_BACKEND" if os.environ.get("KERAS_BACKEND") else f'write "tensorflow" in {home / "keras.json"}'
    return Finding("fail", f"Keras's backend is {backend}; recipes train on TensorFlow", where)


def _onednn():
    if os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1").lower() in ("0", "false"):
        return Finding("warn", "oneDNN is off: three times slower in float32, a hundred times in bfloat16",
                       "unset TF_ENABLE_ONEDNN_OPTS")
    return Finding("pass", "oneDNN is on")


def _bytecode():
    found = find_spec("tensorflow")
    compiled = found is None or Path(cache_from_source(found.origin)).exists()
    if compiled or not sys.dont_write_bytecode:
        return Finding("pass", "TensorFlow is compiled to bytecode" if compiled else "bytecode is written")
    return Finding("warn", "PYTHONDONTWRITEBYTECODE is set and TensorFlow is not compiled: every start is seconds slower",
                   f"python -m compileall -q {Path(found.origin).parents[1]}")


def _folders(data_dir):
    """Yield whether data and runs can be written, and how much room there is."""
    from recipes.datasets.folders import Folders

    for what, folder, option in (("data folder", Folders(data_dir).resolve().data_dir, "--data-dir"),
                                 ("folder of runs", Path("runs").absolute(), "--out")):
        base = next(p for p in (folder, *folder.parents) if p.exists())
        if not writable(base):
            yield Finding("warn", f"{what} {folder} cannot be written", f"choose another with {option}")
            continue
        free = shutil.disk_usage(base).free / GIGABYTE
        level = "fail" if free < 0.5 else "warn" if free < 5 else "pass"
        yield Finding(level, f"{what} {folder}: {free:.1f} GB free",
                      "" if level == "pass" else f"free some space or choose another with {option}")


def writable(folder):
    """Return whether a file can be made in a folder."""
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False

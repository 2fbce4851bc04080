"""The doctor's look at Python and the packages: versions against what is declared, and what must not lie together."""
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from recipes.doctor import Finding

TRAPS = {  # why a package is needed that nothing of ours imports
    "importlib_resources": "tensorflow-datasets prepares no data without it",
    "tensorboard": "keras-tuner fails without it",
}
SHARED = ("protobuf", "numpy", "h5py")  # what TensorFlow and its neighbours must agree on


def findings():
    """Yield a `Finding` for Python, for each declared package, and for what TensorFlow and its neighbours need."""
    python, needed = declared()
    yield _python(python)
    for requirement in needed:
        yield from _package(requirement)
    yield _one_tensorflow()
    yield from _shared_packages()


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
    """Return the version of an installed distribution, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _package(requirement):
    """Yield what there is to say on a declared package; of optional ones only those that are installed."""
    marker, name = requirement.marker, requirement.name
    version = installed(name) or (installed("tensorflow-cpu") if name == "tensorflow" else None)
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
    both = [name for name in ("tensorflow", "tensorflow-cpu") if installed(name)]
    if len(both) < 2:
        return Finding("pass", "one TensorFlow only")
    return Finding("fail", "tensorflow and tensorflow-cpu lie on top of each other",
                   "pip uninstall -y tensorflow tensorflow-cpu && pip install tensorflow")


def _shared_packages():
    """Yield a failure for each package whose version is outside what TensorFlow or a neighbour needs."""
    from packaging.requirements import Requirement

    for owner in ("tensorflow", "tensorflow-cpu", "keras", "tensorflow-datasets"):
        lines = metadata.requires(owner) or [] if installed(owner) else []
        for needed in map(Requirement, lines):
            version = installed(needed.name)
            applies = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if needed.name in SHARED and applies and version and not needed.specifier.contains(version):
                yield Finding("fail", f"{needed.name} {version}, {owner} needs {needed.specifier}",
                              f'pip install "{needed.name}{needed.specifier}"')
    if installed("protobuf"):
        yield Finding("pass", f"protobuf {installed('protobuf')}")

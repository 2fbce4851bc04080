"""What is wrong with this installation, if anything: the known traps, each with what mends it."""
import os
import shutil
import sys
from dataclasses import dataclass
from importlib.util import cache_from_source, find_spec
from pathlib import Path

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
    from recipes import doctor_packages

    yield from doctor_packages.findings()
    yield _backend()
    yield _onednn()
    yield _bytecode()
    yield from _folders(data_dir)


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
        return Finding("warn", "oneDNN is off: slower in float32, and far slower in bfloat16",
                       "unset TF_ENABLE_ONEDNN_OPTS")
    return Finding("pass", "oneDNN is on")


def _bytecode():
    found = find_spec("tensorflow")
    compiled = found is None or Path(cache_from_source(found.origin)).exists()
    if compiled or not sys.dont_write_bytecode:
        return Finding("pass", "TensorFlow is compiled to bytecode" if compiled else "bytecode is written")
    return Finding("warn", "PYTHONDONTWRITEBYTECODE is set, TensorFlow not compiled: each start takes seconds more",
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

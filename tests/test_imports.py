"""Imports go one way, keras → zoo → registry → recipes, and the terminal's quick answers import nothing heavy."""
import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY = {"zoo": {"zoo"}, "registry": {"zoo", "registry"}, "recipes": {"zoo", "registry", "recipes"}}
OURS = set(MAY)
BACKEND_CHECKED = {"tensorflow"}  # zoo/layers only, behind a check of the backend
HEAVY = ("tensorflow", "keras", "numpy", "tensorflow_datasets", "matplotlib", "sklearn", "scipy")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", MAY)
def test_imports_go_one_way(package):
    for path in (ROOT / package).rglob("*.py"):
        found = set(imported(path))
        assert not (found & OURS) - MAY[package], path
        if package == "registry":
            assert not found & {"keras_tuner"}, path
        if package == "zoo" and "layers" not in path.parts:
            assert not found & {"tensorflow", "tensorflow_datasets"}, path


@pytest.mark.parametrize("command", [["recipes", "--help"], ["recipes", "list"], ["registry"]], ids=" ".join)
def test_quick_answers_import_nothing_heavy(command):
    code = (f"import runpy, sys\nsys.argv = {command!r}\ntry:\n"
            "    runpy.run_module(sys.argv[0], run_name='__main__')\nexcept SystemExit:\n    pass\n"
            f"print('HEAVY', [m for m in {HEAVY!r} if m in sys.modules])")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert out.stdout.rstrip().endswith("HEAVY []"), out.stdout[-300:] + out.stderr[-300:]


@pytest.mark.parametrize("script", ["taskzoo", "-c"])
def test_only_commands_of_ours_leave_out_what_keras_imports_for_others(script):
    code = ("import sys\n"
            f"sys.argv, sys.modules['__main__'].__spec__ = [{script!r}], None\n"
            "from registry import quiet\nquiet.start()\nimport keras\n"
            "print('matplotlib' in sys.modules)\nimport matplotlib, sklearn")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert out.returncode == 0 and out.stdout.split() == [str(script != "taskzoo")], out.stderr[-300:]


def test_all_that_is_imported_is_declared():
    import tomllib
    from importlib.metadata import packages_distributions

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    declared = {line.split(">")[0].split("=")[0].split("[")[0].strip().lower().replace("_", "-")
                for line in project["dependencies"] + extras}
    distributions = packages_distributions()
    for package in OURS:
        for path in (ROOT / package).rglob("*.py"):
            for name in set(imported(path)) - OURS - set(sys.stdlib_module_names):
                known = {d.lower().replace("_", "-") for d in distributions.get(name, [name])}
                assert known & declared, f"{path} imports {name}, which pyproject.toml does not declare"


def test_every_layer_of_the_zoo_is_known_where_models_are_loaded():
    named = {f"zoo>{node.name}" for path in (ROOT / "zoo" / "layers").glob("*.py")
             for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef) and any(
                 "register_keras_serializable" in ast.unparse(line) for line in node.decorator_list)}
    code = ("import zoo.layers.everything\nfrom keras.saving import get_custom_objects\n"
            "print(' '.join(get_custom_objects()))")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    known = set(out.stdout.split("\n")[-2].split())
    assert {"zoo>LSTM", "zoo>Biaffine"} <= named <= known, named - known

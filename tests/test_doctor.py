"""The doctor: each trap is found, and each architecture is tried."""
import sys
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from typer.testing import CliRunner

from recipes import doctor, doctor_packages, doctor_training
from recipes.__main__ import app
from recipes.doctor import Finding
from registry.errors import UserError

VERSIONS = {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.0", "protobuf": "7.0.0"}


@pytest.fixture
def packages(monkeypatch):
    """Installed versions as a dict that a test may change."""
    versions = dict(VERSIONS)

    def version(name):
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(metadata, "requires", lambda name: ["protobuf<8,>=6.31", "numpy>=1.26"])
    lines = ["tensorflow>=2.21,<2.22", "keras>=3.15,<3.16", 'onnx>=1.20,<2; extra == "export"']
    monkeypatch.setattr(doctor_packages, "declared", lambda: (SpecifierSet(">=3.11"), [Requirement(x) for x in lines]))
    return versions


def told(level):
    return [f.what for f in doctor_packages.findings() if f.level == level]


def test_this_installation_is_sound():
    assert not [f for f in doctor_packages.findings() if f.level == "fail"]
    names = {requirement.name for requirement in doctor_packages.declared()[1]}
    assert {"tensorflow", "importlib_resources", "tensorboard"} <= names


def test_packages_that_fit(packages):
    assert not told("fail") and not told("warn")


@pytest.mark.parametrize("name, version, expected", [
    ("tensorflow", "2.19.0", "tensorflow 2.19.0, tested with"),
    ("keras", None, "keras is not installed"),
    ("tensorflow-cpu", "2.21.0", "lie on top of each other"),
    ("protobuf", "5.29.0", "protobuf 5.29.0, tensorflow needs"),
])
def test_packages_that_do_not_fit(packages, name, version, expected):
    packages[name] = version
    if version is None:
        del packages[name]
    assert any(expected in line for line in told("fail"))


def test_tensorflow_cpu_alone_will_do(packages):
    packages["tensorflow-cpu"] = packages.pop("tensorflow")
    assert not told("fail")


def test_an_optional_package_only_warns(packages):
    packages["onnx"] = "1.14.0"
    assert not told("fail") and any("onnx 1.14.0" in line for line in told("warn"))


def test_traps_are_named():
    requirement = Requirement("importlib_resources>=6.5")
    found = list(doctor_packages._package(Requirement("importlib_resources>=99")))
    assert found[0].level == "fail" and found[0].fix == 'pip install "importlib_resources>=99"'
    assert [f.level for f in doctor_packages._package(requirement)] == ["pass"]
    assert "Python" in doctor_packages._python(SpecifierSet(">=4")).what
    assert doctor_packages._python(SpecifierSet(">=4")).level == "fail"


@pytest.mark.parametrize("variable, value, check, level", [
    ("KERAS_BACKEND", "jax", doctor._backend, "fail"),
    ("KERAS_BACKEND", "tensorflow", doctor._backend, "pass"),
    ("TF_ENABLE_ONEDNN_OPTS", "0", doctor._onednn, "warn"),
    ("TF_ENABLE_ONEDNN_OPTS", "1", doctor._onednn, "pass"),
])
def test_environment_variables(variable, value, check, level, monkeypatch):
    monkeypatch.setenv(variable, value)
    found = check()
    assert found.level == level and bool(found.fix) == (level != "pass")


def test_the_backend_in_a_file(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "keras.json").write_text('{"backend": "torch"}')
    found = doctor._backend()
    assert found.level == "fail" and "keras.json" in found.fix


def test_tensorflow_that_is_not_compiled(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "cache_from_source", lambda path: tmp_path / "none.pyc")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert doctor._bytecode().level == "warn" and "compileall" in doctor._bytecode().fix


def test_folders_that_cannot_be_written_and_full_disks(tmp_path, monkeypatch):
    assert [f.level for f in doctor._folders(tmp_path)][0] == "pass"
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1e8}))
    assert [f.level for f in doctor._folders(tmp_path)] == ["fail", "fail"]
    monkeypatch.setattr(doctor, "writable", lambda folder: False)
    found = list(doctor._folders(tmp_path / "new"))[0]
    assert found.level == "warn" and "--data-dir" in found.fix
    assert not (tmp_path / "new").exists()


def test_writable(tmp_path):
    assert doctor.writable(tmp_path) and not doctor.writable("/proc/self") and not list(tmp_path.iterdir())


def test_rows_of_the_table():
    from registry import table

    quick = doctor_training.rows(quick=True)
    assert [row[2] for row in quick] == [names[0] for names in table.rows().values()]
    every = doctor_training.rows()
    assert ("image", "label", "vgg") in every and not any("*" in row[2] for row in every)
    assert {row[:2] for row in doctor_training.rows("vector:label")} == {("vector", "label")}
    for wrong, message in (("image", "write INPUT:OUTPUT"), ("image:tags", "no architecture maps")):
        with pytest.raises(UserError, match=message):
            doctor_training.rows(wrong)


def test_training_passes_and_fails(monkeypatch):
    assert doctor_training.learns("vector", "label", "linear").level == "pass"
    for losses in ([1.0] * 8, [1.0, float("nan")], [1.0, 2.0]):
        monkeypatch.setattr(doctor_training, "_losses", lambda *row, losses=losses: losses)
        assert doctor_training.learns("vector", "label", "linear").level == "fail"
    monkeypatch.setattr(doctor_training, "_losses", lambda *row: 1 / 0)
    found = doctor_training.learns("vector", "label", "linear")
    assert found.level == "fail" and "ZeroDivisionError" in found.what


def test_the_verb(monkeypatch):
    fine = CliRunner().invoke(app, ["doctor", "--pair", "vector:label", "--quick"])
    assert fine.exit_code == 0 and "vector → label: mlp" in fine.output and "0 failed" in fine.output
    monkeypatch.setattr(doctor, "environment", lambda data_dir: [Finding("fail", "it is broken", "mend it")])
    broken = CliRunner().invoke(app, ["doctor", "--pair", "vector:label"])
    assert broken.exit_code == 1 and "it is broken" in broken.output and "mend it" in broken.output
    assert "vector → label" not in broken.output
    assert CliRunner().invoke(app, ["doctor", "--pair", "vector:tags"]).exit_code == 2

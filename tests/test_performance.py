"""docs/performance.md is written from what was measured, by the better of each side."""
import importlib.util
from pathlib import Path

import pytest

MACHINE = {"date": "2026-01-02", "load": [0.5, 0, 0], "dtypes": ["float32", "bfloat16"], "bandwidth": 2e10,
           "peaks": {"float32": 1e11, "bfloat16": 4e11}, "cpu": "a processor", "cores": 2,
           "versions": {"torch": "2.13"}}


@pytest.fixture
def performance():
    path = Path(__file__).parents[1] / "docs" / "performance.py"
    spec = importlib.util.spec_from_file_location("performance", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entry(side, dtype, rounds, policy=None, **variant):
    return {"side": side, "dtype": dtype, "variant": variant or None, "policy": policy, "rounds": rounds}


def case():
    seconds = [entry("ours", "float32", [0.2, 0.1, 0.9]), entry("ours", "bfloat16", [0.3]),
               entry("theirs", "float32", [0.5], "PASSIVE"), entry("theirs", "float32", [0.4], "ACTIVE"),
               entry("theirs", "bfloat16", [0.1], "ACTIVE", channels_last=True)]
    return {"what": "a step", "unit": "images", "units": 100, "load": [1.0, 0, 0], "trials": {},
            "parameters": {"ours": 1000, "theirs": 1001}, "seconds": seconds,
            "floor": {"float32": {"flops": 1e10, "bytes": 1e8}, "bfloat16": {"flops": 1e10, "bytes": 1e9}}}


def test_ratio_is_of_the_better_medians_and_the_floor_of_the_larger_part(performance):
    first = performance.row("vgg", case(), MACHINE, ["float32"])
    assert "| 200.0 ms | 500 images/s | 400.0 ms | 250 images/s | **2.00** | 100.0 ms, operations | 2.0 |" in first
    assert first.endswith("| float32 | float32, ACTIVE |")
    second = performance.row("vgg", case(), MACHINE, MACHINE["dtypes"])
    assert "| 200.0 ms | 500 images/s | 100.0 ms | 1,000 images/s | **0.50** | 50.0 ms, bytes | 4.0 |" in second
    assert second.endswith("| float32 | bfloat16, channels last, ACTIVE |")


def test_what_did_not_help_is_kept_when_the_page_is_written_anew(performance):
    result = {"machine": MACHINE, "settings": {"seconds": 5, "rounds": 5}, "cases": {"vgg": case()}}
    before = performance.page(None, "").replace("<!-- /tried -->", "- More threads.\n<!-- /tried -->")
    assert "no measurement" in before.lower() and "| `vgg` |" not in before
    after = performance.page(result, before)
    assert "- More threads.\n<!-- /tried -->" in after and after.count("| `vgg` |") == 3
    assert performance.page(result, after) == after

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


def test_the_part_on_gpus_and_the_rest_are_kept_by_each_other(performance, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(Path(performance.__file__).parent)
    monkeypatch.setattr(performance, "PAGE", tmp_path / "performance.md")
    size = {"times": 16, "units": 100, "note": "it was late",
            "seconds": [{"side": side, "dtype": "float32", "way": way, "rounds": [seconds]} for side, way, seconds in (
                ("ours", {"steps": 16}, 0.002), ("theirs", {"compile": True, "graph": True}, 0.001))],
            "floor": {"float32": {"flops": 1e8, "bytes": 1e6}}}
    gpu = {"machine": {"date": "2026-01-02", "device": "a card", "cores": 2, "versions": {},
                       "peaks": {"bfloat16": 4e12, "float32": 1e12, "exact": 1e11, "bandwidth": 1e11}},
           "settings": {"rounds": 3, "seconds": 1}, "cases": {"gpt": {"unit": "words", "sizes": [size]}}}
    files = [tmp_path / "gpu.json", tmp_path / "cpu.json"]
    for file, result in zip(files, (gpu, {"machine": MACHINE, "settings": {"seconds": 5, "rounds": 5},
                                          "cases": {"vgg": case()}})):
        file.write_text(performance.json.dumps(result))
    performance.main("--gpu", files[0])
    first = performance.PAGE.read_text()
    performance.main(files[1])
    performance.main("--gpu", files[0])
    (tmp_path / "steps.csv").write_text("recipe,model,parameters,step_seconds,examples_per_second,flops_per_second,"
                                        "share_of_peak,waiting_for_input,waiting_error,times_the_floor,bound,"
                                        "start_seconds,peak_rss_mb"
                                        "\ndigits,vgg,1234,.005,200,2e9,.25,.011,.004,4.04,compute,9.94,801\n"
                                        "tiny,mlp,7,,,,,,,,,3.1,500\n")
    performance.main("--recipes", tmp_path / "steps.csv")
    performance.main(files[1])
    page = performance.PAGE.read_text()
    assert "| `digits` | vgg | 1,234 | 5.0 | 200 | 2.0 | 25% | 1.1% | 0.4% | 4.0 | compute | 9.9 | 801 |" in page
    assert "| `tiny` | mlp | 7 | - | - | - | - | - | - | - | - | 3.1 | 500 |" in page
    assert first.count("| `gpt` × 16 † |") == page.count("| `gpt` × 16 † |") == 1 and page.count("| `vgg` |") == 3
    assert "| 2.00 ms | 50,000 words/s | 5.0 % | 1.00 ms | 100,000 words/s | 10.0 % | **0.50** |" in page
    assert "torch.compile, CUDA graph" in page and "† It was late." in page


def test_a_moment_of_a_call_belongs_to_its_heaviest_part(performance, tmp_path, monkeypatch):
    from benchmarks.speed import parts

    names = ("model/dense/MatMul:_MklMatMul", "loss/CTCLoss:CTCLoss", "model/norm/mul:Mul", "while:While",
             "ThreadpoolListener::Run", "CpuExecutable::ExecuteAsyncOnStream",
             "model/conv/Conv2DBackpropFilter:_MklNativeConv2DBackpropFilter")
    assert [parts.part_of(name) for name in names] == ["products", "passes", "passes", None, None, "passes", "products"]
    events = [("passes", 0.0, 3.0), ("products", 1.0, 2.0), ("products", 1.5, 2.5), ("passes", 4.0, 5.0)]
    shares = parts.shares(events)
    assert shares == pytest.approx({"products": 0.3, "passes": 0.5, "nothing": 0.2})
    monkeypatch.syspath_prepend(Path(performance.__file__).parent)
    monkeypatch.setattr(performance, "PAGE", tmp_path / "performance.md")
    (tmp_path / "parts.json").write_text(performance.json.dumps({"vgg": {"float32": shares}}))
    (tmp_path / "speed.json").write_text(performance.json.dumps({"machine": MACHINE, "cases": {"vgg": case()}}))
    performance.main("--parts", tmp_path / "parts.json", tmp_path / "speed.json")
    assert "| `vgg` | float32 | 30% | 50% | 20% | 2.0 | 2.4 |" in performance.PAGE.read_text()

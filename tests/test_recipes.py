"""Recipes end to end: on synthetic samples, and at small limits on the real data of the offline folder."""
import ast
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recipes import catalogue, shallow, sources
from recipes.__main__ import VERBS, app

ROOT = Path(__file__).parents[1]
SMALL = {"members": 1, "epochs": "1", "shallow": "{'epochs': 1, 'size': 'tiny'}"}


@pytest.fixture(autouse=True)
def one_round(monkeypatch):
    """Times a run's steps once each way, where they are timed over and over for a good figure."""
    monkeypatch.setattr("recipes.efficiency.ROUNDS", 1)


def call(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def run(out, *arguments):
    """Run and return (exit status, metrics, folder)."""
    result = call("run", *arguments, "--out", out)
    assert result.exit_code in (0, 1), f"{result.output}\n{result.stderr}\n{result.exception!r}"
    folder = max(out.glob("*/*/metrics.json"), key=lambda p: p.stat().st_mtime).parent
    return result.exit_code, json.loads((folder / "metrics.json").read_text()), folder


REAL = [("handwriting", 500), ("handwriting_2006/100", 200), ("fashion", 500), ("pos_tagging", 200),
        ("entities", 200), ("entities_chinese", 200),
        ("parsing", 100), ("parsing/ko_gsd", 100), ("pos_tagging_chinese", 100), ("sentiment", 200), ("banking", 300),
        ("emotions", 200), ("translation", 200), ("pronunciation/ice", 100),
        ("word_vectors", 1000), ("clicks", 300), ("spoken_digits", 100), ("yesno", 20), ("phonemes", 40),
        ("an4", 40), ("electricity", 100), ("weather", 100), ("temperature", 100)]
FIRST = {catalogue.module(name).recipe().framing.pair: name for name in reversed(catalogue.RECIPES)}
UNREAL = set(catalogue.RECIPES) - {name.partition("/")[0] for name, _ in REAL}
GUESSES = {("word_seq", "tree"): {"chance", "left-branching", "right-branching"},
           ("word_seq", "text"): {"chance", "majority", "nearest", "word_by_word"},
           ("series", "vector"): {"mean", "persistence", "seasonal"}, ("vector", "vector"): {"mean"},
           ("series", "label"): {"chance", "majority", "persistence"}, ("image", "action"): {"chance"}}


@pytest.mark.parametrize("name", sorted({*FIRST.values(), *UNREAL}))
def test_recipe_runs_on_a_sample(name, tmp_path):
    status, metrics, folder = run(tmp_path, name, "--sample", "--set", "epochs=2")
    assert status == 0
    for file in ("config.json", "framing.json", "environment.json", "profile.json", "history.csv", "model.keras",
                 "line.json", "report.html", "serving"):
        assert (folder / file).exists(), file
    guesses = GUESSES.get(tuple(metrics["pair"]), {"chance", "majority"})
    without = {"speech_digits_attention"}  # nothing linear writes piece by piece
    assert set(metrics["baselines"]) == guesses | (set() if name in without else {"shallow"})
    assert list(metrics["test"])[0] == metrics["metric"]
    for figure in (metrics["test"][metrics["metric"]], *(b[metrics["metric"]] for b in metrics["baselines"].values())):
        assert figure["low"] <= figure["value"] <= figure["high"]
    boxes = json.loads((folder / "line.json").read_text())
    assert metrics["flops_per_example"] == sum(box["flops"] for box in boxes) > 0
    assert metrics["speed"]["examples_per_second"] > 0
    assert metrics["pair"] != ["audio", "text"] or "What it heard" in (folder / "report.html").read_text()


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """One real run of digits, cut short."""
    out = tmp_path_factory.mktemp("runs")
    data = tmp_path_factory.mktemp("tfds")
    status, metrics, folder = run(out, "digits", "--data-dir", data, "--set", "epochs=12")
    return status, metrics, folder, data


def test_digits_learns_and_reports_a_missed_target(digits):
    status, metrics, folder, _ = digits
    assert metrics["test"]["accuracy"]["value"] > 0.9
    assert status == (0 if metrics["test"]["accuracy"]["value"] >= 0.98 else 1)
    assert metrics["test"]["examples"] == 899


def test_evaluate_repeats_the_figure_of_the_run(digits):
    status, metrics, folder, data = digits
    result = call("evaluate", folder, "--data-dir", data)
    assert result.exit_code == status
    assert f"test accuracy: {metrics['test']['accuracy']['value']:.4f}" in result.output


def test_predict_answers_an_image_file(digits, tmp_path):
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    picture = np.round(load_digits().images[900] * 255 / 16).astype("uint8")
    Image.fromarray(picture).save(tmp_path / "digit.png")
    result = call("predict", digits[2], tmp_path / "digit.png", "--json")
    answer = json.loads(result.output)
    assert result.exit_code == 0 and set(answer["probabilities"]) == set("0123456789")
    assert answer["label"] == max(answer["probabilities"], key=answer["probabilities"].get)


def test_a_run_keeps_the_temperature_it_found(digits):
    from recipes import folder as folders

    temperature = folders.read_json(digits[2] / "framing.json")["outputs"]["temperature"]
    assert temperature != 1 and folders.load_recipe(digits[2])[0].framing.outputs.temperature == temperature


def test_a_run_never_overwrites_another(tmp_path):
    from recipes import folder as folders

    made = {folders.new(tmp_path, "digits") for _ in range(3)}
    assert len(made) == 3


def test_compare_and_list_show_finished_runs(digits):
    folder = digits[2]
    out = folder.parents[1]
    assert "vgg" in call("compare", folder, folder, "--out", out).output
    assert "digits" in call("list", "--runs", "--out", out).output


@pytest.fixture
def unserved(monkeypatch):
    """Leaves out a run's serving/, which each pair leaves on a sample."""
    monkeypatch.setattr("recipes.export.write_saved_model", lambda *given: None)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "limit"), REAL, ids=[name for name, _ in REAL])
def test_recipe_runs_on_real_data(name, limit, folders, tmp_path, quick, unserved):
    settings = [part for key, value in SMALL.items() for part in ("--set", f"{key}={value}")]
    status, metrics, folder = run(tmp_path, name, "--limit", limit, "--size", "tiny", *settings,
                                  "--data-dir", folders.data_dir, "--offline-dir", folders.offline_dir)
    assert status == 0 and metrics["test"]["examples"] == limit
    framing = json.loads((folder / "framing.json").read_text())
    if framing["inputs"]["name"] in ("word_seq", "word"):
        least = 10 if framing["inputs"].get("unit") == "character" else 50
        assert least < len(framing["inputs"]["words"]) < 5000
    elif framing["inputs"].get("form") == "items":
        assert 50 < len(framing["inputs"]["items"]) == len(framing["outputs"]["names"]) < 294
    elif framing["inputs"].get("form") == "features":
        assert framing["inputs"]["num_features"] == 13 and framing["outputs"]["alphabet"]
    elif framing["inputs"]["name"] == "audio":
        assert len(framing["inputs"]["mean"]) == len(framing["inputs"]["std"]) == framing["inputs"]["num_mels"]
    elif framing["inputs"]["name"] == "series":
        assert len(framing["inputs"]["mean"]) == len(framing["inputs"]["names"]) == framing["inputs"]["num_channels"]
    else:
        assert len(framing["inputs"]["mean"]) == 1 and 0.05 < framing["inputs"]["mean"][0] < 0.5


@pytest.mark.shared
def test_any_tfds_data_set_that_can_be_framed(folders, tmp_path):
    status, metrics, _ = run(tmp_path, "--dataset", "clinc_oos", "--columns", "x=text,y=intent_name", "--limit", 300,
                             "--size", "tiny", "--set", "epochs=1", "--data-dir", folders.data_dir, "--offline-dir",
                             folders.offline_dir)
    assert metrics["pair"] == ["word_seq", "label"]


OWN = {"image:label": ("pictures",), "vector:label": ("rows.csv", "--columns", "y=kind"),
       "word_seq:label": ("texts.csv",), "word_seq:tags": ("words.conll",), "word_seq:tree": ("trees.conllu",),
       "word_seq:text": ("pairs.tsv", "--set", "max_pieces=12"), "word_seq:distribution": ("names.jsonl",),
       "word:distribution": ("words.txt",), "click_log:distribution": ("clicks.csv",)}


def write_own_files(folder):
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    for label in ("cat", "dog"):
        (folder / "pictures" / label).mkdir(parents=True)
        for i in range(20):
            picture = rng.integers(0, 255, (12, 12, 3)).astype("uint8") // (1 if label == "cat" else 4)
            Image.fromarray(picture).save(folder / "pictures" / label / f"{i}.png")
    rows = [f"{rng.normal():.3f},{rng.normal():.3f},{'ab'[i % 2]}" for i in range(80)]
    (folder / "rows.csv").write_text("\n".join(["width,height,kind", *rows]))
    texts = [f"a {'good' if i % 2 else 'bad'} film number {i},{'up' if i % 2 else 'down'}" for i in range(80)]
    (folder / "texts.csv").write_text("\n".join(["text,label", *texts]))
    sentences = ["\n".join(f"{w}\t{t}" for w, t in (("the", "D"), (f"w{i}", "N"), ("runs", "V"))) for i in range(60)]
    (folder / "words.conll").write_text("\n\n".join(sentences) + "\n")
    pairs = [f"the {a} {b}\t{b} {a}" for a in ("red", "old", "big", "new") for b in "cat dog hen cow pig fox".split()]
    (folder / "pairs.tsv").write_text("\n".join(["x\ty", *pairs]) + "\n")
    named = [{"text": f"a {word} day {i}", "labels": [word] * (i % 5 > 0)} for word in ("red", "sad")
             for i in range(40)]
    (folder / "names.jsonl").write_text("\n".join(map(json.dumps, named)))
    (folder / "clicks.csv").write_text("user,item,time\n" + "".join(f"{i % 40},{'abcdef'[i % 40 * i % 6]},{i}\n"
                                                                   for i in range(120)))
    (folder / "words.txt").write_text("".join(f"the {a} {b}\n" for a in "abcdef" for b in "uvwxyz"))
    (folder / "trees.conllu").write_text("\n".join(
        f"1\tw{i}\t_\t_\t_\t_\t2\tnsubj\t_\t_\n2\truns\t_\t_\t_\t_\t0\troot\t_\t_\n" for i in range(60)))


@pytest.mark.parametrize("pair", OWN)
def test_own_files_of_each_pair(pair, tmp_path, quick):
    write_own_files(tmp_path)
    file, *columns = OWN[pair]
    _, metrics, _ = run(tmp_path / "out", "--data", tmp_path / file, "--as", pair, *columns, "--size", "tiny",
                        "--set", "epochs=2", "--set", "shallow={'epochs': 1, 'size': 'tiny'}")
    assert metrics["pair"] == pair.split(":")


def test_check_tells_what_training_takes():
    result = call("check", "digits", "--sample")
    assert result.exit_code == 0, result.output
    assert re.search(r"parameters.*MB of memory.*ms a step.*minutes", " ".join(result.output.split()))


def test_every_recipe_keeps_its_docstring_promise():
    for name in catalogue.RECIPES:
        module = catalogue.module(name)
        assert f"python -m recipes run {name}" in module.__doc__
        recipe = module.recipe()
        assert recipe.name == name and recipe.metric in recipe.framing.outputs.metrics


def test_seeds_print_the_spread(tmp_path):
    result = call("run", "digits", "--sample", "--set", "epochs=1", "--seeds", "2", "--out", tmp_path)
    assert result.exit_code == 0 and "over 2 seeds: mean" in result.output
    assert len(list(tmp_path.glob("digits/*/metrics.json"))) == 2


def test_readme_names_only_verbs_and_flags_that_exist():
    text = (ROOT / "README.md").read_text()
    commands = re.findall(r"python -m recipes ([a-z]+)([^\n`#]*)", text)
    assert commands
    for verb, rest in commands:
        assert verb in VERBS, verb
        help_text = call(verb, "--help").output
        for flag in re.findall(r"--[a-z-]+", rest):
            assert flag in help_text, f"{verb} {flag}"


def test_generic_recipes_cover_the_pairs_of_the_table():
    from registry import table

    assert {key[:2] for key in sources.GENERIC} == set(table.TABLE)
    assert shallow.shallow_recipe(catalogue.module("digits").recipe()).architecture == "linear"


def test_docstrings_of_public_functions():
    for path in (p for d in ("zoo", "registry", "recipes") for p in (ROOT / d).rglob("*.py")):
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), path
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                assert ast.get_docstring(node) or node.name == "space", f"{path}: {node.name}"


def test_variants_of_a_recipe_go_by_name():
    from registry import UserError

    ice, english = (catalogue.module(name).recipe() for name in ("pronunciation/ice", "pronunciation"))
    assert ice.name == "pronunciation_ice" and english.name == "pronunciation" and ice.epochs > english.epochs
    assert catalogue.module("pronunciation/ice").DATASET == "sigmorphon2021_g2p/ice"
    with pytest.raises(UserError, match="unknown variant of the recipe pronunciation 'ic'.*mean 'ice'"):
        catalogue.module("pronunciation/ic")
    with pytest.raises(UserError, match="unknown variant of the recipe digits"):
        catalogue.module("digits/ice")


def test_long_answers_of_vietnamese_fit_the_recipe(folders):
    from recipes import check, pronunciation

    data = pronunciation.data(folders, "vie_hanoi")
    findings, _ = check.check(data, pronunciation.recipe("vie_hanoi").framing)
    assert not [str(f) for f in findings if f.level == "error"]

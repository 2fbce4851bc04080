"""Bad input, tried through the command line: one clear line, exit status 2, no traceback, nothing made or lost."""
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow  # noqa: F401  (its log handlers keep the standard error that they first see)
from typer.testing import CliRunner

from recipes import folder as folders
from recipes.__main__ import app
from recipes.datasets import network
from recipes.recipe import Recipe
from registry import Framing, Image, Label, WordSeq, build
from registry.outputs import Tags

ROOT = Path(__file__).parents[1]
TEXTS = "text,label\n" + "".join(f"some {i} words,{'xy'[i % 2]}\n" for i in range(30))
ROWS = "a,b,label\n" + "".join(f"{i % 7},{i % 5 - 2},{'xy'[i % 2]}\n" for i in range(60))
HOURS = "time,a,b\n" + "".join(f"{i},{i % 7},{i % 5}\n" for i in range(60))
SPANS = "".join(f"a{i}\tB-P\nb\tI-P\nc\tO\n\n" for i in range(20))
FILES = {  # name: content of files that are wrong in some way, or fit no question that is asked of them
    "texts.csv": TEXTS, "rows.csv": ROWS, "empty.csv": "", "header.csv": "text,label\n", "file.txt": "in the way",
    "nan.csv": ROWS + "nan,2,x\n", "ragged.csv": ROWS + "1,2\n", "blank.csv": TEXTS + " ,x\n",
    "one.csv": "a,b,label\n" + "".join(f"{i},2,x\n" for i in range(30)), "few.csv": "text,label\na,x\nb,y\n",
    "latin.csv": b"text,label\nfine,x\ncaf\xe9,y\n",
    "quotes.csv": TEXTS + '"open,x\n', "uvw.csv": "u,v,w\n1,2,3\n",
    "split/train.csv": TEXTS, "split/test.csv": TEXTS,
    "split/validation.csv": "text,label\nnew words,x\nmore words,yy\n",
    "lengths.jsonl": '{"tokens": ["a", "b"], "tags": ["X"]}\n', "broken.jsonl": "{oops\n",
    "nobody.jsonl": '{"tokens": ["a", "b"], "tags": ["X", "Y"]}\n{"tokens": [], "tags": []}\n',
    "spans.conll": SPANS + "x\tO\ny\tI-P\n\n", "narrow.conll": "a\tX\nb\n",
    "cycle.conllu": "".join(f"1\ta{i}\t_\t_\t_\t_\t0\troot\t_\t_\n\n" for i in range(20)) + "".join(
        f"{i}\tb\t_\t_\t_\t_\t{head}\tobj\t_\t_\n" for i, head in ((1, 0), (2, 3), (3, 2))),
    "order.conllu": "2\ta\t_\t_\t_\t_\t0\troot\t_\t_\n",
    "times.csv": HOURS, "unsorted.csv": HOURS + "3,1,2\n", "gap.csv": HOURS + "60.5,1,2\n",
    "infinite.csv": HOURS + "60,inf,2\n", "still.csv": "time,a,b\n" + "".join(f"{i},1,{i % 4}\n" for i in range(60)),
    "text.png": "hello", "nothing.png": "", "cut.npz": b"PK\x03\x04 cut",
}


SMALL = ("--size", "tiny", "--set", "epochs=2", "--set", "shallow={'epochs': 1}")


def run(*args, data=None, pair=None):
    """Return the arguments of a run on small data that would leave its folder in {w}/runs."""
    source = ("--data", "{w}/" + data, "--as", pair) if data else ()
    return ("run", *source, "--out", "{w}/runs", *args)


def digits(*args):
    return run("digits", "--sample", *args)


def change(setting):
    return digits("--set", setting)


CASES = {  # what is wrong: arguments, what the error says[, standard input]
    # the command line itself
    "as without data": (digits("--as", "image:label"), "received --as image:label without --data: name your files"),
    "columns of a recipe": (digits("--columns", "x=a"), "received --columns with the recipe digits.*leave out"),
    "unknown verb": (("rnu",), "received 'rnu': No such command 'rnu'.*Did you mean 'run'\\?.*--help"),
    "unknown option": (run("digits", "--sampel"), "No such option: --sampel.*--sample.*recipes run --help"),
    "limit of 0": (run("digits", "--limit", "0"), "received '.*--limit 0.*greater than or equal to 1.*run --help"),
    "seeds no number": (run("digits", "--seeds", "two"), "received '.*--seeds two.*valid integer.*run --help"),
    "argument missing": (("predict",), "received 'predict': Missing argument.*predict --help"),
    "nothing to run": (run(), "received nothing to run: give a recipe's name .*--dataset TFDS_NAME, or --data PATH"),
    "recipe and data set": (run("digits", "--dataset", "mnist"), "received digits and mnist: give a recipe's name"),
    "data without as": (run("--data", "{w}/rows.csv"), "--data without --as: say what it is, such as --as image:label"),
    "columns without =": (run("--columns", "text", data="texts.csv", pair="word_seq:label"),
                          "received --columns 'text': write --columns x=COLUMN,y=COLUMN"),
    # names and settings
    "unknown recipe": (run("digts"), "unknown recipe 'digts': choose one of digits, .*Did you mean 'digits'\\?"),
    "unknown architecture": (digits("--architecture", "vgggg"), "architecture 'vgggg': choose .*Did you mean 'vgg'\\?"),
    "another pair's architecture": (digits("--architecture", "bilstm"), "'bilstm' does not map image → label: choose"),
    "unknown keras network": (digits("--architecture", "keras/ResNet5"), "no 'ResNet5'. Did you mean 'ResNet50'\\?"),
    "unknown size": (digits("--size", "bse"), "unknown size of 'vgg' 'bse': choose one of tiny.*Did you mean 'base'"),
    "unknown size by --set": (change("size=bse"), "unknown size of 'vgg' 'bse'.*Did you mean 'base'\\?"),
    "unknown field": (change("epoch=3"), "unknown field 'epoch' in --set: the fields are .*Did you mean 'epochs'\\?"),
    "setting without =": (change("epochs"), "received --set 'epochs': write --set field=value"),
    "setting of another type": (change("epochs=two"), "epochs='two': received str, expected int, as in epochs=3"),
    "option of another type": (change("layout=abc"), "layout='abc': received str, expected tuple, as in layout=\\(8"),
    "option below 0": (digits("--architecture", "mlp", "--set", "depth=-1"), "received depth=-1 for 'mlp': expected 0"),
    "epochs of 0": (change("epochs=0"), "received epochs=0: expected a finite number above 0. Change it with --set"),
    "average out of range": (change("ema=2"), "received ema=2.0: expected at least 0 and less than 1. Change it"),
    "patience below 0": (change("patience=-1"), "received patience=-1: expected 0 \\(off\\) or .*Change it"),
    "infinite rate": (change("learning_rate=1e999"), "received learning_rate=inf: expected a finite number above 0"),
    "seed out of range": (change("seed=-1"), "received seed=-1: expected a whole number from 0 to"),
    "height of 0": (change("height=0"), "received height=0: expected 1 or more"),
    "unknown optimizer": (change("optimizer=sdg"), "received optimizer='sdg': choose one of .*Did you mean 'sgd'\\?"),
    "unknown metric": (change("metric=f2"), "received metric='f2': label has accuracy, f1.*Did you mean 'f1'\\?"),
    "target no number": (change("target=high"), "received target='high': expected .*a number, or None"),
    "unknown field of shallow": (change("shallow={'epoch': 1}"), "field of shallow 'epoch'.*Did you mean 'epochs'\\?"),
    "unknown size of shallow": (change("shallow={'size': 'bse'}"), "size of 'linear' 'bse'.*Did you mean 'base'\\?"),
    "unknown option of an architecture": (change("options={'layuot': 1}"), "'layuot'.*Did you mean 'layout'"),
    # data sets by name
    "unknown data set": (run("--dataset", "mnits"), "unknown data set 'mnits': TFDS has .*Did you mean 'mnist'\\?"),
    "unknown configuration": (run("--dataset", "universal_dependencies/en_ewx"), "'en_ewx'.*Did you mean 'en_ewt'\\?"),
    "no offline folder": (run("fashion", "--offline-dir", "{w}/none"), "offline folder .*/none does not exist: name a"),
    "data folder is a file": (run("digits", "--data-dir", "{w}/file.txt"), "cannot write .*with --data-dir"),
    "fetch without network": (("fetch", "cifar10", "--to", "{w}/offline"), "'cifar10' is not in .*on a machine with"),
    "fetch into a file": (("fetch", "cifar10", "--to", "{w}/file.txt"), "cannot write .*name another folder"),
    # files
    "missing file": (run(data="rosw.csv", pair="vector:label"), "no file .*rosw.csv: give .*Did you mean 'rows.csv'"),
    "path below a file": (run(data="rows.csv/x", pair="vector:label"), "no file or folder .*rows.csv/x: give the path"),
    "device": (("run", "--data", "/dev/null", "--as", "word_seq:label"), "word_seq:label does not read .*/dev/null"),
    "empty file": (run(data="empty.csv", pair="word_seq:label"), "empty.csv is empty: expected one example a line"),
    "no examples": (run(data="header.csv", pair="word_seq:label"), "row of names \\(text, label\\) and no examples"),
    "unknown pair": (run(data="texts.csv", pair="word_seq:lable"), "unknown pair.*Did you mean 'word_seq:label'\\?"),
    "wrong pair": (run(data="texts.csv", pair="image:label"), "image:label does not read .csv.*fits .*word_seq:label"),
    "texts as vectors": (run(data="texts.csv", pair="vector:label"), "no column of numbers .*Texts are word_seq:label"),
    "unknown column": (run("--columns", "x=txt", data="texts.csv", pair="word_seq:label"),
                       "unknown column 'txt' for x in .*: it has text, label. Did you mean 'text'\\?"),
    "no such column": (run(data="uvw.csv", pair="word_seq:label"), "columns u, v, w: cannot tell .*--columns x=u,y=w"),
    "unknown label in validation": (run(data="split", pair="word_seq:label"),
                                    "validation has the label 'yy', which no example of train has \\(x, y\\)"),
    "number missing": (run(data="nan.csv", pair="vector:label"), "line 62, column 'a': 'nan' is no .*Fill it in"),
    "ragged rows": (run(data="ragged.csv", pair="vector:label"), "line 62: 2 cells, expected 3 .*Quote cells"),
    "open quotes": (run(data="quotes.csv", pair="word_seq:label"), "quotes.csv line 32: .*Expected cells with quotes"),
    "empty text": (run(data="blank.csv", pair="word_seq:label"), "column 'text': empty, expected a text. Fill it in"),
    "one class only": (run(data="one.csv", pair="vector:label"), "one label only.*two or more to tell apart. Add"),
    "too few examples": (run(data="few.csv", pair="word_seq:label"), "2 different examples, too few to cut .*add"),
    "not UTF-8": (run(data="latin.csv", pair="word_seq:label"), "latin.csv line 3: byte 0xe9 is not UTF-8. Convert"),
    "words and tags differ": (run(data="lengths.jsonl", pair="word_seq:tags"), "2 words and 1 tags.*for each word"),
    "no JSON": (run(data="broken.jsonl", pair="word_seq:tags"), "line 1: no valid JSON.*Expected one object a line"),
    "empty sentence": (run(data="nobody.jsonl", pair="word_seq:tags"), "line 2, column 'tokens': expected a list of"),
    "illegal BIO": (run(data="spans.conll", pair="word_seq:tags"), "train example \\d+, field tags: .*: write B-"),
    "no tree": (run(data="cycle.conllu", pair="word_seq:tree"), "\\w+ example \\d+, field tree: found a cycle \\(2"),
    "words not counted": (run(data="order.conllu", pair="word_seq:tree"), "line 1: word 2, expected 1: number the"),
    "tag missing": (run(data="narrow.conll", pair="word_seq:tags"), "line 2: 1 columns, expected 2 .* ends a sentence"),
    "arrays without keys": (run(data="keys.npz", pair="image:label"), "has the arrays a: expected x_train and y_train"),
    "arrays of other lengths": (run(data="unequal.npz", pair="image:label"), "9 examples in x and 8 in y: expected as"),
    "cut archive": (run(data="cut.npz", pair="image:label"), "cut.npz cannot be read as .npz .*expected numpy.savez"),
    "text as a picture": (run(data="pictures_text", pair="image:label"), "corrupt picture .*/3.png .*Replace"),
    "cut picture": (run(data="pictures_cut", pair="image:label"), "corrupt picture .*/3.png .*Replace or remove"),
    "times unsorted": (run(data="unsorted.csv", pair="series:vector"), "line 62: time 3.0 comes after 59.0 .*sort"),
    "times uneven": (run(data="gap.csv", pair="series:vector"), "line 62: time 60.5 is no whole number of steps"),
    "infinite value": (run(data="infinite.csv", pair="series:vector"), "line 62, column 'a': 'inf' is no finite"),
    "window longer than the series": (run("--columns", "past=60", data="times.csv", pair="series:vector"),
                                      "60 steps: a window of 60 steps of the past and 1 ahead is longer. Give more"),
    "constant target": (run("--columns", "y=a", data="still.csv", pair="series:vector"), "a never changes, so there"),
    "window shorter than a patch": (run("--columns", "past=8", data="times.csv", pair="series:vector"),
                                    "'patchtst' .* windows of 8 steps: expected 16 or more, the length of a patch"),
    # where a run goes
    "out is a file": (("run", "--data", "{w}/rows.csv", "--as", "vector:label", "--out", "{w}/file.txt"),
                      "cannot make the run folder .*file.txt.*Choose another --out"),
    "out below a file": (("run", "--data", "{w}/rows.csv", "--as", "vector:label", "--out", "{w}/file.txt/x"),
                         "cannot make the run folder .*Choose another --out"),
    "out in /proc": (("run", "--data", "{w}/rows.csv", "--as", "vector:label", "--out", "/proc/x"),
                     "cannot make the run folder /proc/x/.*Choose another --out"),
    # runs
    "unknown run": (("report", "nope", "--out", "{w}/runs"), "no run 'nope': give .*newest runs are: .*good"),
    "folder that is no run": (("report", "{w}/split"), "no run '.*split': give a run's folder or a recipe's name"),
    "report of an unfinished run": (("report", "{w}/unfinished"), "is not finished.*run --resume .*unfinished"),
    "compare an unfinished run": (("compare", "{w}/good", "{w}/unfinished", "--out", "{w}/runs"),
                                  "unfinished is not finished, it has no metrics.json: go on with"),
    "evaluate an unknown split": (("evaluate", "{w}/good", "--split", "tets"), "unknown split 'tets': choose one of "
                                  "train, validation, test. Did you mean 'test'\\?"),
    "evaluate without its data": (("evaluate", "{w}/moved"), "no file or folder .*gone.csv: give the path of existing"),
    "damaged configuration": (("predict", "{w}/bad_config", "1,2"), "config.json is damaged .*: run the recipe again"),
    "configuration of another kind": (("predict", "{w}/other_config", "1,2"), "other_config is damaged.*again"),
    "damaged framing": (("run", "--resume", "{w}/bad_framing"), "bad_framing is damaged .*: run the recipe again"),
    "damaged metrics": (("report", "{w}/bad_metrics"), "metrics.json is damaged .*: run the recipe again"),
    "damaged model": (("predict", "{w}/bad_model", "1,2"), "model.keras is damaged, .*: restore it or run the recipe"),
    "no model": (("predict", "{w}/unfinished", "1,2"), "no model.keras: the run did not finish; go on with"),
    "unknown format": (("export", "{w}/good", "--format", "savedmodel"), "'savedmodel'.*Did you mean 'saved"),
    "export over a file": (("export", "{w}/good", "--to", "{w}/file.txt"), "exists already.*choose another --to"),
    "export below a file": (("export", "{w}/good", "--to", "{w}/file.txt/x"), "cannot write .*choose another --to"),
    "resume an unknown run": (("run", "--resume", "nope", "--out", "{w}/runs"), "no run 'nope': give a run's folder"),
    "resume with settings": (("run", "--resume", "{w}/good", "--set", "epochs=3", "--limit", "5"),
                             "received --set, --limit with --resume: .*Leave them out, or start a new run"),
    "damaged checkpoint": (("run", "--resume", "{w}/bad_checkpoint"), "the checkpoint .* is damaged .*delete it to go "
                           "on from epoch_00001.*new run without --resume"),
    # values for a prediction
    "no such picture": (("predict", "{w}/picture", "{w}/none.png"), "none.png': no such file; give the path"),
    "predict a text as a picture": (("predict", "{w}/picture", "{w}/text.png"), "corrupt picture .*Replace"),
    "predict a cut picture": (("predict", "{w}/picture", "{w}/pictures_cut/b/3.png"), "corrupt picture .*Replace"),
    "predict an empty picture": (("predict", "{w}/picture", "{w}/nothing.png"), "corrupt picture .*Replace"),
    "predict nothing": (("predict", "{w}/picture"), "received nothing on standard input: expected the path of an", ""),
    "predict no numbers": (("predict", "{w}/good", "1,two"), "'1,two': .*; expected 2 numbers with commas"),
    "predict other columns": (("predict", "{w}/good", "1,2,3"), "found 3 cells, expected 2 numbers .*\\(a, b\\)"),
    "predict a huge number": (("predict", "{w}/good", "1,1e99"), "found inf in column b, expected .*: fill or drop"),
    "predict an empty line": (("predict", "{w}/good", "-"), "line 2 of .* empty: .*Leave it out", "1,2\n\n3,4\n"),
    "predict an empty sentence": (("predict", "{w}/sentence", " "), "' ' is empty: expected a sentence. Leave it out"),
    "predict no UTF-8": (("predict", "{w}/sentence", "-"), "line 2 of standard input: byte 0xe9 is not UTF-8. Convert",
                         b"fine\ncaf\xe9\n"),
}


def invoke(*args, stdin=None):
    result = CliRunner().invoke(app, [str(a) for a in args], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def pictures(folder, spoil):
    from PIL import Image as Pillow

    for i in range(12):
        path = folder / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(np.random.default_rng(i).integers(0, 255, (9, 9, 3), dtype="uint8")).save(path)
    path = folder / "b" / "3.png"
    path.write_bytes(spoil(path.read_bytes()))


def untrained(path, framing, architecture):
    """Leave what `predict` needs of a run: its recipe and a model, not trained."""
    path.mkdir()
    source = {key: None for key in folders.SOURCE}
    folders.begin(path, Recipe(path.name, framing, architecture=architecture, size="tiny"), source)
    build(framing.inputs, framing.outputs, architecture, "tiny").save(path / "model.keras")


def spoiled(good, name, **files):
    """Copy a run and overwrite some of its files: bytes, a function of the text, or None to remove it."""
    copy = good.parent / name
    shutil.copytree(good, copy)
    for file, content in files.items():
        path = next(copy.glob(f"{file}.*"))
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content if isinstance(content, bytes) else content(path.read_text()).encode())
    return copy


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A folder with bad files, a finished run, and runs that are damaged in some way."""
    w = tmp_path_factory.mktemp("bad")
    for name, content in FILES.items():
        (w / name).parent.mkdir(exist_ok=True)
        (w / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    np.savez(w / "keys.npz", a=np.zeros(3))
    np.savez(w / "unequal.npz", x=np.zeros((9, 2, 2), "uint8"), y=np.arange(8) % 2)
    pictures(w / "pictures_text", lambda content: b"hello")
    pictures(w / "pictures_cut", lambda content: content[: len(content) // 2])
    untrained(w / "picture", Framing(Image(8, 8, 1), Label(("a", "b"))), "perceptron")
    untrained(w / "sentence", Framing(WordSeq(num_buckets=50), Tags(("X", "Y"))), "window")
    done = invoke("run", "--data", w / "rows.csv", "--as", "vector:label", "--out", w / "runs", *SMALL)
    assert done.exit_code == 0, done.output
    (w / "runs" / "rows").rename(w / "runs" / "good")
    shutil.copytree(next((w / "runs" / "good").iterdir()), w / "good")
    spoil(w / "good")
    return w


def spoil(good):
    spoiled(good, "bad_config", config=lambda text: text[:99])
    spoiled(good, "other_config", config=lambda text: text.replace('"epochs"', '"epoch"'))
    spoiled(good, "bad_framing", framing=lambda text: "{}", metrics=None)
    spoiled(good, "bad_metrics", metrics=lambda text: text[:99])
    spoiled(good, "bad_model", model=(good / "model.keras").read_bytes()[:999])
    spoiled(good, "moved", config=lambda text: text.replace("rows.csv", "gone.csv"))
    spoiled(good, "unfinished", metrics=None, model=None)
    last = max(spoiled(good, "bad_checkpoint", metrics=None, training=None, model=None).glob("checkpoint/*.npz"))
    last.write_bytes(last.read_bytes()[:-500])


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """No network, and data folders in which nothing lies."""
    monkeypatch.setattr(network, "reachable", lambda *_: False)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("TASKZOO_OFFLINE_DIR", raising=False)


def snapshot(folder):
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_bad_input(case, workspace, alone, tmp_path):
    args, message, stdin = (*case, None)[:3]
    before, found = snapshot(workspace), sorted(map(str, workspace.rglob("*")))
    result = invoke(*(a.replace("{w}", str(workspace)) for a in args), stdin=stdin)
    lines = result.stderr.splitlines()
    assert result.exit_code == 2, result.output
    assert len(lines) == 1 and re.match(f"error: .*{message}", lines[0]), result.output
    assert snapshot(workspace) == before and sorted(map(str, workspace.rglob("*"))) == found
    assert not list(tmp_path.rglob("*.tfrecord*"))


def test_there_are_enough_cases():
    assert len(CASES) >= 35


def test_check_prints_every_finding_and_exits_with_1(workspace):
    result = invoke("check", "--data", workspace / "spans.conll", "--as", "word_seq:tags")
    assert result.exit_code == 1 and not result.stderr
    assert re.search("error: train example \\d+, field tags: found 'I-P'.*expected B-P where a span begins: write B-",
                     result.stdout)


def test_a_finished_run_is_not_resumed(workspace):
    before = snapshot(workspace)
    result = invoke("run", "--resume", workspace / "good")
    assert result.exit_code == 0 and "is finished already" in result.stdout and snapshot(workspace) == before


def full(*_, **__):
    raise OSError(28, "No space left on device")


def test_full_disk_while_a_checkpoint_is_written(workspace, tmp_path, monkeypatch):
    real = np.savez

    def second_is_full(file, **arrays):
        real(file, **arrays)
        if json.loads(arrays["state"].tobytes())["epoch"] == 2:
            full()

    monkeypatch.setattr(np, "savez", second_is_full)
    result = invoke("run", "--data", workspace / "rows.csv", "--as", "vector:label", "--out", tmp_path, *SMALL)
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1
    assert re.match("error: cannot write the checkpoint .*No space left on device. Free .*go on with --resume",
                    result.stderr)
    run_folder = next(tmp_path.glob("rows/*"))
    kept = sorted(path.name for path in (run_folder / "checkpoint").glob("*.npz"))
    assert kept == ["epoch_00001_step_0000000.npz"] and (run_folder / "config.json").exists()


@pytest.mark.parametrize("verb, message", [("report", "cannot write the report into .*No space left on device"),
                                           ("compare", "cannot write the comparison into .*No space left on device")])
def test_full_disk_while_a_report_is_written(verb, message, workspace, tmp_path, monkeypatch):
    before = snapshot(workspace)
    monkeypatch.setattr(Path, "write_bytes", full)
    result = invoke(verb, workspace / "good", "--out", tmp_path)
    assert result.exit_code == 2 and re.match(f"error: {message}", result.stderr), result.stderr
    assert len(result.stderr.splitlines()) == 1 and snapshot(workspace) == before


def test_errors_of_memory_and_disk_are_told(workspace, monkeypatch):
    disk = OSError(28, "No space left on device", "/x/y")
    for error, message in ((MemoryError(), "out of memory.*lower --set batch_size"),
                           (disk, "cannot write /x/y: No space left on device. Free some space or choose")):
        def broken(*_, error=error):
            raise error

        monkeypatch.setattr(folders, "load_model", broken)
        result = invoke("predict", workspace / "good", "1,2")
        assert result.exit_code == 2 and re.match(f"error: {message}", result.stderr)


def test_interrupted(workspace, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt("saved")

    monkeypatch.setattr(folders, "load_model", interrupted)
    result = invoke("predict", workspace / "good", "1,2")
    assert result.exit_code == 130 and result.stderr == "interrupted: saved\n"


ALONE = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "PYTHONPATH": str(ROOT)}
PROCESSES = {
    "no network": (("run", "--dataset", "cifar10"), "'cifar10' is not here and there is no network. Looked in .*/data "
                   ".*no offline folder .*--offline-dir.*run `python -m recipes fetch cifar10 --to DIR`, bring DIR"),
    "unknown recipe": (("run", "digts"), "unknown recipe 'digts'.*Did you mean 'digits'"),
    "bad sentence tags": (("run", "--data", "spans.conll", "--as", "word_seq:tags"), "train example .*write B- for"),
}


@pytest.mark.parametrize("case", PROCESSES.values(), ids=list(PROCESSES))
def test_as_a_process(case, tmp_path):
    args, message = case
    (tmp_path / "spans.conll").write_text(FILES["spans.conll"])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {k: v for k, v in os.environ.items() if k != "TASKZOO_OFFLINE_DIR"} | ALONE
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "recipes", *args], cwd=tmp_path, capture_output=True, text=True,
                          env={**environment, "TFDS_DATA_DIR": str(tmp_path / "data")})
    seconds = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert done.returncode == 2 and "Traceback" not in done.stderr + done.stdout
    assert len(done.stderr.splitlines()) == 1 and re.match(f"error: .*{message}", done.stderr), done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["spans.conll"]
    if "cifar10" in args:  # a busy machine may take longer than the work and the wait for a connection
        assert min(seconds, worked + network.SECONDS) < 5

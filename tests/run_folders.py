"""Synthetic run folders, as runs leave them, and a reader of the pages made from them."""
import json
import zipfile
from html.parser import HTMLParser

import numpy as np
import pytest

VOID = {"meta", "img", "br", "source", "link", "hr", "input"}
NASTY = "<script>alert('x')</script>"


class Page(HTMLParser):
    """Collects tags, ids and text, and fails on tags that are not closed in order."""

    def __init__(self, markup):
        super().__init__()
        self.open, self.tags, self.ids, self.text = [], [], [], ""
        self.feed(markup)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [v for k, v in attrs if k == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


def parse(path):
    return Page(path.read_text(encoding="utf-8"))


def put(folder, **files):
    """Write JSON files named by keyword."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def entry(value, half=0.012):
    return {"value": value, "low": value - half, "high": value + half}


def box(name, role, made, shape, parameters=0, flops=0, why=""):
    return {"name": name, "role": role, "made": made, "output_shape": shape, "parameters": parameters,
            "flops": flops, "why": why}


def metrics_of(pair, metric, value, seed):
    """Return what metrics.json holds."""
    learned = 0.9388 if value > 0.5 else value / 2
    baselines = {"chance": 0.1, "majority": 0.113, "shallow": learned}
    return {
        "recipe": "digits", "pair": pair, "architecture": "lenet", "parameters": 61_706, "flops_per_example": 833_040,
        "test": {metric: entry(value, 0.008), "examples": 899},
        "baselines": {name: {metric: entry(figure)} for name, figure in baselines.items()},
        "shallow": {"architecture": "linear", "parameters": 3_610, "seconds": 1.84},
        "verdict": "better than the shallow model (p = 0.002)", "target": 0.98,
        "speed": {"examples_per_second": 5120.4, "seconds": 41.7, "epochs": 30, "peak_rss_mb": 811,
                  "flops_per_second": 12.8e9, "peak_flops_per_second": 360e9, "bound": "input"},
        "resumed": 0, "seed": seed}


def line_of(num_names):
    """Return what line.json holds."""
    return [box("pixels", "encode", "by hand", "(B, 8, 8, 1) uint8", why="an image is already a grid of numbers"),
            box("scale", "stem", "by hand", "(B, 8, 8, 1)", 0, 64, "bytes become numbers around zero"),
            box("lenet", "body", "learned", "(B, 4, 4, 16)", 60_856, 832_000, "near pixels belong together"),
            box("linear", "head", "learned", f"(B, {num_names})", 850, 850),
            box("argmax", "decode", "by hand", "label", why="the most probable name is the answer")]


def history_of(metric, value):
    """Return what history.csv holds."""
    lines = [f"epoch,loss,learning_rate,val_loss,val_{metric},seconds"]
    for epoch in range(1, 31):
        rate = 0.001 * min(epoch / 3, (31 - epoch) / 28)
        lines.append(f"{epoch},{2.3 * 0.82**epoch + 0.02},{rate},{2.1 * 0.84**epoch + 0.09 + epoch / 900},"
                     f"{value * (1 - 0.6 * 0.8**epoch)},1.4")
    return "\n".join(lines) + "\n"


def base_run(folder, *, pair, metric="accuracy", value=0.9844, names=(), lengths=None, seed=0, **config):
    """Write what every run leaves but its evidence."""
    counts = {str(name): 80 + 7 * i % 40 for i, name in enumerate(names)}
    split = {"examples": sum(counts.values()), "classes": counts, "lengths": lengths}
    put(folder, metrics=metrics_of(pair, metric, value, seed), line=line_of(len(names)),
        config={"name": "digits", "pair": pair, "architecture": "lenet", "size": "base", "seed": seed, **config},
        environment={"command": ["python", "-m", "recipes", "run", "digits", "--set", "note=a b"],
                     "versions": {"tensorflow": "2.21.0", "keras": "3.15.1"}, "device": "2 cores",
                     "git": {"commit": "0123abc", "changed": False}},
        profile={"train": split, "validation": split, "test": split, "findings": ["class 3 has 7 examples"]})
    (folder / "history.csv").write_text(history_of(metric, value))
    return folder


def answers(rng, num_examples, num_classes, share_wrong=0.08):
    """Return truth, predicted and probabilities that agree with each other, by name."""
    truth = rng.integers(0, num_classes, num_examples)
    wrong = rng.random(num_examples) < share_wrong
    shift = rng.integers(1, min(num_classes, 4), num_examples)
    predicted = np.where(wrong, (truth + shift) % num_classes, truth)
    sure = rng.uniform(0.6, 1, num_examples).astype("float32")
    probabilities = np.repeat(((1 - sure) / (num_classes - 1))[:, None], num_classes, axis=1)
    probabilities[np.arange(num_examples), predicted] = sure
    return {"truth": truth, "predicted": predicted, "probabilities": probabilities.astype("float32")}


def image_run(folder, *, num_classes=10, channels=1, names=None, side=8, **options):
    """Write a run of image → label."""
    rng = np.random.default_rng(0)
    names = names or [str(i) for i in range(num_classes)]
    base_run(folder, pair="image→label", names=names, **options)
    given = answers(rng, 90 * num_classes, num_classes)
    wrong = np.nonzero(given["truth"] != given["predicted"])[0]
    index = wrong[np.argsort(-given["probabilities"][wrong].max(1))][:64]
    images = rng.integers(0, 256, (len(index), side, side, channels)).astype("uint8")
    np.savez(folder / "evidence.npz", **given, names=np.array(names), index=index, images=images)
    return folder


def vector_run(folder, **options):
    """Write a run of vector → label."""
    names = ["setosa", "versicolor", "virginica"]
    base_run(folder, pair="vector→label", names=names, **options)
    np.savez(folder / "evidence.npz", **answers(np.random.default_rng(1), 150, 3), names=np.array(names))
    return folder


def tags_run(folder, *, names=("NOUN", "VERB", "DET", "PRP$"), words=("the", "dog", NASTY, "$5", "狗"), **options):
    """Write a run of word_seq → tags whose words would like to be markup."""
    lengths = {"min": 1, "median": 14, "p95": 38, "max": 159}
    base_run(folder, pair="word_seq→tags", names=names, lengths=lengths, **options)
    sentence = {
        "words": list(words),
        "truth": [names[i % len(names)] for i in range(len(words))],
        "predicted": [names[0]] * len(words),
        "confidence": [0.9876] * len(words),
    }
    confusion = 50 * np.eye(len(names), dtype=int) + np.arange(len(names))
    scores = {
        name: {"precision": 0.95 - 0.01 * i, "recall": 0.9 + 0.003 * i, "f1": 0.925, "support": 900 - i}
        for i, name in enumerate(names)
    }
    put(folder, evidence={"names": list(names), "confusion": confusion.tolist(), "per_tag": scores,
                          "sentences": [sentence] * 15})
    return folder


def saved_model(folder, kernel):
    """Write the parts of model.keras that the filters are read from."""
    h5py = pytest.importorskip("h5py")
    inner = {"class_name": "Functional", "config": {"layers": [{"class_name": "Conv2D", "config": {}}]}}
    layers = [{"class_name": "InputLayer"}, {"class_name": "Rescaling", "config": {"scale": 1}}, inner]
    with h5py.File(folder / "w.h5", "w") as weights:
        weights["layers/functional/layers/conv2d/vars/0"] = kernel
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Functional", "config": {"layers": layers}}))
        archive.write(folder / "w.h5", "model.weights.h5")

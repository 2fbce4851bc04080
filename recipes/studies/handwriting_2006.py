"""Does learning without labels help? Random weights against a deep belief network's, by the number of labels.

Six runs of `handwriting_2006`: 100, 1,000 and all labels of MNIST, each from random weights and from restricted
Boltzmann machines that saw all training images. Those that OUT has already are not repeated.

    python -m recipes.studies.handwriting_2006 --out runs

It writes `studies/handwriting_2006.png` and `.md` into OUT; with `--docs docs` also docs/pictures/handwriting_2006.png
and the table in docs/results.md.
"""
import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer

from recipes import catalogue
from recipes import folder as run_folders
from recipes import recipe as recipes_recipe
from recipes.commands import options as o
from recipes.studies import into

STARTS = {"random weights": 0, "Boltzmann machines first": None}  # passes; None is the recipe's own
PUBLISHED = {"random weights": 0.016, "Boltzmann machines first": 0.012}  # errors with all labels, of 2006
NAME = "handwriting_2006"


def cases():
    """Return {(labels, start): (recipe's name, `Recipe`)}, labels being "100", "1000" or "all"."""
    found = {}
    for variant in reversed(catalogue.module(NAME).VARIANTS):
        name = f"{NAME}/{variant}"
        recipe = catalogue.module(name).recipe()
        for start, passes in STARTS.items():
            options = recipe.options if passes is None else {**recipe.options, "passes": passes}
            target = recipe.target if passes is None else None
            found[variant, start] = name, dataclasses.replace(recipe, options=options, target=target)
    return found


def done(recipe, out):
    """Return the folder of the newest finished run of just these settings on all data, or None."""
    wanted = json.loads(json.dumps({**recipes_recipe.to_config(recipe), "target": None}))
    for folder in reversed(run_folders.runs(out)):
        config = {**run_folders.read_json(folder / "config.json"), "target": None}
        source = config.pop("source")
        whole = not (source.get("limit") or source.get("sample") or source.get("fold"))
        if whole and config == wanted and (folder / "metrics.json").exists():
            return folder
    return None


def run(name, recipe, folders, out, limit=None):
    """Run a recipe, write its report, and return its folder."""
    from rich.console import Console

    from recipes import running, sources
    from recipes.report import report

    source = sources.source_of(name, limit=limit)
    folder, _ = running.run(recipe, sources.load(source, folders, recipe.architecture)[1], source, Console(), out)
    return report(folder).parent


def errors(folder):
    """Return what is shown of a run: {"labels", "value", "low", "high"}, the last three in per cent of the test split.
    """
    accuracy = run_folders.read_json(folder / "metrics.json")["test"]["accuracy"]
    found = {name: 100 * (1 - accuracy[key]) for name, key in (("value", "value"), ("low", "high"), ("high", "low"))}
    return {"labels": run_folders.read_json(folder / "profile.json")["train"]["examples"], **found}


def table(found):
    """Return lines of Markdown for {(variant, start): what `errors` gave}."""
    head = ["| labels | " + " | ".join(f"{start}: error" for start in STARTS) + " | published |",
            "|---" * (len(STARTS) + 2) + "|"]
    published = " and ".join(f"{100 * error:.1f} %" for error in PUBLISHED.values())
    for variant in dict.fromkeys(variant for variant, _ in found):
        rows = [found[variant, start] for start in STARTS]
        shown = " | ".join("{value:.2f} % ({low:.2f} to {high:.2f})".format(**row) for row in rows)
        head.append(f"| {rows[0]['labels']:,} | {shown} | {published if variant == 'all' else '-'} |")
    return head


def draw(found, theme):
    """Draw the errors by the number of labels, on two logarithmic scales, with intervals and what was published."""
    from recipes.pictures import style

    figure = style.figure(620, 400)
    axes = figure.add_subplot()
    labels = sorted({row["labels"] for row in found.values()})
    for start, colour in zip(STARTS, (theme.neutral, theme.learned)):
        rows = [row for (_, begun), row in found.items() if begun == start]
        x, low, high = ([row[key] for row in rows] for key in ("labels", "low", "high"))
        axes.plot(x, [row["value"] for row in rows], "o-", color=colour, label=f"{start}, ours")
        axes.vlines(x, low, high, color=colour)
        axes.plot(1.25 * labels[-1], 100 * PUBLISHED[start], "D", color=colour, label=f"{start}, published in 2006")
    axes.set(xscale="log", yscale="log", xlabel="labels", title="Test error of 784-500-500-2000-10 on MNIST, per cent")
    axes.set_xticks(labels, [f"{n:,}" for n in labels])
    axes.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    axes.minorticks_off()
    axes.grid(True)
    axes.legend()
    return figure


def study(out: o.Out = Path("runs"), data_dir: o.DataDir = None, offline_dir: o.OfflineDir = None,
          limit: o.Limit = None,
          docs: Annotated[Path | None, typer.Option(help="Write picture and table into this folder too.")] = None):
    """Run what is missing, then write the table and the picture."""
    from recipes.datasets.folders import Folders
    from recipes.pictures import style
    from recipes.report import write

    found = {}
    for key, (name, recipe) in cases().items():
        folder = None if limit else done(recipe, out)
        found[key] = errors(folder or run(name, recipe, Folders(data_dir, offline_dir), out, limit))
    picture, lines = style.png(lambda theme: draw(found, theme), style.LIGHT), table(found)
    write(out / "studies" / f"{NAME}.png", picture)
    write(out / "studies" / f"{NAME}.md", ("\n".join(lines) + "\n").encode())
    if docs:
        write(docs / "pictures" / f"{NAME}.png", picture)
        into(docs / "results.md", NAME, lines)
    print("\n".join(lines))


if __name__ == "__main__":
    from recipes.__main__ import guarded

    typer.run(guarded(study))

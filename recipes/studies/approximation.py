"""One hidden layer of growing width, and deeper networks with as many parameters, on functions of few variables.

    python -m recipes.studies.approximation --out runs

It writes `studies/approximation.md` and a picture for each function into OUT; with `--docs docs` also docs/pictures and
the table in docs/results.md. The networks are trained as the recipe trains its own, without a run's folder for each.
Exit status 1 where three hidden layers fit a function no better than one with as many parameters.
"""
import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from recipes import approximation
from recipes.commands import options as o
from recipes.studies import into

WIDTHS = (8, 32, 128)  # of one hidden layer; the widest has the parameters of the deep ones
DEPTHS = (1, 2, 3, 4)
DOTS = 1500  # that are drawn of a function of two variables
UNITS = 32  # of three hidden layers: what they have, all deep ones have


def parameters(variables, units, depth):
    """Return how many weights and biases an mlp with one answer has."""
    return variables * units + units + (depth - 1) * (units * units + units) + units + 1


def networks(variables):
    """Return {(depth, units)} of the networks that are compared, those of as many parameters last."""
    budget, found = parameters(variables, UNITS, 3), [(1, width) for width in WIDTHS]
    for depth in DEPTHS:
        units = min(range(1, budget), key=lambda n: abs(parameters(variables, n, depth) - budget))
        found.append((depth, units))
    return found


def fit(name, depth, units, epochs):
    """Train one network and return its root mean squared error on the test points, and its answers (N,)."""
    import keras

    import registry
    from recipes import evaluate, pipeline
    from recipes.datasets.source import rows
    from recipes.train import compile_model

    recipe = dataclasses.replace(approximation.recipe(name), epochs=epochs,
                                 options={"units": units, "depth": depth, "dropout": 0.0})
    data = approximation.data(None, name)
    framing = recipe.framing.adapt(lambda: rows(data.splits["train"]))
    parts = {split: pipeline.encode(framing, raw) for split, raw in data.splits.items()}
    keras.utils.set_random_seed(recipe.seed)
    model = registry.build(framing.inputs, framing.outputs, recipe.architecture, recipe.size, **recipe.options)
    steps = pipeline.steps_per_epoch(parts["train"], recipe.batch_size)
    compile_model(model, recipe, steps * epochs)
    batches = pipeline.epoch(parts["train"], recipe.batch_size, recipe.seed, 0)
    model.fit(batches.repeat(), epochs=1, steps_per_epoch=steps * epochs, shuffle=False, verbose=0)
    answers = evaluate.answer(model, framing, pipeline.alike(parts["test"]))
    mean, std = framing.outputs.scale
    return evaluate.point(framing, answers)["rmse"], (answers.given * std + mean)[:, 0]


def draw(name, found, theme):
    """Draw the error over the parameters, and the function beside what one and three hidden layers make of it."""
    import numpy as np

    from recipes.pictures import style

    figure = style.figure(1000, 300)
    error, *shown = figure.subplots(1, 4)
    wide = [one for one in found if one["depth"] == 1]
    error.loglog([one["parameters"] for one in wide], [one["rmse"] for one in wide], "o-", color=theme.hand)
    for one in found:
        wide_one = one["depth"] == 1 and one["units"] in WIDTHS
        error.annotate(f"{one['depth']} × {one['units']}", (one["parameters"], one["rmse"]), fontsize=8,
                       xytext=(-8, -14) if wide_one else (6, -3), textcoords="offset points")
        if one["depth"] > 1:
            error.plot(one["parameters"], one["rmse"], "o", color=theme.learned)
    error.set(title="Test RMSE over parameters", xlim=(15, 9000))
    error.set_xticks([30, 300, 3000], ["30", "300", "3,000"])
    error.set_yticks(ticks := [1, 0.3, 0.1, 0.03, 0.01, 0.003], [f"{tick:g}" for tick in ticks])
    error.minorticks_off()
    error.grid(axis="y")
    x = np.array([row for row, _ in approximation.data(None, name).splits["test"].as_numpy_iterator()])
    deep = next(one for one in found if one["depth"] == 3)
    for axes, title, y in zip(shown, ("truth", f"1 × {wide[-1]['units']}", f"3 × {deep['units']}"),
                              (approximation.value(name, x), wide[-1]["said"], deep["said"])):
        axes.set_title(title)
        if x.shape[1] == 1:
            order = x[:, 0].argsort()
            axes.plot(x[order, 0], np.asarray(y)[order], color=theme.learned, linewidth=1)
            axes.set_ylim(-1.1, 1.1)
        else:
            axes.scatter(*x[:DOTS].T, c=y[:DOTS], s=4, cmap="cividis", vmin=-1, vmax=1, linewidths=0)
    return figure


def compared(name, epochs):
    """Train all networks on a function and return a list of dicts, the error of each printed as it is known."""
    variables, found = approximation.VARIANTS[name], []
    for depth, units in networks(variables):
        rmse, said = fit(name, depth, units, epochs)
        found.append({"depth": depth, "units": units, "parameters": parameters(variables, units, depth), "rmse": rmse,
                      "said": said})
        print(f"{name}: {depth} × {units}, {found[-1]['parameters']:,} parameters, RMSE {rmse:.4f}", flush=True)
    return found


def table(told):
    """Return lines of Markdown for {function: what `compared` gave}."""
    lines = ["| function | hidden layers × units | parameters | test RMSE |", "|---|---|---|---|"]
    return lines + [f"| {name} | {one['depth']} × {one['units']} | {one['parameters']:,} | {one['rmse']:.4f} |"
                    for name, found in told.items() for one in found]


def missed(name, found):
    """Tell whether three hidden layers fit no better than one with as many parameters, and say it."""
    one, three = (next(x["rmse"] for x in found[len(WIDTHS):] if x["depth"] == depth) for depth in (1, 3))
    print(f"{name}: three hidden layers fit {'better' if three < one else 'NO BETTER'} than one with as many "
          f"parameters ({three:.4f} against {one:.4f})", flush=True)
    return three >= one


def study(out: o.Out = Path("runs"),
          epochs: Annotated[int, typer.Option(min=1, help="Passes over the points of each network.")] = 80,
          functions: Annotated[list[str] | None, typer.Option(help="One of the functions. Repeatable.")] = None,
          docs: Annotated[Path | None, typer.Option(help="Write pictures and table into this folder too.")] = None):
    """Fit every function with every network, draw them, and say whether depth helps."""
    from recipes.pictures import style
    from recipes.report import write
    from registry import quiet
    from registry.errors import unknown

    quiet.start()
    for name in functions or ():
        if name not in approximation.VARIANTS:
            raise unknown("function", name, approximation.VARIANTS)
    told = {}
    for name in functions or approximation.VARIANTS:
        told[name] = compared(name, epochs)
        picture = style.png(lambda theme, n=name: draw(n, told[n], theme), style.LIGHT)
        write(out / "studies" / f"approximation_{name}.png", picture)
        if docs:
            write(docs / "pictures" / f"approximation_{name}.png", picture)
    lines = table(told)
    write(out / "studies" / "approximation.md", ("\n".join(lines) + "\n").encode())
    if docs:
        into(docs / "results.md", "approximation", lines)
    raise typer.Exit(int(any([missed(name, found) for name, found in told.items()])))


if __name__ == "__main__":
    from recipes.__main__ import guarded

    typer.run(guarded(study))

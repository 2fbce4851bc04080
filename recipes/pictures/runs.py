"""Several runs in one picture."""

from itertools import groupby

from recipes.pictures import style, text


def group(one):
    """Return what must agree for two runs to be comparable."""
    return str(one["recipe"]), one["metric"]


def names(found):
    """Return what runs are called in the picture: their folder is named where the rest would not tell them apart."""
    called = []
    for one in found:
        parts = [one["architecture"], one["size"], None if one["seed"] is None else f"seed {one['seed']}"]
        called.append(" · ".join(str(p) for p in parts if p) or one["run"])
    return [c if called.count(c) == 1 or c == one["run"] else f"{c} · {one['run']}" for c, one in zip(called, found)]


def draw(found, theme):
    """Draw runs as dots with their intervals, a panel for each recipe and metric."""
    panels = [(k, list(v)) for k, v in groupby(sorted(found, key=group), key=group)]
    figure = style.figure(860, sum(78 + 34 * len(v) for _, v in panels))
    axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=[2 + len(v) for _, v in panels])[:, 0]
    for one, ((recipe, metric), runs) in zip(axes, panels):
        draw_panel(one, metric, runs, theme)
        one.set_title(
            f"{recipe}: test {text.words(metric)}{text.unit(metric)}"
            + (", lower is better" if metric in text.FALLING else "")
        )
    return figure


def draw_panel(axes, metric, runs, theme):
    """Draw one panel, the values in a column at its right."""
    scale = text.factor(metric)
    for y, one in enumerate(runs):
        if text.interval(metric, one):
            axes.plot([scale * one["low"], scale * one["high"]], [y, y], color=theme.learned, linewidth=3)
        axes.plot(scale * one["value"], y, "o", color=theme.learned, markersize=9)
        if text.is_number(one["shallow"]):
            axes.plot(scale * one["shallow"], y, "|", color=theme.hand, markersize=13, markeredgewidth=2.5)
        axes.text(
            1.02,
            y,
            text.value(metric, one["value"]),
            transform=axes.get_yaxis_transform(),
            va="center",
            fontweight="bold" if one["best"] and len(runs) > 1 else "normal",
        )
    axes.set_yticks(range(len(runs)), style.drawable(names(runs), 48))
    axes.set_ylim(len(runs) - 0.4, -0.6)
    axes.margins(x=0.08)
    axes.grid(axis="x")
    axes.spines[:].set_visible(False)

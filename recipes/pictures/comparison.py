"""Guesses such as chance and majority, the shallow model and the deep one, side by side with 95 % intervals."""

from recipes.pictures import style, text
from recipes.pictures.markup import block, row, table

CALLED = {"majority": "majority class", "truth": "true probabilities"}  # guesses whose short name says too little


def entries(run, metric):
    """Return {"chance": {"value", "low", "high"}, …, "shallow": …, "deep": …} for one metric, guesses first."""
    baselines = run.metrics.get("baselines") or {}
    names = [*(name for name in baselines if name != "shallow"), "shallow"]
    found = {name: (baselines.get(name) or {}).get(metric) for name in names}
    found["deep"] = (run.metrics.get("test") or {}).get(metric)
    return {name: x for name, x in found.items() if isinstance(x, dict) and text.is_number(x.get("value"))}


def label(run, name):
    """Return what a row is called: the models by their architecture."""
    if name == "shallow":
        what = (run.metrics.get("shallow") or {}).get("architecture") or "linear"
        return what if what.startswith("rule") else f"shallow: {what}"
    if name == "deep":
        return str(text.model(run) or "this run")
    return CALLED.get(name, name)


def colour(name, theme):
    """Return the colour of a row's bar."""
    return {"shallow": theme.hand, "deep": theme.learned}.get(name, theme.neutral)


def pictures(run):
    """Return the comparison, and a closer look where both models are there."""
    found = entries(run, run.metric)
    if not found:
        return []
    said = "; ".join(f"{label(run, k)} {text.value(run.metric, x['value'])}" for k, x in found.items())
    name = text.words(run.metric)
    shown = [style.Picture("comparison", f"Bars of test {name}: {said}.", lambda theme: bars(run, found, theme))]
    close = {k: x for k, x in found.items() if k in ("shallow", "deep") and text.interval(run.metric, x)}
    if len(close) == 2:
        alt = f"The two models' test {name} with 95 % intervals, on a narrow scale."
        shown.append(style.Picture("comparison_closer", alt, lambda theme: closer(run, close, theme)))
    return shown


def bars(run, found, theme):
    """Draw a bar for each row, from zero, with its value in a column at the right."""
    figure = style.figure(510, 60 + 44 * len(found))
    axes = figure.add_subplot()
    scale = text.factor(run.metric)
    names = list(found)[::-1]
    for y, name in enumerate(names):
        x = found[name]
        axes.barh(y, scale * x["value"], height=0.56, color=colour(name, theme))
        if text.interval(run.metric, x):
            axes.plot([scale * x["low"], scale * x["high"]], [y, y], color=theme.text, linewidth=1.4)
        axes.text(
            1.02,
            y,
            text.value(run.metric, x["value"]),
            transform=axes.get_yaxis_transform(),
            va="center",
            fontweight="bold" if name == "deep" else "normal",
        )
    axes.set_yticks(range(len(names)), style.drawable([label(run, n) for n in names]))
    if scale == 100:
        axes.set_xlim(0, max(100, *(100 * x["value"] for x in found.values())))
    axes.spines["bottom"].set_visible(False)
    axes.grid(axis="x")
    axes.set_title(axis_name(run.metric))
    return figure


def closer(run, found, theme):
    """Draw the two models' intervals on a scale of their own, with the target."""
    figure = style.figure(510, 236)
    axes = figure.add_subplot()
    scale = text.factor(run.metric)
    names = list(found)[::-1]
    for y, name in enumerate(names):
        x = found[name]
        axes.plot([scale * x["low"], scale * x["high"]], [y, y], color=colour(name, theme), linewidth=3)
        axes.plot(scale * x["value"], y, "o", color=colour(name, theme), markersize=9)
    target = run.get("target")
    if text.is_number(target):
        axes.axvline(scale * target, color=theme.text, linewidth=1.2, linestyle=(0, (4, 3)))
        axes.text(
            scale * target,
            1.02,
            f"target {text.value(run.metric, target)}",
            ha="center",
            va="bottom",
            transform=axes.get_xaxis_transform(),
            color=theme.muted,
        )
    axes.set_yticks(range(len(names)), style.drawable([label(run, n) for n in names]))
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.margins(x=0.08)
    axes.grid(axis="x")
    axes.spines[:].set_visible(False)
    axes.set_title("The two models, closer", pad=24 if text.is_number(target) else 10)
    return figure


def axis_name(metric):
    """Return the metric in words, with its unit and a hint where lower is better."""
    return f"Test {text.words(metric)}{text.unit(metric)}" + (", lower is better" if metric in text.FALLING else "")


def section(run, shown):
    """Return the pictures and the numbers of all metrics."""
    metrics = [k for k, v in (run.metrics.get("test") or {}).items() if isinstance(v, dict)]
    found = {metric: entries(run, metric) for metric in metrics}
    rows = list(dict.fromkeys(name for x in found.values() for name in x))
    shallow, speed = run.metrics.get("shallow") or {}, run.metrics.get("speed") or {}
    extra = {
        "shallow": (text.count(shallow.get("parameters")), text.seconds(shallow.get("seconds"))),
        "deep": (text.count(run.metrics.get("parameters")), text.seconds(speed.get("seconds"))),
    }
    head = ["model"] + [h for m in metrics for h in (f">{text.words(m)}{text.unit(m)}", ">95 % interval")]
    cells = [
        [label(run, name)]
        + [
            c
            for m in metrics
            for c in (
                text.number(m, (found[m].get(name) or {}).get("value")),
                text.interval(m, found[m].get(name)) or text.NOTHING,
            )
        ]
        + list(extra.get(name, (text.NOTHING, text.NOTHING)))
        for name in rows
    ]
    numbers = table(head + [">parameters", ">training"], cells) if cells else ""
    return block("comparison", "Against simpler answers", row(*shown.values()), numbers, lead=fewer_errors(run))


def fewer_errors(run):
    """Return how much of the shallow model's error is gone, for metrics between 0 and 1."""
    found = entries(run, run.metric)
    if "shallow" not in found or "deep" not in found or run.metric in text.PLAIN:
        return ""
    falls = run.metric in text.FALLING
    shallow, deep = (x["value"] if falls else 1 - x["value"] for x in (found["shallow"], found["deep"]))
    if shallow <= 0:
        return ""
    if deep > 2 * shallow:
        return f"{deep / shallow:.1f} times as many errors as the shallow model makes."
    change = 100 * (shallow - deep) / shallow
    return f"{abs(change):.0f}\u00a0% {'fewer' if change >= 0 else 'more'} errors than the shallow model makes."

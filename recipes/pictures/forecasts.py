"""Numbers: forecasts with their intervals, the error at each step ahead, answers against the truth, and functions of
one or two variables."""
from recipes.pictures import style, text
from recipes.pictures.markup import block, row


def pictures(run):
    """Return what suits the numbers that the run kept; see `recipes.evidence.numbers`."""
    kept = run.evidence.get("numbers") or {}
    shown = [style.Picture(
        f"forecast_{one['index']}", f"Test window {one['index']}: the past, the forecast with its interval, and what "
        f"came.", lambda theme, one=one: draw_window(one, kept["columns"], theme)) for one in kept.get("windows", ())]
    steps = by_step(run)
    if steps:
        alt = "Mean absolute error at each step ahead; at the last: " + ", ".join(
            f"{name} {values[-1]:.4g}" for name, values in steps.items()) + "."
        shown.append(style.Picture("steps", alt, lambda theme: draw_steps(steps, theme)))
    points = kept.get("points")
    if points:
        shown.append(style.Picture("answers", "Answers against the truth, one dot for each test example.",
                                   lambda theme: draw_answers(points, theme)))
    if points and "inputs" in points:
        alt = f"The function of {' and '.join(points['variables'])}: truth and answer."
        shown.append(style.Picture("function", alt, lambda theme: draw_function(points, theme)))
    return shown


def by_step(run):
    """Return {model or guess: errors (H,)} where the run has forecasts, but for the mean, which is far off."""
    kept = run.evidence
    found = zip(kept["models"], kept["steps"]) if "steps" in kept else ()
    return {str(name): values for name, values in found if name != "mean"}


def draw_window(one, columns, theme):
    """Draw a row for each column: the past, the answer over its interval, the truth."""
    count = len(one["truth"][0])
    figure = style.figure(700, 70 + 130 * count)
    for i, axes in enumerate(figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]):
        def column(key, i=i):
            return [values[i] for values in one[key]]

        before, ahead = range(1 - len(one["past"]), 1), range(1, len(one["truth"]) + 1)
        axes.fill_between(ahead, column("low"), column("high"), color=theme.learned, alpha=0.18, linewidth=0)
        axes.plot(before, column("past"), color=theme.neutral, linewidth=1.2, label="past")
        axes.plot(ahead, column("truth"), color=theme.text, linewidth=1.2, label="what came")
        axes.plot(ahead, column("said"), color=theme.learned, label="forecast")
        axes.set_title(style.drawable(columns)[i])
        axes.grid(axis="y")
        if i == 0:
            axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, borderaxespad=0.1)
    axes.set_xlabel("steps from now")
    return figure


def draw_steps(steps, theme):
    """Draw the error of the model, of the shallow one and of guesses over the steps ahead."""
    figure = style.figure(510, 280)
    axes = figure.add_subplot()
    colours = {"model": theme.learned, "shallow": theme.hand, "persistence": theme.neutral}
    for name, values in steps.items():
        axes.plot(range(1, len(values) + 1), values, color=colours.get(name, theme.muted), label=name,
                  marker="o" if len(values) < 4 else None)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("steps ahead")
    axes.set_title("Mean absolute error at each step", pad=28)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderaxespad=0.1)
    axes.grid(axis="y")
    return figure


def draw_answers(points, theme):
    """Draw a dot for each answer, beside the line on which all would be right."""
    figure = style.figure(340, 300)
    axes = figure.add_subplot()
    ends = [min(points["truth"]), max(points["truth"])]
    axes.plot(ends, ends, color=theme.rule)
    axes.plot(points["truth"], points["said"], ".", color=theme.learned, markersize=3, alpha=0.5)
    axes.set_xlabel("truth")
    axes.set_title("Answer")
    return figure


def draw_function(points, theme):
    """Draw truth and answer over one variable, or as coloured dots over two."""
    import numpy as np

    inputs, truth, said = (np.array(points[key]) for key in ("inputs", "truth", "said"))
    if inputs.shape[1] == 1:
        figure, order = style.figure(700, 280), inputs[:, 0].argsort()
        axes = figure.add_subplot()
        axes.plot(inputs[order, 0], truth[order], color=theme.neutral, linewidth=3, label="truth")
        axes.plot(inputs[order, 0], said[order], color=theme.learned, linewidth=1.2, label="answer")
        axes.set_xlabel(points["variables"][0])
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0.1)
        return figure
    figure = style.figure(700, 320)
    for axes, values, name in zip(figure.subplots(1, 2), (truth, said), ("truth", "answer")):
        drawn = axes.scatter(*inputs.T, c=values, s=9, cmap="cividis", vmin=truth.min(), vmax=truth.max(), linewidths=0)
        axes.set_title(name)
        axes.set_xlabel(points["variables"][0])
    figure.colorbar(drawn, ax=figure.axes)
    return figure


def section(run, shown):
    """Return the pictures, and how often the truth was within the interval."""
    kept = run.evidence.get("numbers") or {}
    if not shown:
        return ""
    lead = ""
    if kept.get("windows"):
        held = text.percent(kept["inside"])
        lead = (f"Test windows from the first to the last, not chosen. The shaded interval is meant to hold "
                f"{text.percent(kept['cover'])} of what comes; on the test part it held {held}.")
    wide = {name: figure for name, figure in shown.items() if name.startswith("forecast_") or name == "function"}
    rest = [figure for name, figure in shown.items() if name not in wide]
    return block("forecasts", "The numbers", *wide.values(), row(*rest) if rest else "", lead=lead)

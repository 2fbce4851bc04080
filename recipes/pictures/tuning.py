"""What a search tried: its values one after the other, all settings in parallel, and which of them mattered."""
import math

from recipes.pictures import style, text

FEWEST = 6  # trials with a value, below which importance would be noise
WIDTH = 860
AXES = 9  # settings that fit the page; of more, the most important
PARALLEL = ("A line is a trial, the best in orange; the bluer a line, the better the trial. A line passes below an "
            "axis where its architecture has no such setting.")


def pictures(metric, rows):
    """Return the pictures of a search.

    Args:
        metric: its name.
        rows: of `recipes.tuning.results.rows`.
    """
    valued = [row for row in rows if text.is_number(row["value"])]
    if not valued:
        return []
    best = ordered(metric, valued)[0]
    axes = varied(valued)
    said = f"Validation {text.words(metric)} of {len(valued)} trials, the best {text.value(metric, best['value'])}."
    made = [style.Picture("progress", said, lambda theme: progress(metric, valued, theme),
                          "Line: the best so far. Open circles: trials that were stopped early.")]
    shares = importance(metric, valued, axes)
    if axes:
        first = [name for name, _ in sorted(shares, key=lambda pair: pair[0] != "architecture")] or list(axes)
        axes = {name: values for name, values in axes.items() if name in first[:AXES]}
        said = f"Settings of {len(valued)} trials as lines over {len(axes)} axes, the better the bluer."
        made.append(style.Picture("parallel", said, lambda theme: parallel(metric, valued, axes, theme), PARALLEL))
    if shares:
        said = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares)
        made.append(style.Picture("importance", f"Importance of settings: {said}.",
                                  lambda theme: bars(shares, theme), f"Permutation importance in a random forest of "
                                  f"{len(valued)} trials, as shares: a hint, no proof, where trials are few."))
    return made


def ordered(metric, rows):
    """Return rows with a value, the best first."""
    return sorted(rows, key=lambda row: row["value"], reverse=metric not in text.FALLING)


def varied(rows):
    """Return {setting: its distinct values in order} of those that differ between trials; numbers before names."""
    found = {}
    for name in dict.fromkeys(name for row in rows for name in row["settings"]):
        values = {row["settings"].get(name) for row in rows}
        if len(values) > 1:
            found[name] = sorted(values - {None}, key=lambda v: (isinstance(v, str), v))
    return found


def progress(metric, rows, theme):
    """Draw the value of each trial in its order, and the best so far."""
    figure = style.figure(WIDTH, 300)
    axes = figure.add_subplot()
    scale, best = text.factor(metric), []
    for row in rows:
        better = not best or text.better(metric, row["value"], best[-1])
        best.append(row["value"] if better else best[-1])
    places = range(1, len(rows) + 1)
    axes.step(places, [scale * v for v in best], where="post", color=theme.learned, linewidth=1.8)
    for x, row in zip(places, rows):
        full = row["status"] == "finished"
        axes.plot(x, scale * row["value"], "o", markersize=7, color=theme.learned,
                  markerfacecolor=theme.learned if full else theme.background)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="y")
    axes.set_xlabel("trial")
    axes.set_title(f"Validation {text.words(metric)}{text.unit(metric)}" + (
        ", lower is better" if metric in text.FALLING else ""))
    return figure


def place(value, values):
    """Return where a value of a setting stands on its axis, from 0 to 1, and below it for None."""
    if value is None:
        return -0.12
    numbers = all(text.is_number(v) for v in values)
    if not numbers or len(values) < 2:
        return values.index(value) / max(1, len(values) - 1)
    low, high = min(values), max(values)
    if low > 0 and high / low > 8:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return (value - low) / (high - low)


def parallel(metric, rows, settings, theme):
    """Draw a line for each trial over an axis for each setting, the value at the right."""
    figure = style.figure(style.LARGE if len(settings) > 6 else WIDTH, 400)
    axes = figure.add_subplot()
    scores = sorted({row["value"] for row in rows})
    names = [*settings, None]
    best = ordered(metric, rows)
    for rank, row in reversed(list(enumerate(best))):
        heights = [place(row["settings"].get(n), settings[n]) if n else place(row["value"], scores) for n in names]
        good = 1 - rank / max(1, len(best) - 1)
        axes.plot(range(len(names)), heights, color=theme.hand if rank == 0 else blend(theme, good), zorder=3 + good,
                  linewidth=2.6 if rank == 0 else 1.4)
    for x, name in enumerate(names):
        _axis(axes, x, settings[name] if name else scores, name, metric, theme)
    axes.set_xlim(-0.4, len(names) - 0.3)
    axes.set_ylim(-0.16, 1.08)
    axes.set_xticks(range(len(names)), [(name or text.words(metric)).replace("_", "\n", 1).replace("_", " ")
                                        for name in names])
    axes.tick_params(axis="x", labelcolor=theme.text)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return figure


def _axis(axes, x, values, name, metric, theme):
    """Draw one upright axis with the names or the ends of its values."""
    axes.plot([x, x], [0, 1], color=theme.rule, linewidth=1.2, zorder=1)
    numbers = all(text.is_number(v) for v in values)
    shown = values if not numbers or len(values) <= 4 else [values[0], values[-1]]
    for value in shown:
        label = text.number(metric, value) if name is None else f"{value:.3g}" if numbers else text.plain(value)
        axes.text(x + 0.03, place(value, values), style.cut(label, 14), fontsize=8.5, va="center", color=theme.text,
                  zorder=9, bbox={"facecolor": theme.background, "edgecolor": "none", "alpha": 0.75, "pad": 1})


def blend(theme, good):
    """Return a colour between that of the worst and that of the best."""
    from matplotlib.colors import to_hex, to_rgb

    return to_hex([(1 - good) * a + good * b for a, b in zip(to_rgb(theme.rule), to_rgb(theme.learned))])


def importance(metric, rows, settings):
    """Return [(setting, share)], the most important first: the permutation importance (Breiman 2001,
    https://doi.org/10.1023/A:1010933404324) in a random forest from settings to values; [] for too few trials."""
    if len(rows) < FEWEST or not settings or len({row["value"] for row in rows}) < 2:
        return []
    import numpy as np
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance

    x = np.transpose([_column(name, values, rows) for name, values in settings.items()])
    y = np.array([row["value"] for row in rows])
    forest = RandomForestRegressor(200, random_state=0).fit(x, y)
    found = np.maximum(permutation_importance(forest, x, y, n_repeats=10, random_state=0).importances_mean, 0)
    if not found.sum():
        return []
    return sorted(zip(settings, (found / found.sum()).tolist()), key=lambda pair: -pair[1])


def _column(name, values, rows):
    """Return a setting of each trial as a number, (trials,): names in the order of their mean value, and where its
    architecture has no such setting that of another trial, so that only the architecture tells which it is."""
    import random
    from statistics import fmean

    if not all(text.is_number(v) for v in values):
        means = {v: fmean(row["value"] for row in rows if row["settings"].get(name) == v) for v in values}
        values = sorted(values, key=means.get)
    active, drawn = [row["settings"][name] for row in rows if name in row["settings"]], random.Random(name)
    return [place(row["settings"].get(name, drawn.choice(active)), values) for row in rows]


def bars(shares, theme):
    """Draw the shares as bars, the largest on top."""
    figure = style.figure(510, 70 + 30 * len(shares))
    axes = figure.add_subplot()
    names, values = zip(*shares[::-1])
    axes.barh(range(len(names)), [100 * v for v in values], height=0.56, color=theme.learned)
    for y, v in enumerate(values):
        axes.text(100 * v + 1, y, f"{100 * v:.0f}", va="center", color=theme.text)
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axes.set_xlim(0, max(100 * v for v in values) * 1.15 + 3)
    axes.grid(axis="x")
    axes.spines[:].set_visible(False)
    axes.set_title("Importance, share in %")
    return figure

"""The data: how many examples, of which classes, how long, and what the checks found."""

from recipes.pictures import style, text
from recipes.pictures.markup import beside, block, escape, table

SPLITS = ("train", "validation", "test")
MAX_NAMED = 30  # beyond it classes are ranked by frequency and go without names
MAX_RANKED = 500  # the most frequent are drawn
MEASURES = ("min", "median", "p95", "max")


def splits(run):
    """Return the splits that the profile has, by name."""
    return {name: run.profile[name] for name in SPLITS if isinstance(run.profile.get(name), dict)}


def class_shares(run):
    """Return {split: {class: share}} for the splits that count classes, in the order of the framing's names."""
    order = {str(name): i for i, name in enumerate(run.evidence.get("names", ()))}
    found = {}
    for name, split in splits(run).items():
        counts = split.get("classes") or {}
        total = sum(counts.values())
        if total:
            found[name] = {k: counts[k] / total for k in sorted(counts, key=lambda k: order.get(k, len(order)))}
    return found


def lengths(run):
    """Return {split: {"min", "median", "p95", "max"}} for the splits that measure lengths."""
    return {
        k: s["lengths"]
        for k, s in splits(run).items()
        if s.get("lengths") and all(text.is_number(s["lengths"].get(m)) for m in MEASURES)
    }


def pictures(run):
    """Return the class balance and the lengths, where there are any."""
    shown, shares, measured = [], class_shares(run), lengths(run)
    if shares:
        first = next(iter(shares.values()))
        most, least = max(first, key=first.get), min(first, key=first.get)
        said = f"most frequent {most}, {text.percent(first[most])}; rarest {least}, {text.percent(first[least])}"
        caption = f"M{said[1:]}." + (style.legend(list(first)) if len(first) <= MAX_NAMED else "")
        alt = f"Share of each of {len(first)} classes by split; {said}."
        shown.append(style.Picture("balance", alt, lambda theme: draw_balance(shares, theme), caption))
    if measured:
        alt = "Lengths by split: " + "; ".join(
            f"{k} median {x['median']:g}, at most {x['max']:g}" for k, x in measured.items()
        )
        caption = "Dot: median. Thick: from the shortest to the 95th percentile. Thin: to the longest."
        shown.append(style.Picture("lengths", alt + ".", lambda theme: draw_lengths(measured, theme), caption))
    return shown


def marks(theme):
    """Return how each split is marked."""
    return {"validation": ("o", theme.hand), "test": ("|", theme.text)}


def draw_balance(shares, theme):
    """Draw the first split as bars and the others as marks, so that a shift between splits can be seen."""
    first = next(iter(shares))
    names = list(shares[first])
    named = len(names) <= MAX_NAMED
    if not named:
        names = sorted(names, key=lambda n: -shares[first][n])[:MAX_RANKED]
    figure = style.figure(510, 100 + 22 * len(names) if named else 300)
    axes = figure.add_subplot()
    places = range(len(names))
    values = [100 * shares[first][n] for n in names]
    (axes.barh if named else axes.bar)(places, values, 0.62 if named else 0.9, color=theme.learned, label=first)
    for split, (mark, colour) in marks(theme).items():
        if split in shares and split != first:
            dots = [100 * shares[split].get(n, 0) for n in names]
            if named:
                size = 9 if mark == "|" else 5.5
                axes.plot(dots, places, mark, color=colour, markersize=size, markeredgewidth=1.6, label=split)
            else:
                axes.plot(places, dots, color=colour, linewidth=1, label=split)
    finish_balance(axes, names, named)
    return figure


def finish_balance(axes, names, named):
    """Name the axes of the class balance."""
    axes.set_title("Class balance, % of the split", pad=32)
    handles, said = axes.get_legend_handles_labels()
    order = sorted(range(len(said)), key=lambda i: SPLITS.index(said[i]))
    axes.legend(
        [handles[i] for i in order],
        [said[i] for i in order],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        borderaxespad=0.1,
        handletextpad=0.5,
    )
    axes.grid(axis="x" if named else "y")
    axes.spines[:].set_visible(False)
    if named:
        axes.set_yticks(range(len(names)), style.drawable(names))
        axes.set_ylim(len(names) - 0.4, -0.6)
    else:
        axes.set_xlabel("classes, the most frequent first")
        axes.margins(x=0.01)


def draw_lengths(measured, theme):
    """Draw a row for each split, on a logarithmic scale where the longest is far out."""
    figure = style.figure(510, 110 + 40 * len(measured))
    axes = figure.add_subplot()
    for y, x in enumerate(measured.values()):
        axes.plot([x["min"], x["max"]], [y, y], color=theme.neutral, linewidth=1.2)
        axes.plot([x["min"], x["p95"]], [y, y], color=theme.learned, linewidth=7, alpha=0.45)
        axes.plot(x["median"], y, "o", color=theme.learned, markersize=9)
    low, high = min(x["min"] for x in measured.values()), max(x["max"] for x in measured.values())
    if low > 0 and high > 20 * low:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda v, _: f"{v:g}")
        axes.minorticks_off()
    axes.set_title("Length of the input")
    axes.set_yticks(range(len(measured)), list(measured))
    axes.set_ylim(len(measured) - 0.4, -0.6)
    axes.grid(axis="x")
    axes.spines[:].set_visible(False)
    return figure


def section(run, shown):
    """Return the sizes of the splits, the pictures, and the findings of the checks."""
    head = ["split", ">examples", ">classes"] + [f">length {m}" for m in MEASURES if lengths(run)]
    rows = []
    for name, split in splits(run).items():
        measured = lengths(run).get(name, {})
        rows.append(
            [name, text.count(split.get("examples")), text.count(len(split.get("classes") or ()) or None)]
            + [text.count(measured.get(m)) for m in MEASURES if lengths(run)]
        )
    sizes = table(head, rows) if rows else ""
    findings = run.profile.get("findings")
    said = ""
    if findings:
        said = "<h3>What the checks found</h3><ul>" + "".join(f"<li>{escape(f)}</li>" for f in findings) + "</ul>"
    elif findings is not None:
        said = "<p>The checks found nothing to object to.</p>"
    return block("data", "The data", beside(shown.get("balance"), sizes + shown.get("lengths", "")), said)

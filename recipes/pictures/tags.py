"""Precision, recall and F1 of each tag, of each type of entity, or of each relation with its head."""

from recipes.pictures import style, text
from recipes.pictures.markup import beside, block, table

MAX_DRAWN = 40


def scores(run):
    """Return (tag, scores) pairs, the most frequent first."""
    found = run.evidence.get("per_tag") or {}
    return sorted(found.items(), key=lambda item: -(item[1].get("support") or 0))


def pictures(run):
    """Return the scores as dots, if there are any."""
    found = scores(run)[:MAX_DRAWN]
    if not found:
        return []
    said = "; ".join(f"{name} {text.value('f1', x.get('f1'))}" for name, x in found[:3])
    alt = f"Precision, recall and F1 of {len(found)} tags, the most frequent first. F1: {said}."
    return [style.Picture("tags", alt, lambda theme: draw(found, theme), style.legend([n for n, _ in found]))]


def draw(found, theme):
    """Draw a row for each tag: precision and recall joined by a rule, F1 between them."""
    figure = style.figure(540, 90 + 26 * len(found))
    axes = figure.add_subplot()
    for y, (_, x) in enumerate(found):
        ends = [100 * x[k] for k in ("precision", "recall") if text.is_number(x.get(k))]
        if len(ends) == 2:
            axes.plot(ends, [y, y], color=theme.rule, linewidth=3, zorder=1)
    for key, mark, colour, size in (
        ("precision", "o", theme.hand, 7),
        ("recall", "D", theme.learned, 6),
        ("f1", "|", theme.text, 11),
    ):
        dots = [(100 * x[key], y) for y, (_, x) in enumerate(found) if text.is_number(x.get(key))]
        axes.plot(
            [d for d, _ in dots],
            [y for _, y in dots],
            mark,
            color=colour,
            markersize=size,
            markeredgewidth=1.6,
            label=text.words(key),
            zorder=2,
        )
    axes.set_yticks(range(len(found)), style.drawable([name for name, _ in found]))
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.set_xlim(right=100.8)
    axes.set_xlabel("%")
    axes.grid(axis="x")
    axes.spines[:].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2, handletextpad=0.3)
    return figure


def section(run, shown):
    """Return the picture and the numbers."""
    rows = [
        (
            name,
            *(text.number("f1", x.get(k)) for k in ("precision", "recall", "f1")),
            text.count(x.get("support")),
        )
        for name, x in scores(run)
    ]
    what = "relation" if "trees" in run.evidence else "name" if "several" in run.evidence else "tag"
    numbers = table([what, ">precision %", ">recall %", ">F1 %", ">in the test split"], rows) if rows else ""
    lead = "A relation counts as right where its head is right too." if what == "relation" else ""
    return block("tags", f"{what.capitalize()} by {what}", beside(*shown.values(), numbers), lead=lead)

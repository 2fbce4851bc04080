"""Recommendations: recall by how many items are shown, which items are shown at all, and some users."""

from recipes.pictures import style, text
from recipes.pictures.markup import beside, block, table

CALLED = {"majority": "popularity"}


def found(run):
    """Return (model, recall (k,), coverage, popularity) of each model and guess, the run's own first."""
    kept = run.evidence
    if "recall" not in kept:
        return []
    own = run.get("architecture", "model")
    shallow = (run.metrics.get("shallow") or {}).get("architecture", "shallow")
    called = {**CALLED, "model": own, "shallow": shallow}
    return [(called.get(str(name), str(name)), *(kept[key][i] for key in ("recall", "coverage", "popularity")))
            for i, name in enumerate(kept["models"])]


def pictures(run):
    """Return the curve of recall."""
    curves = found(run)
    if not curves:
        return []
    ends = ", ".join(f"{name} {text.percent(float(recall[4]))}" for name, recall, *_ in curves)
    alt = f"Share of users whose held-out item is among the first k that are shown; of five: {ends}."
    return [style.Picture("recall", alt, lambda theme: draw(curves, theme))]


def draw(curves, theme):
    """Draw recall over the number of items that are shown, a line for each model."""
    figure = style.figure(480, 320)
    axes = figure.add_subplot()
    axes.set_title("Recall by how many items are shown")
    axes.set_xlabel("items shown, k")
    axes.set_ylabel("recall@k %")
    looks = {"popularity": (theme.neutral, (0, (5, 1.6))), "chance": (theme.neutral, (0, (1, 1.6)))}
    others = iter([(theme.learned, "-"), (theme.hand, (0, (5, 1.6)))])
    for name, recall, *_ in curves:
        colour, line = looks.get(name) or next(others)
        axes.plot(range(1, len(recall) + 1), 100 * recall, color=colour, linestyle=line, label=name)
    axes.set_xticks(range(5, len(curves[0][1]) + 1, 5))
    axes.set_ylim(0, 100)
    axes.grid(axis="y")
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.36), handlelength=2.6)
    return figure


def section(run, shown):
    """Return the curve, the table of what is shown at all, and the users with what they are told."""
    rows = [(name, text.percent(float(coverage)), text.percent(float(popularity)))
            for name, _, coverage, popularity in found(run)]
    reach = table(["first five", ">of the catalogue", ">mean share of answers"], rows, "Which items are ever "
                  "recommended, and how popular these are") if rows else ""
    titles = (run.profile.get("record") or {}).get("titles") or {}
    users = [(", ".join(called(item, titles) for item in one["given"]), called(one["truth"], titles), one["rank"],
              ", ".join(f"{called(item, titles)} {text.percent(p)}" for item, p in one["items"]))
             for one in run.evidence.get("recommended") or []]
    told = table(["given", "held out", ">its rank", "what is recommended"], users) if users else ""
    lead = "The first test users, not chosen: what they were said to have, what they had too, and the likeliest items."
    return block("recommended", "What it recommends", beside(*shown.values(), reach), told, lead=lead)


def called(item, titles):
    """Return an item's title, where it has one."""
    return titles.get(item, item)

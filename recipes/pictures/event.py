"""An event's probabilities: how well they rank (ROC, Hanley & McNeil 1982,
https://doi.org/10.1148/radiology.143.1.7063747), and what happened where they are low and high."""

from recipes.pictures import style, text
from recipes.pictures.markup import block, row, table


def pictures(run):
    """Return the ROC curve and the groups, where the run has them."""
    curves, groups = run.evidence.get("roc"), run.evidence.get("groups")
    if not curves or not groups:
        return []
    area = ((run.metrics.get("test") or {}).get("auc") or {}).get("value")
    said = f", area {text.value('auc', area)}" if text.is_number(area) else ""
    alt = f"Share of what happened above each share of what did not{said}"
    alt += ", beside that of the true probabilities." if "truth" in curves else "."
    told = "The probability that was said, and how often it happened, in twentieths of the examples."
    return [style.Picture("roc", alt, lambda theme: draw_roc(curves, theme)),
            style.Picture("groups", told, lambda theme: draw_groups(groups, theme))]


def draw_roc(curves, theme):
    """Draw the curve of the model, and that of the truth where it is known."""
    figure = style.figure(380, 320)
    axes = figure.add_subplot()
    axes.set_title("Ranking (ROC)")
    axes.plot([0, 100], [0, 100], color=theme.neutral, linewidth=1.2, linestyle=(0, (4, 3)))
    for name, colour in (("truth", theme.hand), ("model", theme.learned)):
        if name in curves:
            x, y = zip(*curves[name])
            axes.plot([100 * v for v in x], [100 * v for v in y], color=colour, label=name)
    axes.set_xlabel("of what did not happen %")
    axes.set_ylabel("of what happened %")
    axes.legend(loc="lower right")
    axes.grid(axis="y")
    return figure


def draw_groups(groups, theme):
    """Draw what happened over what was said, and the true rates where they are known."""
    figure = style.figure(380, 320)
    axes = figure.add_subplot()
    said = [100 * v for v in groups["said"]]
    most = max(*said, *(100 * v for v in groups["happened"])) * 1.05
    axes.set_title("Said and happened, twentieths")
    axes.plot([0, most], [0, most], color=theme.neutral, linewidth=1.2, linestyle=(0, (4, 3)))
    if "rate" in groups:
        axes.plot(said, [100 * v for v in groups["rate"]], "s", color=theme.hand, markersize=5, label="true rate")
    axes.plot([100 * v for v in groups["seen"]], [100 * v for v in groups["happened"]], "o", color=theme.learned,
              markersize=4, label="happened")
    axes.set_xlabel("probability that was said %")
    axes.set_ylabel("%")
    axes.legend(loc="lower right")
    axes.grid(axis="y")
    return figure


def section(run, shown):
    """Return both pictures, and the examples that surprised the model most."""
    if not shown:
        return ""
    fields = run.evidence.get("fields") or []
    rows = [(one["index"], ", ".join(f"{name} {value}" for name, value in zip(fields, one["fields"])),
             text.percent(one["probability"]), "yes" if one["happened"] else "no")
            for one in run.evidence.get("surprises") or []]
    surprises = table([">test example", "fields", ">probability", "happened"], rows) if rows else ""
    lead = ("The area under the left curve (AUC) is how often what happened has the higher probability than what did "
            "not. Below: the test examples whose probability is furthest from what happened.")
    return block("event", "Low and high probabilities", row(*shown.values()), surprises, lead=lead)

"""Reliability: of the answers given with a probability, how many were right (Guo et al. 2017,
https://proceedings.mlr.press/v70/guo17a.html)."""

from recipes.pictures import style, text
from recipes.pictures.markup import block, row
from registry.outputs import calibration


def found(run):
    """Return mean probability, share right and number of answers in each bin; None where the run kept none."""
    import numpy as np

    evidence = run.evidence
    if "reliability" in evidence:
        return [np.asarray(part, "float64") for part in evidence["reliability"]]
    if "sentences" in evidence or not len(evidence.get("probabilities", ())):
        return None
    predicted, truth = (np.asarray(evidence[name]).astype(int) for name in ("predicted", "truth"))
    probabilities = np.asarray(evidence["probabilities"], "float64")
    return calibration.curve(probabilities[np.arange(len(predicted)), predicted], predicted == truth)


def pictures(run):
    """Return the reliability curve and how often each probability was given."""
    bins = found(run)
    if bins is None:
        return []
    error = ((run.metrics.get("test") or {}).get("ece") or {}).get("value")
    said = f", expected calibration error {text.value('ece', error)}" if text.is_number(error) else ""
    return [
        style.Picture("reliability", f"Share of right answers by probability{said}.",
                      lambda theme: draw_curve(*bins, theme)),
        style.Picture("certainty", "How many answers were given with each probability.",
                      lambda theme: draw_numbers(*bins, theme)),
    ]  # fmt: skip


def axes_of(title, label):
    """Return a figure and its axes over probabilities in per cent."""
    figure = style.figure(380, 300)
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.set_xlabel("probability of the answer %")
    axes.set_ylabel(label)
    axes.set_xlim(0, 100)
    axes.grid(axis="y")
    return figure, axes


def draw_curve(probability, right, number, theme):
    """Draw the share of right answers over the probability, the diagonal being perfect."""
    figure, axes = axes_of("Reliability", "right %")
    axes.plot([0, 100], [0, 100], color=theme.neutral, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.vlines(100 * probability, 100 * probability, 100 * right, color=theme.wrong, linewidth=2)
    axes.plot(100 * probability, 100 * right, "o-", color=theme.learned, markersize=5)
    axes.set_ylim(0, 102)
    return figure


def draw_numbers(probability, right, number, theme):
    """Draw how many answers were given with each probability."""
    figure, axes = axes_of("How sure the answers are", "answers")
    width = 100 / calibration.BINS
    axes.bar((calibration.bin_of(probability) + 0.5) * width, number, width, color=theme.learned,
             edgecolor=theme.background)
    if number.max() > 100 * number.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_minor_formatter("")
    return figure


def section(run, shown):
    """Return both pictures with what they say."""
    if not shown:
        return ""
    lead = ("Dots below the dashed line: the model was surer than it had reason to be; above it: less sure. "
            "The expected calibration error (ECE) is the mean gap, each answer counted alike.")
    return block("calibration", "Can its probabilities be believed?", row(*shown.values()), lead=lead)

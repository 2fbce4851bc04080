"""Learning curves: the loss, the metric on the validation split, the learning rate."""

import math

from recipes.pictures import style, text
from recipes.pictures.markup import block, row


def column(run, name):
    """Return (epochs, values) of a column of history.csv where it holds numbers."""
    rows = [
        (r.get("epoch", float(i)), r[name]) for i, r in enumerate(run.history) if name in r and math.isfinite(r[name])
    ]
    return [e for e, _ in rows], [v for _, v in rows]


def watched(run):
    """Return the validation column to show: that of the promised metric, else the first that is no loss."""
    names = [n for r in run.history[:1] for n in r if n.startswith("val_") and n != "val_loss"]
    wanted = f"val_{run.metric}"
    return wanted if wanted in names else next(iter(names), None)


def pictures(run):
    """Return up to three pictures, for the columns that are there."""
    shown = []
    if column(run, "loss")[1]:
        alt = f"Training and validation loss over {len(run.history)} epochs."
        shown.append(style.Picture("loss", alt, lambda theme: draw_loss(run, theme)))
    name = watched(run)
    if name and column(run, name)[1]:
        epoch, best = best_epoch(run, name)
        metric = name.removeprefix("val_")
        alt = f"Validation {text.words(metric)} by epoch; best {text.value(metric, best)} at epoch {epoch:g}."
        shown.append(style.Picture("validation", alt, lambda theme: draw_metric(run, name, theme)))
    if column(run, "learning_rate")[1]:
        alt = "The learning rate by epoch."
        shown.append(style.Picture("learning_rate", alt, lambda theme: draw_rate(run, theme)))
    return shown


def best_epoch(run, name):
    """Return (epoch, value) of the best value of a validation column."""
    falls = name.removeprefix("val_") in text.FALLING
    return (min if falls else max)(zip(*column(run, name)), key=lambda point: point[1])


def axes_of(title, width=340, height=270):
    """Return a figure and its axes for one curve."""
    from matplotlib.ticker import MaxNLocator

    figure = style.figure(width, height)
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.tick_params(axis="y", labelcolor=axes.xaxis.label.get_color())
    axes.grid(axis="y")
    return figure, axes


def plot(axes, points, colour, **options):
    """Plot a curve, with dots where it is so short that a line alone would hide."""
    axes.plot(*points, color=colour, marker="o" if len(points[0]) < 4 else None, markersize=5, **options)


def draw_loss(run, theme):
    """Draw training and validation loss."""
    figure, axes = axes_of("Loss")
    plot(axes, column(run, "loss"), theme.learned, label="training")
    if column(run, "val_loss")[1]:
        plot(axes, column(run, "val_loss"), theme.hand, label="validation", linestyle=(0, (5, 1.6)))
        axes.legend(loc="best", handlelength=2.4)
    axes.set_ylim(bottom=0 if min(column(run, "loss")[1]) >= 0 else None)
    return figure


def draw_metric(run, name, theme):
    """Draw the validation figure, its best marked."""
    metric = name.removeprefix("val_")
    figure, axes = axes_of(f"Validation {text.words(metric)}{text.unit(metric)}")
    epochs, values = column(run, name)
    scale = text.factor(metric)
    plot(axes, (epochs, [scale * v for v in values]), theme.learned)
    epoch, best = best_epoch(run, name)
    axes.plot(epoch, scale * best, "o", color=theme.learned, markersize=8, markeredgecolor=theme.background)
    falls = metric in text.FALLING
    axes.annotate(
        f"best {text.number(metric, best)}",
        (epoch, scale * best),
        xytext=(0, -18 if falls else 10),
        textcoords="offset points",
        ha="right" if epoch > sum(epochs) / len(epochs) else "left",
        fontweight="bold",
    )
    axes.margins(y=0.2)
    return figure


def draw_rate(run, theme):
    """Draw the learning rate."""
    figure, axes = axes_of("Learning rate")
    plot(axes, column(run, "learning_rate"), theme.learned)
    axes.yaxis.set_major_formatter(lambda v, _: f"{v:g}")
    axes.set_ylim(bottom=0)
    return figure


def section(run, shown):
    """Return the curves side by side."""
    resumed = run.metrics.get("resumed") or 0
    times = "once" if resumed == 1 else f"{resumed} times"
    members = run.get("members") or 1
    lead = f"{len(run.history)} epochs" + (f", the mean of {members} models." if members > 1 else ".")
    lead += f" The run was interrupted and resumed {times}." if resumed else ""
    return block("curves", "Learning curves", row(*shown.values()), lead=lead)

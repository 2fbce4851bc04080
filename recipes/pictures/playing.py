"""A game: a film of the model as it plays, how its returns grew, and what each test game brought."""
from recipes.pictures import comparison, curves, style, text
from recipes.pictures.markup import block, data_address, escape, row

BINS = 30


def pictures(run):
    """Return the learning curve over steps and the returns of the test games, where the run has them."""
    returns = run.evidence.get("returns")
    if not returns:
        return []
    shown = []
    if curves.column(run, "val_return")[1] and frames(run):
        alt = f"Mean return of the validation games by steps that were played; {guessed(run)}."
        shown.append(style.Picture("return_by_steps", alt, lambda theme: draw_learning(run, theme)))
    said = "; ".join(f"{called(run, name)} from {min(values):g} to {max(values):g}" for name, values in returns.items())
    shown.append(style.Picture("returns", f"Returns of {len(returns['model'])} test games: {said}.",
                               lambda theme: draw_returns(run, returns, theme)))
    return shown


def frames(run):
    """Return how many steps an epoch has, None where it is not known."""
    return (run.config.get("playing") or {}).get("frames")


def called(run, name):
    """Return what a player is called."""
    return comparison.label(run, "deep" if name == "model" else name)


def colour(name, theme):
    """Return the colour of a player."""
    return comparison.colour("deep" if name == "model" else name, theme)


def levels(run):
    """Return {name: mean return} of the players that learned nothing."""
    found = comparison.entries(run, "return")
    return {name: entry["value"] for name, entry in found.items() if name != "deep"}


def guessed(run):
    """Return what the other players reach, in words."""
    return ", ".join(f"{called(run, name)} {value:.4g}" for name, value in levels(run).items())


def draw_learning(run, theme):
    """Draw the mean return of the validation games over steps, and beside it what the others reach on the test."""
    figure, axes = curves.axes_of("Mean return, validation games", 420, 90 * (len(levels(run)) + 1) + 40)
    epochs, values = curves.column(run, "val_return")
    curves.plot(axes, ([epoch * frames(run) for epoch in epochs], values), theme.learned)
    for name, value in levels(run).items():
        axes.axhline(value, color=colour(name, theme), linewidth=1.2, linestyle=(0, (4, 3)))
        axes.annotate(called(run, name), (1, value), xycoords=("axes fraction", "data"), xytext=(0, 3),
                      textcoords="offset points", ha="right", color=theme.muted)
    axes.xaxis.set_major_formatter(lambda v, _: text.short(v))
    axes.set_xlabel("steps played")
    axes.margins(y=0.15)
    return figure


def draw_returns(run, returns, theme):
    """Draw the returns of the test games of each player, one histogram above the other."""
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    edges = np.histogram_bin_edges([value for values in returns.values() for value in values], BINS)
    figure = style.figure(420, 90 * len(returns) + 40)
    for axes, (name, values) in zip(np.atleast_1d(figure.subplots(len(returns), 1, sharex=True)), returns.items()):
        axes.hist(values, edges, color=colour(name, theme))
        axes.set_title(style.drawable([called(run, name)])[0])
        axes.set_ylabel("games")
        axes.grid(axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
    axes.set_xlabel("return")
    return figure


def section(run, shown):
    """Return the film and the pictures."""
    if not shown:
        return ""
    path, film = run.folder / "play.gif", ""
    if path.is_file():
        steps = run.evidence.get("watched")
        alt = f"{run.evidence.get('game')}: {steps} steps of games that the model plays."
        film = (f'<figure><img src="{data_address(path.read_bytes(), "image/gif")}" alt="{escape(alt)}">'
                f"<figcaption>{escape(alt)}</figcaption></figure>")
    lead = "Test games begin from seeds that neither training nor validation has; the best action is always taken."
    return block("playing", "As it plays", film, row(*shown.values()), lead=lead)

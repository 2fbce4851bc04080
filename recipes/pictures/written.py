"""Written texts beside the true ones, and where the model looked while it wrote."""

from recipes.pictures import style, text
from recipes.pictures.markup import block, facts, folded, row, table

AT_ONCE = 15
DRAWN = 4  # attention maps


def found(run):
    """Return the written texts that the run kept: dicts with input, written, truth, right, pieces, words, weights."""
    return run.evidence.get("written") or []


def pictures(run):
    """Return the attention of the first texts that have any."""
    maps = [one for one in found(run) if one.get("weights")][:DRAWN]
    return [style.Picture(
        f"attention_{i}", f"Attention while writing {one['written']!r} for {one['input']!r}: a row for each piece.",
        lambda theme, one=one: draw(one, theme),
        style.legend([*one["words"], *one["pieces"]]).strip()) for i, one in enumerate(maps)]


def draw(one, theme):
    """Draw a row for each piece and a column for each word; the darker, the more it was looked at."""
    from matplotlib.colors import LinearSegmentedColormap

    labels = style.drawable([*one["words"], *one["pieces"]], 14)  # together, so that the legend's numbers are theirs
    words, pieces = labels[: len(one["words"])], labels[len(one["words"]) :]
    figure = style.figure(110 + 34 * len(words), 90 + 24 * len(pieces))
    axes = figure.add_subplot()
    shades = LinearSegmentedColormap.from_list("attention", [theme.panel, theme.learned])
    axes.imshow(one["weights"], cmap=shades, vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(words)), words, rotation=45, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", labelcolor=theme.text)
    axes.set_yticks(range(len(pieces)), pieces)
    axes.spines[:].set_visible(False)
    return figure


def section(run, shown):
    """Return examples of what was written and the attention maps."""
    rows = [(one["index"], one["input"], one["written"], one["truth"], "✓" if one["right"] else "")
            for one in found(run)]
    head = [">test example", "input", "written", "truth", "right"]
    first = table(head, rows[:AT_ONCE]) if rows else ""
    rest = folded(f"{len(rows) - AT_ONCE} more", table(head, rows[AT_ONCE:])) if len(rows) > AT_ONCE else ""
    maps = f"<h3>Where it looked</h3>{row(*shown.values())}" if shown else ""
    lead = ("The first test examples, not chosen. In the maps a row is a piece of the text, a column a word that was "
            "read: the darker, the more the model looked there.")
    signed = run.evidence.get("signatures") or {}
    judged = facts((text.words(name), how) for name, how in signed.items())
    told = f"<h3>How it is judged</h3>{judged}" if signed else ""
    return block("written", "What it wrote", first, rest, maps, told, lead=lead)

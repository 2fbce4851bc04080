"""What was heard when: sounds with the segments that were answered, and the true ones below."""
from recipes.pictures import style
from recipes.pictures.markup import block, escape, player
from registry.outputs.spans import stretches

PIXELS = 300  # a second


def found(run):
    """Return the sounds that the run kept: dicts with index, error, frames, step, truth, said, image and sound."""
    kept = run.evidence
    return [{**one, "image": kept["framed_images"][i], "sound": kept["framed_sounds"][i]}
            for i, one in enumerate(kept.get("framed", ()))]


def pictures(run):
    """Return a spectrogram of each sound over its segments."""
    names = run.evidence.get("names", ())
    return [style.Picture(
        f"framed_{one['index']}", f"Test sound {one['index']}: frequency upwards, time to the right, the louder the "
        f"darker; below it the segments that were answered, and the true ones: {one['error']:.1%} of it differ.",
        lambda theme, one=one: draw(one, names, run.evidence["rate"], theme)) for one in found(run)]


def draw(one, names, rate, theme):
    """Draw a spectrogram over two rows of segments."""
    from matplotlib.colors import LinearSegmentedColormap

    frames, seconds = one["frames"], one["frames"] * one["step"]
    figure = style.figure(max(300, min(1500, 80 + PIXELS * seconds)), 210)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    shades = LinearSegmentedColormap.from_list("loud", [theme.learned, theme.panel])
    above.imshow(one["image"][:, :frames], cmap=shades, vmin=0, vmax=255, aspect="auto",
                 extent=(0, seconds, 0, rate / 2000 or len(one["image"])))
    above.set_ylabel("kHz" if rate else "feature")
    said, truth = one["said"], one["truth"]
    strip(below, 1, said, [a == b for a, b in zip(said, truth)], names, one["step"], theme)
    strip(below, 0, truth, [True] * len(truth), names, one["step"], theme)
    below.set_yticks([0, 1], ["truth", "answer"])
    below.set_ylim(-0.5, 1.5)
    below.set_xlim(0, seconds)
    below.set_xlabel("seconds")
    below.spines[:].set_visible(False)
    return figure


def strip(axes, y, tags, right, names, step, theme):
    """Draw the segments of tags (T,) in a row, coloured where they are wrong, with their names where there is room."""
    for (_, good), first, end in stretches(zip(tags, right)):
        axes.barh(y, (end - first) * step, left=first * step, height=0.9, color=theme.panel if good else theme.wrong,
                  edgecolor=theme.rule, linewidth=0.6)
    for tag, first, end in stretches(tags):
        name = names[tag] if tag >= 0 else "?"
        if (end - first) * step * PIXELS > 6 + 5 * len(name):
            axes.text((first + end) / 2 * step, y, name, ha="center", va="center", fontsize=8, color=theme.text)


def section(run, shown):
    """Return the sounds, the first ones and then those with most wrong frames."""
    rows = []
    for one in found(run):
        told = escape(f"{one['error']:.1%} of the frames are wrong")
        picture = shown.get(f"framed_{one['index']}", "")
        rows.append(f"<li>{picture}{player(one['sound'], run.evidence['rate'])}<p>{told}</p></li>")
    if not rows:
        return ""
    lead = ("The first test sounds, not chosen, and then those with most wrong frames. Below each the answer, coloured "
            "where it is wrong, and the truth.")
    return block("framed", "What it heard, and when", f'<ul class="spoken">{"".join(rows)}</ul>', lead=lead)

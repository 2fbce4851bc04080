"""What was said and what was read, with the sound and when each character or word was read."""
import json

from recipes.pictures import style
from recipes.pictures.markup import block, escape, player

DRAWN = 18
MARGIN, LETTER = 60, 8  # pixels beside the picture, and of a letter


def found(run):
    """Return the utterances that the run kept: dicts with index, said, truth, edits, image, sound, rate,
    letters, frames and seconds."""
    kept = run.evidence
    if "utterances" not in kept:
        return []
    keys = {"index": "utterances", "said": "said_texts", "truth": "true_texts", "edits": "edits", "image": "images",
            "sound": "sounds", "letters": "letters", "frames": "frames", "seconds": "seconds"}
    rows = [{key: kept[name][i] for key, name in keys.items()} for i in range(len(kept["utterances"]))]
    return [{**one, "rate": int(kept["rate"])} for one in rows[:DRAWN]]


def pictures(run):
    """Return a spectrogram of each utterance with the characters or words where they were read."""
    return [style.Picture(
        f"utterance_{one['index']}", f"Utterance {one['index']}, read as {str(one['said'])!r}: frequency upwards, time "
        "to the right, the louder the darker; above it what was read, where it was.",
        lambda theme, one=one: draw(one, theme)) for one in found(run)]


def draw(one, theme):
    """Draw one spectrogram: frequency upwards, time to the right, and above it the characters or words, in two rows
    where they are close."""
    from matplotlib.colors import LinearSegmentedColormap

    seconds = float(one["seconds"])
    width = max(260, min(900, MARGIN + 130 * seconds))
    figure = style.figure(width, 150)
    axes = figure.add_subplot()
    shades = LinearSegmentedColormap.from_list("loud", [theme.learned, theme.panel])
    axes.imshow(one["image"][:, : one["frames"]], cmap=shades, vmin=0, vmax=255, aspect="auto",
                extent=(0, seconds, 0, one["rate"] / 2000 or len(one["image"])))
    ends, each = [-1.0, -1.0], LETTER * seconds / (width - MARGIN)  # of both rows, and the seconds under a letter
    for letter, second in json.loads(str(one["letters"])):
        half = each * len(letter) / 2
        row = int(second - half < ends[0])
        ends[row] = second + half
        axes.text(second, 1.02 + row * 0.16, letter if letter.strip() else "␣", transform=axes.get_xaxis_transform(),
                  fontsize=9, color=theme.text, ha="center")
    axes.set_xlabel("seconds")
    axes.set_ylabel("kHz" if one["rate"] else "feature")
    return figure


def section(run, shown):
    """Return the utterances, the first ones and then those with the most mistakes."""
    rows = []
    for one in found(run):
        picture = shown.get(f"utterance_{one['index']}", "")
        right = "✓" if not one["edits"] else f"✗ {one['edits']} edits of characters"
        rows.append(f"<li>{picture}{player(one['sound'], one['rate'])}<p>{escape(one['said'] or '(nothing)')}<br>"
                    f'<span class="truth">{escape(one["truth"])}</span> {right}</p></li>')
    if not rows:
        return ""
    lead = ("The first test utterances, not chosen, and then those with the most mistakes: what was read, what was "
            "said, and when each part of it was read.")
    return block("spoken", "What it heard", f'<ul class="spoken">{"".join(rows)}</ul>', lead=lead)

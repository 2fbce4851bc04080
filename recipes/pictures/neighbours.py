"""Word vectors: the nearest words of some as a table, and words on a map."""

from recipes.pictures import style
from recipes.pictures.markup import block, table

WIDTH, HEIGHT, SIZE = 1000, 820, 8.5
ROUNDS = 600  # of pushing words apart


def pictures(run):
    """Return the map, where the run has one."""
    found = run.evidence.get("map") or []
    if not found:
        return []
    alt = f"A map of {len(found)} words: those with like vectors stand near each other."
    caption = "Near each other: words with like vectors (t-SNE). Colours: groups of words by their vectors (k-means)."
    caption += style.legend([one["word"] for one in found])
    return [style.Picture("map", alt, lambda theme: draw(found, theme), caption)]


def draw(found, theme):
    """Draw each word at its place, moved a little where it would cover another."""
    import numpy as np

    figure, axes = style.canvas(WIDTH, HEIGHT)
    labels = style.drawable([one["word"] for one in found])
    sizes = np.array([(style.room([label], SIZE) - 6, SIZE * 100 / 72 + 5) for label in labels])
    colours = (theme.learned, theme.wrong_text, theme.right_text, theme.text, theme.muted)
    for (x, y), label, one in zip(apart(spread(found), sizes), labels, found):
        axes.text(x, y, label, ha="center", va="center", fontsize=SIZE, color=colours[one["group"] % len(colours)])
    return figure


def spread(found):
    """Return places (N, 2) that fill the picture."""
    import numpy as np

    places = np.array([(one["x"], one["y"]) for one in found], float)
    low, high = places.min(0), places.max(0)
    inside = np.array([WIDTH - 120, HEIGHT - 60])
    return (60, 30) + (places - low) / np.maximum(high - low, 1e-9) * inside


def apart(places, sizes):
    """Return places (N, 2) at which boxes of sizes (N, 2) do not cover each other, where there is room.

    Boxes that overlap are pushed apart, each by half, in the direction in which they overlap least.
    """
    import numpy as np

    places = places.copy()
    half = (sizes[:, None] + sizes[None]) / 2
    least, most = sizes / 2, (WIDTH, HEIGHT) - sizes / 2
    for _ in range(ROUNDS):
        gap = places[:, None] - places[None]
        over = half - abs(gap)  # (N, N, 2)
        both = (over > 0).all(-1)
        np.fill_diagonal(both, False)
        if not both.any():
            break
        along = over.argmin(-1)[..., None] == np.arange(2)
        order = np.sign(np.arange(len(places))[:, None] - np.arange(len(places)))[..., None]
        push = np.where(gap != 0, np.sign(gap), order) * over * along * both[..., None]
        places = np.clip(places + push.sum(1) / 2, least, most)
    return places


def section(run, shown):
    """Return the table of nearest words and the map."""
    rows = [(one["word"], ", ".join(f"{word} {cosine:.2f}" for word, cosine in one["near"]))
            for one in run.evidence.get("nearest") or []]
    nearest = table(["word", "nearest words, with the cosine of both vectors"], rows) if rows else ""
    lead = ("Words that are used alike have vectors that are alike. Shown are frequent words that tell much about what "
            "stands near them, chosen by the model, not by hand.")
    return block("neighbours", "Nearest words", nearest, *shown.values(), lead=lead)

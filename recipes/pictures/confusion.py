"""What is taken for what: the confusion matrix, the pairs most often confused, and the scores of each class."""

from recipes.pictures import style, text
from recipes.pictures.markup import beside, block, folded, table

MAX_CLASSES = 150  # beyond it a label has no room; the classes with most errors are shown
MAX_NUMBERED = 26  # up to here each cell holds its number


def matrix(run):
    """Return (names, counts (K, K) with truth in rows), or (None, None) where the run has no evidence."""
    import numpy as np

    evidence = run.evidence
    names = [str(n) for n in evidence.get("names", ())]
    if "confusion" in evidence:
        return names, np.asarray(evidence["confusion"], dtype=np.int64)
    if "truth" not in evidence or "predicted" not in evidence or not len(evidence["truth"]):
        return None, None
    truth, predicted = np.asarray(evidence["truth"]), np.asarray(evidence["predicted"])
    num_classes = max(len(names), int(truth.max()) + 1, int(predicted.max()) + 1)
    names += [str(i) for i in range(len(names), num_classes)]
    counts = np.bincount(truth * num_classes + predicted, minlength=num_classes**2)
    return names, counts.reshape(num_classes, num_classes)


def worst(names, counts):
    """Keep the MAX_CLASSES classes with most errors, in their order."""
    import numpy as np

    if len(names) <= MAX_CLASSES:
        return names, counts
    errors = counts.sum(0) + counts.sum(1) - 2 * np.diag(counts)
    keep = np.sort(np.argsort(-errors, kind="stable")[:MAX_CLASSES])
    return [names[i] for i in keep], counts[np.ix_(keep, keep)]


def pictures(run):
    """Return the matrix, if there is one."""
    names, counts = matrix(run)
    if counts is None or not counts.sum():
        return []
    shown_names, _ = worst(names, counts)
    caption = "Rows are the truth, columns the answer; a row adds up to 100\u00a0%. On the diagonal it is right."
    if len(shown_names) < len(names):
        caption += f" The {len(shown_names)} of {len(names)} classes with most errors."
    caption += style.legend(shown_names)
    pairs = confused(names, counts)[:3]
    said = "; ".join(f"{a} taken for {b} {n} times" for a, b, n, _ in pairs) or "no errors"
    alt = f"Confusion matrix of {len(shown_names)} classes, normalised by row. Most frequent: {said}."
    return [style.Picture("confusion", alt, lambda theme: draw(names, counts, theme), caption)]


def draw(names, counts, theme):
    """Draw shares by row: right answers on the diagonal in one colour, errors in another on a scale of their own."""
    import numpy as np

    names, shares = row_shares(names, counts)
    num_classes = len(names)
    cell = 44 if num_classes <= 12 else 30 if num_classes <= MAX_NUMBERED else max(11, 900 // num_classes)
    size = 9 if num_classes <= MAX_NUMBERED else 6.2
    labels = style.drawable(names, 18)
    side, margin = num_classes * cell, 34 + style.room(labels, size)
    figure = style.figure(side + margin + 8, side + margin + 8)
    figure.set_layout_engine("none")
    share = 1 / (side + margin + 8)
    axes = figure.add_axes((margin * share, margin * share, side * share, side * share))
    axes.imshow(paint(shares, theme))
    edges = np.arange(num_classes + 1) - 0.5
    rules = {"colors": theme.background, "linewidth": 1.5 if num_classes <= MAX_NUMBERED else 0.4}
    axes.hlines(edges, -0.5, num_classes - 0.5, **rules)
    axes.vlines(edges, -0.5, num_classes - 0.5, **rules)
    axes.set_yticks(range(num_classes), labels, fontsize=size)
    upright = max(map(len, labels)) <= 2 and num_classes <= MAX_NUMBERED
    axes.set_xticks(range(num_classes), labels, fontsize=size, rotation=0 if upright else 90)
    axes.set_ylabel("truth")
    axes.set_xlabel("answer")
    axes.spines[:].set_visible(False)
    if num_classes <= MAX_NUMBERED:
        write_shares(axes, shares, theme, 9 if num_classes <= 12 else 7.5)
    return figure


def row_shares(names, counts):
    """Return the classes to draw and their shares of the truth (K, K); rows add up to 1 before classes are left out."""
    import numpy as np

    total = dict(zip(names, counts.sum(1)))
    names, counts = worst(names, counts)
    return names, counts / np.maximum([total[n] for n in names], 1)[:, None]


def strength(shares):
    """Return how strongly each cell is coloured, 0 to 1: errors have a scale of their own that favours the small."""
    import numpy as np

    right = np.eye(len(shares), dtype=bool)
    errors = np.where(right, 0, shares)
    return np.where(right, 0.85 * shares, 0.9 * (errors / max(float(errors.max()), 0.05)) ** 0.7)


def paint(shares, theme):
    """Return the cells as colours (K, K, 3) uint8."""
    import numpy as np
    from matplotlib.colors import to_rgb

    empty, right, wrong = (np.array(to_rgb(c)) for c in (theme.panel, theme.right, theme.wrong))
    full = np.where(np.eye(len(shares), dtype=bool)[..., None], right, wrong)
    weight = strength(shares)[..., None]
    return (255 * (weight * full + (1 - weight) * empty)).round().astype(np.uint8)


def write_shares(axes, shares, theme, size):
    """Write each share in per cent where it rounds to 1 or more."""
    cells = paint(shares, theme)
    for i, j in zip(*(shares >= 0.005).nonzero()):
        bright = cells[i, j] @ (0.299, 0.587, 0.114) > 110
        axes.text(
            j,
            i,
            f"{100 * shares[i, j]:.0f}",
            ha="center",
            va="center",
            fontsize=size,
            color="#14181d" if bright else "#ffffff",
        )


def confused(names, counts):
    """Return (truth, answer, times, share of the truth) for the confusions, most frequent first."""
    import numpy as np

    errors = counts * ~np.eye(len(counts), dtype=bool)
    order = np.argsort(-errors, axis=None, kind="stable")[: int((errors > 0).sum())]
    rows, columns = np.unravel_index(order, errors.shape)
    total = counts.sum(1)
    return [(names[i], names[j], int(errors[i, j]), errors[i, j] / total[i]) for i, j in zip(rows, columns)]


def scores(names, counts):
    """Return (class, precision, recall, F1, support) in per cent for each class."""
    rows = []
    for i, name in enumerate(names):
        hits, said, true = int(counts[i, i]), int(counts[:, i].sum()), int(counts[i].sum())
        parts = (
            hits / said if said else None,
            hits / true if true else None,
            2 * hits / (said + true) if said + true else None,
        )
        rows.append((name, *(text.number("f1", x) for x in parts), text.count(true)))
    return rows


def section(run, shown):
    """Return the matrix, the pairs most often confused, and the scores of all classes."""
    names, counts = matrix(run)
    if counts is None:
        return ""
    pairs = [(a, b, n, f"{100 * share:.1f}") for a, b, n, share in confused(names, counts)[:10]]
    most = table(["truth", "taken for", ">times", ">% of the truth"], pairs, "Most often confused") if pairs else ""
    each = ""
    if not run.evidence.get("per_tag"):  # tags have a section of their own
        head = ["class", ">precision %", ">recall %", ">F1 %", ">test examples"]
        each = folded(f"All {len(names)} classes", table(head, scores(names, counts)))
    matrix_and_pairs = beside(*shown.values(), most) if len(names) <= MAX_NUMBERED else "".join(shown.values()) + most
    return block("confusion", "What is taken for what", matrix_and_pairs, each)

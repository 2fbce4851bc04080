"""The production line: the boxes that a raw value passes through, made by hand or learned."""

from recipes.pictures import style, text
from recipes.pictures.markup import block, escape, table

MAX_ACROSS = 6
WIDTH, GAP, HEIGHT = 158, 26, 182


def is_learned(box):
    """Return whether a box is learned from data."""
    return box.get("made") == "learned"


def name_of(run, box):
    """Return what a box is called: the body by its architecture where it has no better name."""
    if box.get("name") not in (None, "", box.get("role")):
        return str(box["name"])
    return str(run.get("architecture", "body") if box.get("role") == "body" else box.get("role", ""))


def costs(box):
    """Return the lines under a box's shape; boxes of older runs tell neither a training step's FLOPs nor bytes."""
    parameters, flops = box.get("parameters") or 0, box.get("flops") or 0
    lines = [
        f"{text.short(parameters)} parameters" if parameters else "no parameters",
        f"{text.short(flops)} FLOPs" if flops else "no FLOPs counted",
    ]
    lines += [f"{text.short(box['training_flops'])} to train"] if box.get("training_flops") else []
    return lines + ([f"{text.short(box['bytes'])}B moved"] if box.get("bytes") else [])


def shares(line):
    """Return the share of each box in the FLOPs of a training step, or of a forward pass where no step was counted."""
    spent = [box.get("training_flops") or box.get("flops") or 0 for box in line]
    return [one / max(sum(spent), 1) for one in spent]


def pictures(run):
    """Return the line as a picture of its own; the page draws it in HTML."""
    if not run.line:
        return []
    said = " → ".join(f"{name_of(run, b)} ({b.get('made')})" for b in run.line)
    return [style.Picture("line", f"The production line: {said}.", lambda theme: draw(run, theme), file_only=True)]


def draw(run, theme):
    """Draw the boxes left to right, MAX_ACROSS to a row."""
    from math import ceil

    across, down = min(len(run.line), MAX_ACROSS), ceil(len(run.line) / MAX_ACROSS)
    width, height = across * (WIDTH + GAP) + GAP, down * (HEIGHT + GAP) + GAP + 30
    figure, axes = style.canvas(width, height)
    names, parts = style.drawable([name_of(run, b) for b in run.line], 21), shares(run.line)
    for i, box in enumerate(run.line):
        left, top = GAP + i % MAX_ACROSS * (WIDTH + GAP), GAP + i // MAX_ACROSS * (HEIGHT + GAP)
        draw_box(axes, box, names[i], left, top, theme, parts[i])
        if i:
            axes.text(
                left - GAP / 2,
                top + HEIGHT / 2,
                "→",
                ha="center",
                va="center",
                color=theme.muted,
                fontsize=11,
            )
    for i, (shade, dash, said) in enumerate(((theme.hand, "--", "made by hand"), (theme.learned, "-", "learned"))):
        patch(axes, GAP + 150 * i, height - 28, 26, 14, shade, dash, theme, 4)
        axes.text(GAP + 150 * i + 34, height - 21, said, va="center", fontsize=9, color=theme.muted)
    return figure


def draw_box(axes, box, name, left, top, theme, share):
    """Draw one box with its role, name, shape, costs, and a bar for its share in them."""
    shade, dash = (theme.learned, "-") if is_learned(box) else (theme.hand, "--")
    patch(axes, left, top, WIDTH, HEIGHT, shade, dash, theme, 9)
    inside = left + 11
    axes.text(inside, top + 17, box.get("role", ""), fontsize=8, color=theme.muted, va="center")
    axes.text(inside, top + 37, name, fontsize=9.5, fontweight="bold", va="center")
    axes.text(inside, top + 72, style.cut(box.get("output_shape", ""), 27), fontsize=8, va="center")
    for i, said in enumerate(costs(box)):
        axes.text(inside, top + 91 + 19 * i, said, fontsize=8, color=theme.muted, va="center")
    if share:
        axes.plot([inside, inside + share * (WIDTH - 22)], [top + HEIGHT - 13] * 2, color=shade, linewidth=4,
                  solid_capstyle="butt")


def patch(axes, left, top, width, height, shade, dash, theme, radius):
    """Add a rounded rectangle, tinted and outlined in `shade`; dashed means made by hand."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import FancyBboxPatch

    tint = [0.12 * a + 0.88 * b for a, b in zip(to_rgb(shade), to_rgb(theme.background))]
    axes.add_patch(
        FancyBboxPatch(
            (left, top),
            width,
            height,
            boxstyle=f"round,pad=0,rounding_size={radius}",
            facecolor=tint,
            edgecolor=shade,
            linestyle=dash,
            linewidth=1.2,
        )
    )


def html(run):
    """Return the line as boxes that wrap with the page."""
    left, right = text.pair(run.get("pair"))
    items = [f'<li class="end">{escape(left)}</li>'] if left else []
    for box, share in zip(run.line, shares(run.line)):
        spent = "".join(f'<span class="cost">{escape(said)}</span>' for said in costs(box))
        bar = f'<span class="share" title="{share:.0%}" style="width: {100 * share:.1f}%"></span>' if share else ""
        items.append(
            f'<li><div class="box {"learned" if is_learned(box) else "hand"}">'
            f'<span class="role">{escape(box.get("role", ""))} · {escape(box.get("made", ""))}</span>'
            f"<strong>{escape(name_of(run, box))}</strong>"
            f'<span class="shape">{escape(box.get("output_shape", ""))}</span>'
            f'{spent}{bar}</div></li>'
        )
    items += [f'<li class="end">{escape(right)}</li>'] if right else []
    return f'<ol class="line">{"".join(items)}</ol>'


def section(run, shown):
    """Return the legend, the line, and why each box is what it is."""
    if not run.line:
        return ""
    key = (
        '<ul class="key"><li><span class="hand"></span>made by hand</li>'
        '<li><span class="learned"></span>learned from data</li></ul>'
    )
    why = [(name_of(run, b), b.get("made"), b.get("why") or b.get("what")) for b in run.line]
    reasons = table(["box", "made", "what it does, and why"], why) if any(said for *_, said in why) else ""
    total = sum(b.get("parameters") or 0 for b in run.line if is_learned(b))
    learned = sum(is_learned(b) for b in run.line)
    lead = (f"{learned} of {len(run.line)} boxes are learned, with {text.count(total)} parameters in all. The bar in a "
            "box is its share of all FLOPs; what one example costs is counted.")
    return block("line", "The production line", key, html(run), reasons, lead=lead)

"""Dependency trees with mistakes: the answer's arcs above the words, the right ones below them where it was wrong."""

import unicodedata

from recipes.pictures.markup import block, escape, folded

AT_ONCE = 6  # what is shown at first; the rest opens with a click
STEP = 24  # pixels between arcs that lie above each other
APART = 5  # pixels between arcs that leave a word to either side
KINDS = {"": "right", " wrong": "✗ its answer", " right": "✓ the truth"}  # of arcs, by their class in the page


def pictures(run):
    """Return nothing: trees are drawn in the page itself, where their words can be read and copied."""
    return []


def section(run, shown):
    """Return the sentences as the run kept them, the surest mistakes first."""
    found = [tree(one) for one in run.evidence.get("trees") or ()]
    if not found:
        return ""
    lead = "Sentences with the arcs that the model was surest of and that are wrong. An arrow leads from head to word."
    rest = folded(f"{len(found) - AT_ONCE} more sentences", "\n".join(found[AT_ONCE:]))
    return block("trees", "Trees with mistakes", key(), *found[:AT_ONCE], rest, lead=lead)


def key():
    """Return what the colours of arcs mean."""
    line = '<li><svg width="34" height="12" aria-hidden="true"><path class="arc{}" d="M0 6H34"/></svg> {}</li>'
    return '<ul class="key">' + "".join(line.format(*kind) for kind in KINDS.items()) + "</ul>"


def tree(one):
    """Return one sentence as SVG: the answer above the words, and the truth below them where that was wrong.

    Args:
        one: a dict of lists with an entry for each word: words, heads, relations, true_heads, true_relations and
            confidence.
    """
    above, below = arcs_of(one)
    high, deep = levels_of(above), levels_of(below)
    places, width = places_of(one["words"], above + below)
    base = 20 + STEP * max(high)
    drawn = [drawing(arc, level, places, base, -1) for arc, level in zip(above, high)]
    drawn += [drawing(arc, level, places, base + 30, 1) for arc, level in zip(below, deep)]
    words = [f'<text x="{x:.0f}" y="{base + 20}">{escape(w)}</text>' for x, w in zip(places[1:], one["words"])]
    return (
        f'<div class="tree scroll"><svg width="{width:.0f}" height="{base + 46 + STEP * max(deep, default=0)}" '
        f'role="img" aria-label="{escape(said(one))}">{"".join(drawn + words)}</svg></div>'
    )


def arcs_of(one):
    """Return (word, head, what stands on the arc, its kind) of the answer, and of the truth where that is another."""
    above, below = [], []
    rows = zip(one["heads"], one["relations"], one["true_heads"], one["true_relations"], one["confidence"])
    for i, (head, relation, true_head, true, sure) in enumerate(rows, 1):
        if (head, relation) == (true_head, true):
            above.append((i, head, relation, ""))
        else:
            above.append((i, head, f"✗ {relation} {100 * sure:.0f}\u00a0%", " wrong"))
            below.append((i, true_head, f"✓ {true}", " right"))
    return above, below


def levels_of(arcs):
    """Return how far from the words each arc lies, from 1: beyond all shorter ones that it would meet."""
    ends = [(min(word, head), max(word, head)) if head else (word - 0.5, word + 0.5) for word, head, _, _ in arcs]
    levels = {}
    for i in sorted(range(len(arcs)), key=lambda i: ends[i][1] - ends[i][0]):
        met = [level for j, level in levels.items() if ends[j][0] < ends[i][1] and ends[i][0] < ends[j][1]]
        levels[i] = 1 + max(met, default=0)
    return [levels[i] for i in range(len(arcs))]


def places_of(words, arcs):
    """Return the middle of each word, the root's first, and the width of all: wide enough for words and short arcs."""
    between = {}  # what must fit between a word and the one before
    for word, head, mark, _ in arcs:
        if head and abs(word - head) == 1:
            between[max(word, head)] = max(room(mark, 7.4), between.get(max(word, head), 0))
    above = {word: room(mark, 7.4) for word, head, mark, _ in arcs if not head}
    places, edge = [0.0], 0.0
    for i, word in enumerate(words, 1):
        half = 9 + max(room(word, 8.8), above.get(i, 0), 16) / 2
        middle = max(edge + half, places[-1] + between.get(i, 0) + 16)
        places.append(middle)
        edge = middle + half
    return places, edge + 16


def room(text, size):
    """Return about how many pixels a text takes; letters of East Asia are wider."""
    return sum(size * (1.8 if unicodedata.east_asian_width(letter) in "WF" else 1) for letter in text)


def drawing(arc, level, places, edge, side):
    """Return one arc: from the head away from the words, across, and back to the word; the root's straight.

    Args:
        arc, level: see `arcs_of` and `levels_of`.
        places: the middle of each word.
        edge: where arcs meet the words.
        side: -1 above the words, 1 below.
    """
    word, head, mark, kind = arc
    far, x, turn = edge + side * STEP * level, places[word], -6 * side
    tip = f'<path class="tip{kind}" d="M{x:.0f} {edge - 4 * side}l-4 {8 * side}h8z"/>'
    line, middle = f"M{x:.0f} {far}V{edge}", x
    if head:
        way = 1 if head < word else -1
        begin, middle = places[head] + way * APART, (places[head] + x) / 2
        line = (f"M{begin:.0f} {edge}V{far + turn}q0 {-turn} {6 * way} {-turn}H{x - 6 * way:.0f}"
                f"q{6 * way} 0 {6 * way} {turn}V{edge}")
    label = f'<text class="on{kind}" x="{middle:.0f}" y="{far + 4}">{escape(mark)}</text>'
    return f'<path class="arc{kind}" d="{line}"/>{tip}{label}'


def said(one):
    """Return the sentence and its mistakes in words."""
    words = ["the root", *one["words"]]
    wrong = [f"{words[i]} hangs from {words[head]} as {relation}, in truth from {words[true_head]} as {true}"
             for i, (head, relation, true_head, true) in enumerate(
                 zip(one["heads"], one["relations"], one["true_heads"], one["true_relations"]), 1)
             if (head, relation) != (true_head, true)]
    return f"{' '.join(one['words'])}: {'; '.join(wrong) or 'all right'}."

"""Dependency trees as people write them: "head:relation|TAG", CoNLL-U, drawings; and what is wrong with one.

Heads count words from 1 and are 0 for the root.
"""
import re

ROOT = "root"


def parts(y):
    """Return the (head, relation, tag) of each word of a raw tree, strings; the tag is "" where none is given."""
    texts = (text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text) for text in y)
    arcs = (text.partition("|")[::2] for text in texts)
    return [(*arc.partition(":")[::2], tag) for arc, tag in arcs]


def problems(y, length=None):
    """Yield (found, expected, fix) for a raw tree whose heads are not as many as the words, or are no tree."""
    heads = [head for head, _, _ in parts(y)]
    if length is not None and length != len(heads):
        yield f"{length} words and {len(heads)} heads", "as many heads as words", "give each word one head"
        return
    wrong = [(i, head) for i, head in enumerate(heads, 1)
             if not re.fullmatch("[0-9]{1,6}", head) or int(head) > len(heads)]
    for i, head in wrong:
        yield f"head {head!r} of word {i}", f"a number from 0 to {len(heads)}", "correct the head"
    if wrong:
        return
    heads = [int(head) for head in heads]
    roots = [str(i) for i, head in enumerate(heads, 1) if head == 0]
    if len(roots) > 1:
        yield f"{len(roots)} roots (words {', '.join(roots[:5])})", "one word with head 0", "choose one root"
    cycle = cycle_of(heads)
    if cycle:
        yield f"a cycle ({' → '.join(map(str, [*cycle, cycle[0]]))})", "heads that lead to the root", "correct a head"
    elif not roots:
        yield "no words", "one word with head 0", "leave the example out"


def cycle_of(heads):
    """Return the words of the first cycle, each followed by its head, or None."""
    done = set()
    for start in range(1, len(heads) + 1):
        path, word = [], start
        while word and word not in done:
            done.add(word)
            path.append(word)
            word = heads[word - 1]
        if word in path:
            return path[path.index(word):]
    return None


def conllu(words, heads, relations, tags=None):
    """Return a sentence in CoNLL-U (https://universaldependencies.org/format.html), its tree drawn in comments."""
    text = "# text = " + " ".join(words)
    drawn = ["# " + line for line in drawing(words, heads, relations)]
    rows = ["\t".join((str(i), word, "_", tag, "_", "_", str(head), relation, "_", "_"))
            for i, (word, tag, head, relation) in enumerate(zip(words, tags or "_" * len(words), heads, relations), 1)]
    return "\n".join([text, *drawn, *rows, ""])


def drawing(words, heads, relations):
    """Return a line for each word: further right the further from the root, joined to its head by a rule.

    Where arcs cross, rules cross ("┼") or are interrupted.
    """
    depths = [_depth(i, heads) for i in range(1, len(heads) + 1)]
    reach = {}  # head → the first and the last line of its rule
    for i, head in enumerate(heads, 1):
        low, high = reach.get(head, (head, head))
        reach[head] = min(low, i), max(high, i)
    return [_line(i, heads, depths, reach) + f" {word} {relation}"
            for i, (word, relation) in enumerate(zip(words, relations), 1)]


def _depth(word, heads):
    depth = 0
    while heads[word - 1]:
        word, depth = heads[word - 1], depth + 1
    return depth


def _line(i, heads, depths, reach):
    """Return the rules in front of word i: those of the heads that it stands between, its own arc, its own rule."""
    head, depth = heads[i - 1], depths[i - 1]
    cells = []
    for column in range(depth):
        passing = [h for h, (low, high) in reach.items() if h and depths[h - 1] == column and low < i < high]
        if column < depth - 1:
            cells.append("│ " if passing else "  ")
        else:
            low, high = reach[head]
            others = [h for h in passing if h != head]
            cells.append(("┼" if others else "┌" if i == low else "└" if i == high else "├") + "─")
    low, high = reach.get(i, (i, i))
    return "".join(cells) + ("┤" if low < i < high else "┘" if low < i else "┐" if high > i else "─")

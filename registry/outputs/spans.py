"""Spans in tags: B-x begins a span of kind x, I-x continues it, anything else stands outside.

Ramshaw & Marcus 1995 (https://aclanthology.org/W95-0107); spans are counted as conlleval counts them.
"""
import itertools


def follows(before, name):
    """Return whether `name` may come after `before` (None at the start): I-x needs B-x or I-x before it."""
    return not name.startswith("I-") or (before is not None and before in ("B-" + name[2:], "I-" + name[2:]))


def allowed(names, scheme):
    """Return which name may follow which, nested tuples (K, K) of bool, and which may start, (K,); else None."""
    if scheme is None:
        return None, None
    return (tuple(tuple(follows(a, b) for b in names) for a in names), tuple(follows(None, b) for b in names))


def repaired(tags, scheme):
    """Return the tags with B- for each I- that continues nothing."""
    if scheme is None:
        return tags
    legal = []
    for name in tags:
        legal.append(name if follows(legal[-1] if legal else None, name) else "B-" + name[2:])
    return legal


def spans(tags):
    """Return the spans of a list of tags as (kind, first, last), both ends included.

    An I- that continues nothing begins a span, as in conlleval.
    """
    found = []
    for i, name in enumerate(tags):
        if name[:2] not in ("B-", "I-"):
            continue
        open_span = found and found[-1][2] == i - 1 and found[-1][0] == name[2:] and name[0] == "I"
        if open_span:
            found[-1] = (name[2:], found[-1][1], i)
        else:
            found.append((name[2:], i, i))
    return found


def stretches(values):
    """Return (value, first, end) of each stretch of one value in a sequence; `end` is the place behind it."""
    found, first = [], 0
    for value, same in itertools.groupby(values):
        end = first + sum(1 for _ in same)
        found.append((value, first, end))
        first = end
    return found

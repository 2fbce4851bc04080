"""What the writers of evidence share."""

KEPT = 64  # mistakes, or texts


def values_of(raw, wanted):
    """Return {place: raw x} of the wanted places in a split."""
    return {i: x for i, (x, _) in enumerate(raw.as_numpy_iterator()) if i in wanted}


def text_of(value):
    """Return a raw word sequence as one string."""
    words = value if getattr(value, "ndim", 0) else [value]
    return " ".join(w.decode("utf-8", "replace") for w in words)


def scores(names, hits, said, true):
    """Return {name: precision, recall, f1 and support} for counts (K,) of each name."""
    return {name: {"precision": hits[i] / max(said[i], 1), "recall": hits[i] / max(true[i], 1),
                   "f1": 2 * hits[i] / max(said[i] + true[i], 1), "support": int(true[i])}
            for i, name in enumerate(names)}

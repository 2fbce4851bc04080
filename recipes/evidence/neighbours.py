"""Evidence of word vectors: the nearest words of some, and a map of them.

Shown are those of the frequent words that tell most about what stands near them, which leaves out "the" and "of".
"""
from recipes import folder as folders

COMPARED, FREQUENT = 1500, 500  # words among which are the nearest, and those shown: vectors of rare ones are chance
SHOWN, NEAREST, MAPPED, GROUPS = 24, 8, 150, 5
SHORTEST = 3  # letters


def write(folder, framing, answers, raw, model):
    """Write the evidence; see `recipes.evidence.write`."""
    try:
        words, vectors = framing.inputs.vectors(model)
    except ValueError:  # it looks words up, or hashes them
        folders.write_json(folder / "evidence.json", {"names": []})
        return
    words, vectors = words[:COMPARED], vectors[:COMPARED]
    telling = _telling(framing, model, words[:FREQUENT])
    shown = [{"word": words[i], "near": near} for i, near in zip(telling, nearest(words, vectors, telling[:SHOWN]))]
    folders.write_json(folder / "evidence.json", {
        "names": [], "nearest": shown, "map": mapped([words[i] for i in telling[:MAPPED]], vectors[telling[:MAPPED]])})


def _telling(framing, model, words):
    """Return the places of words, those first whose neighbours differ most from those of any word: by the divergence
    (Kullback & Leibler 1951) of the model's probabilities from how frequent the names are."""
    import numpy as np
    from scipy.special import log_softmax

    places = np.array([i for i, word in enumerate(words) if len(word) >= SHORTEST and word.isalpha()], int)
    likely = log_softmax(np.asarray(model({"word": places.astype("int32") + 1}, training=False), "float64"), axis=-1)
    divergence = (np.exp(likely) * (likely - framing.outputs.prior)).sum(-1)
    return places[np.argsort(-divergence, kind="stable")]


def nearest(words, vectors, places):
    """Return for each of some places of the words the nearest others, a list of (word, cosine)."""
    import numpy as np

    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    found = []
    for place in places:
        cosine = unit @ unit[place]
        cosine[place] = -2
        found.append([(words[i], round(float(cosine[i]), 3)) for i in np.argsort(-cosine)[:NEAREST]])
    return found


def mapped(words, vectors):
    """Return words on a map, a list of dicts with word, x, y and group: t-SNE (van der Maaten & Hinton 2008,
    https://www.jmlr.org/papers/v9/vandermaaten08a.html) of the cosines, and k-means groups of them."""
    import numpy as np
    from sklearn.cluster import KMeans
    from sklearn.manifold import TSNE

    if len(words) < 3 * GROUPS:
        return []
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    places = TSNE(perplexity=min(12, len(words) / 4), metric="cosine", init="random", random_state=0
                  ).fit_transform(unit)
    groups = KMeans(GROUPS, n_init=4, random_state=0).fit_predict(unit)
    return [{"word": word, "x": round(float(x), 3), "y": round(float(y), 3), "group": int(group)}
            for word, (x, y), group in zip(words, places, groups)]

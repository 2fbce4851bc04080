"""What others' methods reach on the recipe clicks: popularity, item-kNN, matrix factorisation, a linear autoencoder.

    python benchmarks/clicks_baselines.py

Prints recall@5, NDCG@10 and nats on the recipe's test users, one line a method, and seconds. Settings are the best on
the validation users by recall@5, of those that stand here. Scores become probabilities by a softmax over what a user
has not, after a weight for the score and one for the logarithm of the popularity, both fitted to the validation users.
"""
import time

import numpy as np


def popularity(had, popular):
    """How many users have an item."""
    yield "popularity", lambda given: np.tile(popular, (len(given), 1))


def item_knn(had, popular):
    """The sum of the cosines with a user's items (Deshpande & Karypis 2004), of all neighbours or of the nearest; its
    logarithm, which ranks alike and gives better probabilities."""
    from sklearn.metrics.pairwise import cosine_similarity

    near = cosine_similarity(had.T) * (1 - np.eye(had.shape[1]))
    for neighbours in (20, 50, had.shape[1]):
        least = np.sort(near, axis=1)[:, [-neighbours]]
        kept = np.where(near >= least, near, 0)
        yield f"item-kNN, {neighbours} neighbours", lambda given, kept=kept: np.log(given @ kept + 1e-3)


def svd(had, popular):
    """Truncated singular value decomposition (Cremonesi, Koren & Turrin 2010)."""
    from sklearn.decomposition import TruncatedSVD

    for factors in (2, 4, 8, 16, 32):
        model = TruncatedSVD(factors, random_state=0).fit(had)
        yield f"SVD, {factors} factors", lambda given, model=model: model.inverse_transform(model.transform(given))


def als(had, popular):
    """Matrix factorisation of implicit feedback by alternating least squares (Hu, Koren & Volinsky 2008)."""
    for factors in (8, 16, 32):
        for alpha, penalty in ((1, 1), (1, 10), (10, 10), (10, 100)):
            items = np.random.default_rng(0).normal(size=(had.shape[1], factors)) / factors
            for _ in range(6):
                users = solved(had, items, alpha, penalty)
                items = solved(had.T, users, alpha, penalty)
            yield (f"ALS, {factors} factors, alpha {alpha}, penalty {penalty}", lambda given, items=items, alpha=alpha,
                   penalty=penalty: solved(given, items, alpha, penalty) @ items.T)


def solved(had, others, alpha, penalty):
    """Return the vectors (N, F) of rows (N, K) that have some of K others, whose vectors are (K, F)."""
    size = others.shape[1]
    products = (others[:, :, None] * others[:, None]).reshape(len(others), -1)
    left = others.T @ others + penalty * np.eye(size) + alpha * (had @ products).reshape(-1, size, size)
    return np.linalg.solve(left, (1 + alpha) * (had @ others)[..., None])[..., 0]


def ease(had, popular):
    """A linear autoencoder without its diagonal (EASE: Steck 2019)."""
    for penalty in (10, 30, 100, 300, 1000):
        inverse = np.linalg.inv(had.T @ had + penalty * np.eye(had.shape[1]))
        weights = -inverse / np.diag(inverse) * (1 - np.eye(len(inverse)))
        yield f"EASE, penalty {penalty}", lambda given, weights=weights: given @ weights


def fitted(scores, popular, given, targets):
    """Return the weights of scores and of the logarithm of popularity with the best likelihood."""
    from scipy.optimize import minimize

    start = np.array([1 / max(scores.std(), 1e-9), 1.0])
    return minimize(lambda w: -likely(w, scores, popular, given)[np.arange(len(targets)), targets].mean(), start,
                    method="Nelder-Mead", options={"maxiter": 80}).x


def likely(weights, scores, popular, given):
    """Return log-probabilities (N, K), those of what is given next to nothing."""
    from scipy.special import log_softmax

    return log_softmax(np.where(given > 0, -1e9, weights[0] * scores + weights[1] * popular), axis=-1)


def ranked(scores, given, targets):
    """Return recall@5 and NDCG@10 of scores (N, K), without what is given; of equal ones half stand before the target.
    """
    scores = np.where(given > 0, -np.inf, scores)
    right = scores[np.arange(len(targets)), targets][:, None]
    rank = 1 + (scores > right).sum(1) + ((scores == right).sum(1) - 1) // 2
    gain = np.where(rank <= 10, 1 / np.log2(1 + rank), 0)
    return (rank <= 5).mean(), gain.mean()


def arrays(examples, places):
    """Return what is given (N, K) and the targets (N,); a target outside the catalogue is left out."""
    rows = [(x, places[y]) for x, y in examples if y in places]
    given = np.zeros((len(rows), len(places)))
    for row, (items, _) in zip(given, rows):
        row[[places[item] for item in items if item in places]] = 1
    return given, np.array([target for _, target in rows])


def main():
    """Print the figures of each method with its best setting."""
    from recipes import clicks
    from recipes.datasets.folders import Folders

    data = clicks.data(Folders())
    rows = {split: list(examples.as_numpy_iterator()) for split, examples in data.splits.items()}
    places = {item: i for i, item in enumerate(sorted({y for _, y in rows["train"]}))}
    (given, targets), validation, test = (arrays(rows[split], places) for split in ("train", "validation", "test"))
    last = given.shape[1] - 1 - given[:, ::-1].argmax(1)
    had = (given + np.eye(len(places))[targets])[targets > last]  # each user once: where the last item is held out
    popular = np.log(had.sum(0) + 0.5)
    for method in (popularity, item_knn, svd, als, ease):
        start = time.perf_counter()
        tried = [(ranked(score(validation[0]), *validation)[0], i, name, score)
                 for i, (name, score) in enumerate(method(had, popular))]
        best, _, name, score = max(tried)
        weights = fitted(score(validation[0]), popular, *validation)
        recall, gain = ranked(score(test[0]), *test)
        nats = -likely(weights, score(test[0]), popular, test[0])[np.arange(len(test[1])), test[1]].mean()
        print(f"{name}: recall@5 {recall:.4f} (validation {best:.4f}), NDCG@10 {gain:.4f}, nats {nats:.4f}  "
              f"{time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()

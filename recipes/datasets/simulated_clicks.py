"""A simulated click log whose true probabilities are known, and the places on a page that bias it.

A page shows eight advertisements to somebody, in an order that an old system chose. An advertisement is looked at with
a probability that falls with its place (the position-based model, Richardson et al. 2007,
https://doi.org/10.1145/1242572.1242643), and clicked, once looked at, at its true rate. The old system likes what is
paid for well more than what is clicked, so that good places say little about rates.
"""
PLACES, FALL = 8, 0.5  # a place k is looked at with probability k ** -FALL
ADVERTISEMENTS, ADVERTISERS, CATEGORIES, SEGMENTS, SITES, CITIES = 60, 12, 6, 8, 10, 40
NUMERIC = ("price", "days")
CATEGORICAL = ("advertisement", "advertiser", "category", "segment", "site", "device", "hour", "city")
WORLD = 2010  # the seed of the true rates


def log(count, seed, placed=True):
    """Return a log of `count` rows, the same for each seed.

    Args:
        count: rows, a multiple of 8: eight on each page.
        seed: of everything but the true rates.
        placed: by the old system; else each row is looked at, as in an experiment that shows one advertisement alone.

    Returns:
        The texts of the fields (N, 10), `NUMERIC` first, and answers (N, 3) float32: click, propensity, true rate.
    """
    import numpy as np
    from scipy.special import expit

    rng = np.random.default_rng(seed)
    fields, numbers = _pages(rng, count // PLACES)
    score, paid = _world(fields, numbers)
    rates = expit(score - 0.8)
    propensities = _propensities(rng, score, paid) if placed else np.ones(count)
    clicks = rng.random(count) < rates * propensities
    texts = [np.where(np.isnan(x), b"", np.char.mod("%.2f", x).astype("S8")) for x in numbers.values()]
    texts += [np.char.add(f"{name}-".encode(), values.astype("S4")) for name, values in fields.items()]
    return np.stack(texts, 1).astype(object), np.stack([clicks, propensities, rates], 1).astype("float32")


def _pages(rng, pages):
    """Return the categorical fields {name: (N,) int} and the numeric ones {name: (N,) float}, NaN where missing."""
    import numpy as np

    count = pages * PLACES
    fields = {"advertisement": rng.integers(ADVERTISEMENTS, size=count)}
    fields["advertiser"] = fields["advertisement"] % ADVERTISERS
    fields["category"] = fields["advertiser"] % CATEGORIES
    for name, most in (("segment", SEGMENTS), ("site", SITES), ("device", 3), ("hour", 24)):
        fields[name] = np.repeat(rng.integers(most, size=pages), PLACES)
    fields["city"] = np.repeat((CITIES * rng.random(pages) ** 3).astype(int), PLACES)  # some are large
    price = np.round(np.exp(rng.normal(2.0, 0.8, size=count)), 2)
    return fields, {"price": np.where(rng.random(count) < 0.03, np.nan, price),
                    "days": np.round(rng.exponential(20.0, size=count), 2)}


def _world(fields, numbers):
    """Return the true score of each row (N,), and how well it is paid for (N,)."""
    import numpy as np

    world = np.random.default_rng(WORLD)
    score = 0.0
    for name, most, spread in (("advertisement", ADVERTISEMENTS, 0.4), ("advertiser", ADVERTISERS, 0.4),
                               ("segment", SEGMENTS, 0.2), ("site", SITES, 0.3), ("city", CITIES, 0.05)):
        score = score + world.normal(0, spread, size=most)[fields[name]]
    taste = world.normal(size=(SEGMENTS, 2)) @ world.normal(0, 0.6, size=(2, CATEGORIES))  # who likes what
    score = score + taste[fields["segment"], fields["category"]]
    habit = 0.5 * np.sin(2 * np.pi * (fields["hour"] / 24 + fields["device"] / 3))  # telephones at other hours
    bend = -0.5 * (np.log(numbers["price"]) - 2.0) ** 2  # neither cheap nor dear
    score = score + habit + np.nan_to_num(bend, nan=-0.3) - 0.4 * np.log1p(numbers["days"]) + 0.9
    return score, world.normal(size=ADVERTISEMENTS)[fields["advertisement"]]


def _propensities(rng, score, paid):
    """Return how likely each row is looked at (N,): by its rank on its page in the old system's opinion."""
    import numpy as np

    opinion = (0.3 * score + paid + 0.3 * rng.normal(size=len(score))).reshape(-1, PLACES)
    place = np.argsort(np.argsort(-opinion, 1), 1).ravel()
    return (1.0 + place) ** -FALL

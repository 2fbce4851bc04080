"""Which area of a web site a user visited too, given the others: click log → distribution over items.

Anonymous Microsoft Web Data (Breese, Heckerman & Kadie 1998, https://arxiv.org/abs/1301.7363): which of 294 areas of
www.microsoft.com 37,711 users visited in a week of 1998, in no order; UCI's split of users, a tenth of the training
users validate. All but one: of each test user with two areas or more one is held out, chosen by a hash, and the others
are given; what is given cannot be the answer. In training every area of a user is held out once. `recall_at_5` is how
often the held-out area is among the five likeliest, `nats` its surprise; the majority baseline is the popularity of
areas, the shallow model item-kNN. `python benchmarks/clicks_baselines.py` measures others, matrix factorisation too.

    python -m recipes run clicks
    python -m recipes run clicks --architecture sasrec
    python -m recipes predict clicks "/msdownload /windows"

Measured: test recall_at_5 70.23 % (68.72 to 71.65), shallow 64.64 % (62.99 to 66.12),
better than the shallow model (p ≤ 0.001); 59 s, 12 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import ClickItems, Framing, NextItem

DATASET = "msweb"
TARGET = 0.63  # what item-kNN reaches in the benchmark, more than popularity and matrix factorisation


def data(folders):
    """Return the areas that are given of each user, and the one held out."""
    from recipes.datasets.prepare import prepared
    from recipes.datasets.visits import held_out

    builder, users, titles = prepared(DATASET, folders), {"train": [], "test": []}, {}
    for split, found in users.items():
        for batch in builder.as_dataset(split=split).ragged_batch(4096):
            for user, *both in zip(batch["user"].numpy(), batch["areas"].to_list(), batch["titles"].to_list()):
                areas, called = ([text.decode() for text in row] for row in both)
                found.append((user.decode(), areas))
                titles |= zip(areas, called)
    record = {"source": "tfds", "name": builder.info.full_name, "folder": str(builder.data_dir), "by": "the publisher",
              "titles": titles}
    return held_out(builder.info.full_name, users, False, record)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="clicks", data="UCI Anonymous Microsoft Web Data", metric="recall_at_5",
        framing=Framing(ClickItems(items=(), embedding=256), NextItem(names=())),
        architecture="autoencoder", epochs=12, batch_size=256, learning_rate=4e-3, ema=0.99, keep="last", target=TARGET)

"""Users with their items, as examples: what a user is given, and one item that was held out."""
from recipes.datasets.cutting import cut, hash_of, hashes_of
from recipes.datasets.source import SPLITS, Data
from registry.errors import UserError

SHARE = 0.1


def held_out(name, users, ordered, record):
    """Return `Data` whose raw x are the items (T,) that a user is given and whose y is the one held out.

    Validation and test ask once of each user with two items or more: of a set an item chosen by hash (all but one:
    Breese, Heckerman & Kadie 1998, https://arxiv.org/abs/1301.7363), of a sequence the last. Training asks for each
    item of a set once, given all others, and for each item of a sequence, given what came before: a user of n items is
    n examples, or n - 1. Among users of n items every item is held out as often as it would be by chance, so that what
    is likely given the others is the same as in the test. A user with one item has nothing to tell and is left out.

    Args:
        name: of the data.
        users: split → list of (user, items), strings; splits that are missing are cut from train, a tenth of its users
            each, by their hash.
        ordered: the items of a user are a sequence, else a set.
        record: what is to be recorded besides the splits.

    Raises:
        UserError: a split in which no user has two items.
    """
    from registry import ClickItems, Framing, NextItem

    by = dict.fromkeys(users, record.pop("by", "its own file"))
    users, splits, counts, told = _cut(users, name), {}, {}, {}
    for split in SPLITS:
        several = [(user, items) for user, items in users[split] if len(items) > 1]
        if not several:
            raise UserError(f"{name}: {split} has {len(users[split])} users, none with two items or more: expected "
                            f"some, since one item is held out and the others are given.")
        rows = [row for user, items in several for row in _examples(user, items, ordered, split == "train")]
        splits[split], counts[split] = _dataset(rows), len(rows)
        told[split] = {"by": by.get(split, f"hash of the user, {SHARE:.0%}"), "examples": len(rows),
                       "users": len(users[split]), "users_with_one_item_left_out": len(users[split]) - len(several)}
    framing = Framing(ClickItems(items=(), ordered=ordered), NextItem(names=(), exclude=not ordered))
    return Data(name, framing, splits, counts, {**record, "splits": told})


def _cut(users, name):
    """Return the users of every split."""
    missing = [split for split in SPLITS if split not in users]
    if not missing:
        return users
    masks = cut(hashes_of(user.encode() for user, _ in users["train"]), dict.fromkeys(missing, SHARE), name)
    return users | {split: [row for row, on in zip(users["train"], mask) if on] for split, mask in masks.items()}


def _examples(user, items, ordered, every):
    """Yield (items that are given, the one held out) of a user: once, or as often as it can be asked."""
    if ordered:
        places = range(1, len(items)) if every else [len(items) - 1]
        yield from ((items[:place], items[place]) for place in places)
        return
    chosen = items if every else [min(items, key=lambda item: hash_of(f"{user}\n{item}".encode()))]
    yield from (([item for item in items if item != one], one) for one in chosen)


def _dataset(rows):
    import tensorflow as tf

    given = tf.RaggedTensor.from_row_lengths([item for items, _ in rows for item in items], [len(x) for x, _ in rows])
    pairs = tf.data.Dataset.from_tensor_slices((given, [item for _, item in rows]))
    return pairs.map(lambda x, y: (tf.ensure_shape(tf.convert_to_tensor(x), (None,)), y)).apply(
        tf.data.experimental.assert_cardinality(len(rows)))

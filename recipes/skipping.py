"""Bad examples left out with --skip-bad, and which these were, so that a resumed run leaves out the same."""
from dataclasses import replace

from recipes import recipe as recipes_recipe
from registry.errors import UserError


def skipping(source, data, recipe):
    """Return (source, data) without the bad examples where the source says "skip_bad", else both as they are.

    The source then keeps under "skipped" the places of these examples in each split, for `without`; the data's record
    tells what was wrong with them.

    Args:
        source: the dict that says where the data came from.
        data: `Data`, raw.
        recipe: the `Recipe` as it will be run: its framing and architecture decide what is bad.

    Raises:
        UserError: a split has no other examples.
    """
    from recipes.check import errors_of

    if not source.get("skip_bad"):
        return source, data
    found = errors_of(data, recipe.framing, recipes_recipe.stride(recipe))
    places = {split: sorted(bad) for split, bad in found.items() if bad}
    if not places:
        return source, data
    told = [str(bad).removeprefix("error: ") for split in places for bad in found[split].values()]
    data = without(data, places)
    record = {**data.record, "skipped": [*data.record.get("skipped", ()), *told]}
    return source | {"skipped": places}, replace(data, record=record)


def without(data, places):
    """Return `Data` without the examples at some places.

    Args:
        data: `Data`, raw.
        places: for some splits the places (from 0) of the examples to leave out.

    Raises:
        UserError: a split has no other examples.
    """
    import numpy as np

    from recipes.datasets.folds import only

    splits, counts = dict(data.splits), dict(data.counts)
    for split, bad in places.items():
        mask = np.ones(counts[split], bool)
        mask[bad] = False
        if not mask.any():
            raise UserError(f"all {counts[split]} examples of split {split} are bad: `check` without --skip-bad tells "
                            f"what is wrong with each.")
        splits[split], counts[split] = only(splits[split], mask), int(mask.sum())
    return replace(data, splits=splits, counts=counts)

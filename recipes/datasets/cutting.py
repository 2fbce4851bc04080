"""Splits cut by the hash of the input, so that equal inputs never stand on both sides of a cut."""
import hashlib

from registry.errors import UserError

NUM_BUCKETS = 10_000
FEW = 500  # different examples
MANY = 20_000  # from here on 5 % are enough to validate on


def hash_of(data):
    """Return a 63-bit hash of bytes, the same on every machine and in every run."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big") >> 1


def hashes_of(values):
    """Return the hashes (N,) int64 of inputs as bytes."""
    import numpy as np

    return np.array([hash_of(value) for value in values], "int64")


def share_of(count):
    """Return the share of a training split with `count` examples that is cut off for validation or test."""
    return 0.05 if count >= MANY else 0.1


def cut(hashes, shares, what):
    """Return name → boolean mask (N,): the parts named in `shares`, and "train" for what is left.

    Where an example falls depends on its own hash alone, so that it stays there when the data grows. With few
    examples chance would give parts of very unequal size: there it is the rank of the hash.

    Args:
        hashes: (N,) int64, of the inputs.
        shares: name → share between 0 and 1.
        what: the name of the data, for messages.

    Raises:
        UserError: fewer different inputs than parts.
    """
    import numpy as np

    hashes = np.asarray(hashes, "int64")
    distinct, rank = np.unique(hashes, return_inverse=True)
    if len(distinct) >= FEW:
        return _between(hashes % NUM_BUCKETS / NUM_BUCKETS, shares)
    if len(distinct) <= len(shares):
        parts = ", ".join(("train", *shares))
        raise UserError(f"{what} has {len(distinct)} different examples, too few to cut into {parts}: "
                        f"add examples, or give files for each split.")
    smallest = 1 / len(distinct)
    return _between((rank + 0.5) / len(distinct), {name: max(share, smallest) for name, share in shares.items()})


def _between(positions, shares):
    """Return masks of positions in [0, 1): the shares one after the other, then "train"."""
    masks, start = {}, 0.0
    for name, share in shares.items():
        masks[name] = (positions >= start) & (positions < start + share)
        start += share
    return {"train": positions >= start, **masks}

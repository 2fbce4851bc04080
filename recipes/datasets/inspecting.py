"""Look at every file before anything is trained; what is bad is told, or left out where that is asked for."""
from concurrent.futures import ThreadPoolExecutor

from registry.errors import UserError


def inspected(files, inspect, skipped=None):
    """Return (places, what was found) of files: the places (N',) of the good ones, and what `inspect` gave for each.

    Args:
        files: N paths.
        inspect: function of a path that raises UserError for a bad file.
        skipped: a list that takes what is wrong with bad files, which are then left out; None raises the first one.
    """
    def told(file):
        try:
            return inspect(file)
        except UserError as error:
            if skipped is None:
                raise
            return error

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(told, files))
    good = [i for i, one in enumerate(found) if not isinstance(one, UserError)]
    if skipped is not None:
        skipped += [str(one) for one in found if isinstance(one, UserError)]
    if files and not good:
        raise UserError(f"all {len(files)} files are bad, such as: {found[0]}")
    return good, [found[i] for i in good]

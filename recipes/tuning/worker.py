"""One process of a search in several: ``python -m recipes.tuning.worker FOLDER WORKERS``, begun by `tune`.

KERASTUNER_TUNER_ID says whether it is keras-tuner's chief, which samples, or a worker, which trains.
"""
import os
import sys
import threading


def main():
    """Run until the search is done; exit status 0, 2 for a user's mistake, 130 where it was stopped."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    from recipes.distributed.cluster import ALONE
    from recipes.tuning import search, searching
    from registry.errors import UserError

    try:
        found = search.read(sys.argv[1])
        trains = os.environ["KERASTUNER_TUNER_ID"] != "chief"
        searching.work(found, found.cluster() if trains else ALONE, int(sys.argv[2]))
    except KeyboardInterrupt as error:
        print(f"stopped: {error}", flush=True)
        sys.exit(130)
    except UserError as error:
        print(f"error: {error}", flush=True)
        sys.exit(2)


def _die_with_parent():
    """End where the process that began this one is gone, which closes standard input: a search that was killed leaves
    nothing behind that would go on writing."""
    os.read(0, 1)  # raw: a buffered reader would hold a lock when Python ends
    os._exit(1)


if __name__ == "__main__":
    main()

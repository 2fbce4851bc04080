"""The trials of a search, run in this process; the same serves keras-tuner's chief and its workers."""
import os
import shutil

from recipes.distributed.cluster import ALONE
from recipes.tuning import budget as budgets
from recipes.tuning import space
from registry import quiet
from registry.errors import UserError


def within_budgets(search):
    """Raise UserError where the search's budgets are such that no sampled model fits them."""
    quiet.start()
    from recipes.tuning import oracle

    declaration = space.declared(search.candidates, search.fixed)
    budget = budgets.Budget(search, declaration)
    budget.check(oracle.fresh(search, declaration, budget).samples())


def work(search, cluster=ALONE, workers=1, clock=None, told=None):
    """Run trials until the search has all of them, or serve them to the workers where this is keras-tuner's chief.

    Args:
        search: a `Search`.
        cluster: the `Cluster` of this process.
        workers: how many processes train.
        clock: a `stopping.Clock` that ends the search, or None.
        told: function called at each trial's begin and end, or None.

    Raises:
        Interrupted: a signal came, or `stopping.TimeUp`; the running trial is saved.
        UserError: the disk is full.
    """
    quiet.start()
    from keras_tuner.errors import FatalError

    from recipes import device
    from recipes.tuning import oracle as oracles
    from recipes.tuning.trial import Trials

    role = os.environ.get("KERASTUNER_TUNER_ID", "tuner0")
    declaration = space.declared(search.candidates, search.fixed)
    budget = budgets.Budget(search, declaration)
    first = next(iter(search.candidates.values()))
    device.configure(first)
    parts = None if role == "chief" else encoded(search, role, cluster)
    try:
        asked = (oracles.fresh(search, declaration, budget) if role.startswith("worker")
                 else oracles.oracle(search, declaration, budget, workers))
        Trials(search, asked, parts, cluster, oracles.unseen(workers), clock, told).search()
    except FatalError as error:
        raise UserError(str(error)) from error


def encoded(search, role, cluster):
    """Return the function of a recipe that gives its training and validation parts: encoded once for all trials, or
    played anew by each. The test part is not touched. Raises UserError where a game is to be learned on several
    devices."""
    from recipes import pipeline, running

    data, folder, made = search.data(), search.folder / f"cache_{role}", {}
    running.playable(data, cluster)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()

    def parts(recipe):
        if data.game or not made:
            made.update({split: pipeline.part(recipe, data, split, str(folder / split))
                         for split in ("train", "validation")})
        return made

    return parts

"""A search from its beginning, or from where it stopped, to its report."""
import contextlib
import dataclasses
import fcntl
import os
import shutil
from pathlib import Path

from recipes.tuning import begin, results, tested, winner
from recipes.tuning import search as searches
from recipes.tuning.budget import read as sampled
from recipes.tuning.budget import told as refusals
from registry import quiet
from registry.errors import UserError


def conduct(search, extended, workers, test, console):
    """Search, tell what was found, and return the exit status: 1 where all trials failed.

    Args:
        search: a `Search`, new or there already.
        extended: {"trials", "minutes"} that may be others than before.
        workers: processes that train; 1 for this one.
        test: run the winner and the untuned recipe to their test figures at the end.
        console: a `rich.console.Console`.

    Raises:
        UserError, MissingData: the user's mistake, or missing data; Interrupted: a signal came.
    """
    quiet.start()
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # else it counts the models that are built
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # else this process leaves the workers no memory
    cluster = search.cluster()
    before = searches.exists(search.folder)
    search = dataclasses.replace(search, **extended)
    if not before:
        search = begin.adapted(search, console)
    console.print(f"{'going on with' if before else 'search folder:'} {search.folder}", highlight=False, soft_wrap=True)
    with _only_one(search):
        searches.write(search)
        try:
            over = _search(search, cluster, workers, console)
            return _finish(search, cluster, over, test, console)
        except KeyboardInterrupt as stop:
            again = f"go on with the same command, or `python -m recipes tune --resume {search.folder}`"
            stop.args = (f"{stop}; {again}" if str(stop) else again,)
            raise


@contextlib.contextmanager
def _only_one(search):
    """Hold the search's folder; raises UserError where another process does."""
    with (search.folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"the search in {search.folder} is running already: wait for it, or stop it.") from None
        yield


def _search(search, cluster, workers, console):
    """Run trials, in this process or in several, until there are all of them; returns whether the time ended it."""
    from recipes.tuning import progress, searching, stopping
    from recipes.tuning import workers as processes

    if not (search.folder / "oracle" / "oracle.json").exists():
        try:
            searching.within_budgets(search)
        except UserError:
            shutil.rmtree(search.folder)
            raise
    clock, told = stopping.Clock(search), progress.Progress(search, console)
    try:
        if workers > 1:
            processes.search(search, workers, clock, told, console)
        else:
            searching.work(search, cluster, 1, clock, told)
    except stopping.TimeUp as over:
        console.print(f"{over}; more --minutes go on with it", highlight=False)
        return True
    finally:
        clock.save()
    return False


def _finish(search, cluster, over, test, console):
    """Tell what was found and write what the search leaves; returns the exit status. `over`: its time is."""
    from recipes.tuning import page

    found = results.rows(search)
    results.write_csv(search, found)
    console.print(results.table(search, found))
    if out := refusals(sampled(search.folder / "sampled.jsonl")):
        console.print(f"sampled again, since they did not fit: {out}", highlight=False)
    if ended := "" if over else results.ended_early(search, found):
        console.print(ended, style="yellow", highlight=False)
    for cause, trials in results.failures(found).items():
        console.print(f"{len(trials)} failed ({', '.join(trials)}): {cause}", style="yellow", highlight=False,
                      markup=False)
    best = results.best(search, found)
    if best is None:
        page.write(search, found)
        console.print("no trial gave a value", style="bold red")
        return 1
    path = winner.write(search, best, len(found))
    if test:
        tested.both(search, best, cluster, console)
        _compare(search, console)
    console.print(f"winner: {path}, which `python -m recipes run {path}` takes", highlight=False, soft_wrap=True)
    console.print(f"report: {page.write(search, found)}", highlight=False, soft_wrap=True)
    return 0


def _compare(search, console):
    """Print the test figures of the winner and of the untuned recipe side by side."""
    from rich.table import Table

    from recipes.pictures import text

    grid = Table("recipe", f"test {text.words(search.metric)}", "95 % interval", "validation", "parameters", "run",
                 box=None, pad_edge=False, header_style="dim")
    grid.columns[-1].overflow = "fold"
    for which, metrics in tested.figures(search).items():
        figure = metrics["test"][search.metric]
        grid.add_row(which, text.value(search.metric, figure["value"]), text.interval(search.metric, figure),
                     text.value(search.metric, metrics["validation"]["value"]), text.short(metrics["parameters"]),
                     "/".join(Path(metrics["folder"]).parts[-2:]))
    console.print(grid)
    if not tested.bettered(search):
        console.print("No trial is better on validation than the untuned recipe: keep that, or go on with more "
                      "--trials.", style="yellow", highlight=False)

"""When a trial or a search ends early: the median rule, Hyperband's rungs, and the time that a search may take."""
import json
import statistics
import time

from recipes import folder as folders
from recipes.pictures.text import better
from recipes.stopping import Interrupted

FINISHED = 4  # trials that must have finished before others are measured by them
FEWEST = 0.4  # share of the epochs that every trial gets: before, while the rate is high, values tell little


class TimeUp(Interrupted):
    """The search's minutes are over; what ran is saved and goes on with the search."""


class Clock:
    """The wall time of a search over all the times that it was started, kept in clock.json."""

    def __init__(self, search):
        self.path, self.allowed = search.folder / "clock.json", search.minutes * 60
        self.before = spent(search.folder)
        self.begun = time.monotonic()

    def spent(self):
        return self.before + time.monotonic() - self.begun

    def save(self):
        folders.write_json(self.path, {"seconds": self.spent()})

    def check(self):
        """Save, and raise TimeUp where the time is over."""
        self.save()
        if self.allowed and self.spent() >= self.allowed:
            raise TimeUp(f"the {self.allowed / 60:g} minutes of the search are over")


def spent(folder):
    """Return the seconds that a search took until its clock was last saved."""
    try:
        return json.loads((folder / "clock.json").read_text())["seconds"]
    except (OSError, ValueError, KeyError):
        return 0.0


def so_far(metric, values):
    """Return the best value up to each epoch."""
    best = []
    for value in values:
        best.append(value if not best or better(metric, value, best[-1]) else best[-1])
    return best


def hopeless(metric, values, finished, epochs):
    """Return why a trial is not worth going on with, or the empty string: its best value is worse than the median of
    the finished trials' best values up to the same epoch.

    The rule is that of Golovin et al. 2017 (Google Vizier, https://doi.org/10.1145/3097983.3098043, section 3.1), on
    best values in the place of running averages.

    Args:
        metric: its name, which tells what is better.
        values: of the trial, for each epoch.
        finished: the same of each trial that was trained to its end.
        epochs: how many a whole training has.
    """
    done = len(values)
    if done < max(1, FEWEST * epochs):
        return ""
    others = [so_far(metric, one)[done - 1] for one in finished if len(one) >= done]
    if len(others) < FINISHED:
        return ""
    median, own = statistics.median(others), so_far(metric, values)[-1]
    return f"worse than the median after {done} of {epochs} epochs" if better(metric, median, own) else ""

"""keras-tuner's oracles, kept so that a kill at any moment loses nothing, and sampling only what fits the budgets, the
same whichever of several workers is faster.

keras-tuner 1.4.8 writes its files in place, saves a trial before the list that names it and forgets to save after the
last of a trial's steps: a kill in between loses the search, loses a trial or runs it twice. It samples from whatever
has ended at the moment.
"""
import contextlib

import keras_tuner
import numpy as np
from keras_tuner.engine.trial import TrialStatus

from recipes import folder as folders
from recipes.pictures.text import FALLING
from recipes.tuning import budget as budgets
from recipes.tuning import space

FACTOR = 3  # Hyperband keeps one in so many
ENDED = (TrialStatus.COMPLETED, TrialStatus.FAILED)


class Kept:
    """What is added to each of the three oracles: whole files, no trial lost or run twice, samples within budgets.

    A trial is sampled from the results of all before it but the last `unseen`, once these have ended.
    """

    budget, unseen = None, 0

    def save(self):
        folders.write_json(self._get_oracle_fname(), self.get_state())

    def _save_trial(self, trial):
        folders.write_json(f"{self._get_trial_dir(trial.trial_id)}/trial.json", trial.get_state())

    def reload(self):
        """Read the state of a killed search, and mend what was written but in part."""
        super().reload()
        # others are sampled again, to the same values; the order of files would tell in the last digits
        self.trials = {i: self.trials[i] for i in self.start_order}
        waiting = [i for i in self.start_order if self.trials[i].status not in ENDED]
        self._retry_queue = waiting[::-1]  # taken from its end
        self.end_order += [i for i in self.start_order if i not in waiting and i not in self.end_order]

    def populate_space(self, trial_id):
        seen = self.start_order[: max(0, len(self.start_order) - self.unseen)]
        statuses = [self.trials[i].status for i in seen]
        if not all(status in ENDED for status in statuses):
            return {"status": TrialStatus.IDLE}
        if statuses[-budgets.FAILURES:].count(TrialStatus.FAILED) == budgets.FAILURES:
            return {"status": TrialStatus.STOPPED}
        with self._running(set(self.trials) - set(seen)):
            response = super().populate_space(trial_id)
        if response["status"] == TrialStatus.RUNNING or self.ongoing_trials:
            return response
        return super().populate_space(trial_id)  # from all: nothing else can be sampled

    @contextlib.contextmanager
    def _running(self, names):
        """Let keras-tuner take some trials for running ones."""
        before, statuses = self.ongoing_trials, {name: self.trials[name].status for name in names}
        self.ongoing_trials = {name: self.trials[name] for name in names}
        for trial in self.ongoing_trials.values():
            trial.status = TrialStatus.RUNNING
        try:
            yield
        finally:
            self.ongoing_trials = before
            for name, status in statuses.items():
                self.trials[name].status = status

    def samples(self):
        """Yield random values that were not tried before, within the budgets or not."""
        for _ in range(budgets.TRIES):
            values = super()._random_values()
            if values is None:
                return
            self._tried_so_far.add(self._compute_values_hash(values))
            yield values

    def _random_values(self):
        """Return random values of a model within the budgets that were not tried before, or None."""
        values = next(filter(self.budget.admits, self.samples()), None)
        if values is not None:  # it may be drawn again until it is a trial
            self._tried_so_far.discard(self._compute_values_hash(values))
        return values


class Random(Kept, keras_tuner.oracles.RandomSearchOracle):
    """Random search."""


class Hyperband(Kept, keras_tuner.oracles.HyperbandOracle):
    """Hyperband (Li et al. 2018, https://jmlr.org/papers/v18/16-558.html)."""


class Bayesian(Kept, keras_tuner.oracles.BayesianOptimizationOracle):
    """Bayesian optimisation that samples the same after a kill, and the likeliest of ten random samples where the
    optimum is over budget or was tried before."""

    def populate_space(self, trial_id):
        self._random_state = np.random.RandomState((self.seed + len(self.trials)) % 2**32)
        response = super().populate_space(trial_id)
        values = response.get("values")
        if values is None or self.budget.admits(values) and not self._duplicate(values):
            return response
        drawn = [values for values in (self._random_values() for _ in range(10)) if values is not None]
        if not drawn:
            return {"status": TrialStatus.STOPPED, "values": None}
        mean, deviation = self.gpr.predict(np.array([self._vector(values) for values in drawn]), return_std=True)
        return {"status": TrialStatus.RUNNING, "values": drawn[int(np.argmin(mean - self.beta * deviation))]}

    def _vectorize_trials(self):
        """Return what the process is fitted to, (trials, dimensions) and (trials,): what running trials will give it
        guesses itself, here from the others alone, whatever it was fitted to before."""
        if self.ongoing_trials:
            ended = [one for one in self.trials.values() if one.status == TrialStatus.COMPLETED]
            sign = -1 if self.objective.direction == "max" else 1
            self.gpr.fit(np.array([self._vector(one.hyperparameters.values) for one in ended]),
                         np.nan_to_num([sign * one.score for one in ended], posinf=0, neginf=0))
        return super()._vectorize_trials()

    def _vector(self, values):
        """Return values as keras-tuner's Gaussian process takes them: (dimensions,), each from 0 to 1."""
        hp = space.of_values(self.hyperparameters, values)
        return [one.value_to_prob(values[one.name] if hp.is_active(one) else one.default)
                for one in self._nonfixed_space()]


def oracle(search, declaration, budget, workers=1):
    """Return the oracle of a search, as it was left where there was one.

    Args:
        search: the `Search`.
        declaration: its hyperparameters.
        budget: its `Budget`.
        workers: how many trials may run at a time.
    """
    made = fresh(search, declaration, budget)
    made.unseen = unseen(workers)
    made._set_project_dir(str(search.folder), "oracle")
    if (search.folder / "oracle" / "oracle.json").exists():
        made.reload()
        made.max_trials = search.trials
    made.save()
    return made


def unseen(workers):
    """Return how many of the trials before one may still run when it is sampled or judged by them: for a worker that is
    slow the others wait only where they are a whole round of trials ahead."""
    return 2 * (workers - 1)


def fresh(search, declaration, budget):
    """Return an oracle that knows of no trial and writes nothing."""
    settings = {"objective": keras_tuner.Objective(search.metric, "min" if search.metric in FALLING else "max"),
                "hyperparameters": declaration.copy(), "seed": search.seed + 1,  # keras-tuner takes 0 for no seed
                "allow_new_entries": False, "max_consecutive_failed_trials": 10**9}
    if search.tuner == "hyperband":
        epochs = max(one.epochs for one in search.candidates.values())
        made = Hyperband(max_epochs=epochs, factor=FACTOR, hyperband_iterations=10**6, **settings)
        made.max_trials = search.trials
    elif search.tuner == "bayesian":
        made = Bayesian(max_trials=search.trials, num_initial_points=max(4, search.trials // 4), **settings)
    else:
        made = Random(max_trials=search.trials, **settings)
    made.verbose, made.budget = 0, budget
    return made

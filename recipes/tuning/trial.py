"""A trial: one training of a sampled recipe by `recipes.train`, its value the recipe's metric on validation."""
import math
import shutil
import traceback

from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.errors import FailedTrialError, FatalError

from recipes import folder as folders
from recipes import width
from recipes.tuning import space, stopping
from registry.errors import UserError

STARTS = 4  # times that a trial may be begun without getting further


class Trials(BaseTuner):
    """Runs the trials of a search, in this process or in one of several.

    A trial that was killed goes on from its last checkpoint; one that had finished is not run again but told of.

    Args:
        search: the `Search`.
        oracle: of `recipes.tuning.oracle`.
        parts: function of a recipe that gives {"train", "validation"} as `pipeline.Encoded`.
        cluster: the `Cluster` that trains.
        unseen: the last so many trials before one are not what it is judged by.
        clock: a `stopping.Clock`, or None where another process looks at it.
        tell: function called at each trial's begin and end, or None.
    """

    def __init__(self, search, oracle, parts, cluster, unseen, clock=None, tell=None):
        self.search_, self.parts, self.cluster = search, parts, cluster
        self.unseen, self.clock, self.tell = unseen, clock, tell
        self.declaration = oracle.get_space()
        super().__init__(oracle, directory=str(search.folder), project_name="oracle")

    def _get_tuner_fname(self):
        return str(self.search_.folder / "oracle" / "nothing")  # the oracle has all, and was read already

    def save(self):
        if not self._is_worker():
            self.oracle.save()

    def pre_create_trial(self):
        if self.clock:
            self.clock.check()
        if self._is_worker():
            import time

            time.sleep(0.2)  # keras-tuner asks again at once where the oracle waits for other trials

    def run_trial(self, trial):
        """Return {metric: value}; raises FailedTrialError for a training that failed, which is not tried again."""
        folder = self.search_.trial_folder(trial.trial_id)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "result.json").exists():
            self._run(trial, folder)
            if self.search_.tuner != "hyperband":  # which goes on from checkpoints
                shutil.rmtree(folder / "checkpoint", ignore_errors=True)
        result = folders.read_json(folder / "result.json")
        self._tell()
        if result["status"] == "failed":
            raise FailedTrialError(result["reason"])
        return {self.search_.metric: result["value"]}

    def _tell(self):
        if self.tell:
            self.tell()

    def _run(self, trial, folder):
        """Train, and write result.json; a disk that is full ends the search, it is no fault of the trial."""
        try:
            folders.write_json(folder / "result.json", self._result(trial, folder))
        except (OSError, UserError) as error:
            raise FatalError(str(error)) from error

    def _result(self, trial, folder):
        """Train, and return what result.json holds."""
        import keras

        values = trial.hyperparameters.values
        row = {"trial": trial.trial_id, "status": "failed", "value": None, "epochs": 0, "seconds": 0.0, "resumed": 0,
               "reason": "", "history": []}
        try:
            _count_starts(folder)
            self._tell()
            recipe = width.solved(space.recipe_of(space.of_values(self.declaration, values), self.search_.candidates,
                                                  self.search_.fixed))
            return {**row, **self._trained(recipe, values, folder)}
        except Exception as error:
            if isinstance(error, OSError) or isinstance(error.__cause__, OSError):
                raise
            (folder / "error.txt").write_text(traceback.format_exc())
            return {**row, "reason": cause(error)}
        finally:
            keras.backend.clear_session()

    def _trained(self, recipe, values, folder):
        from rich.console import Console

        from recipes import running

        reason = []
        stop = self._stop(recipe, values.get("tuner/epochs"), int(folder.name) - self.unseen, reason)
        _go_on(self.search_, values.get("tuner/trial_id"), folder)
        with (folder / "log.txt").open("a") as file:
            console = Console(file=file, width=160)
            model, told = running.alone(recipe, self.parts(recipe), folder, console, True, self.cluster, stop)
        if not math.isfinite(told["best"]):
            raise UserError(f"the validation {recipe.metric} is {told['best']}")
        history = [row[f"val_{recipe.metric}"] for row in told["history"]]
        return {"status": "stopped" if reason else "finished", "value": told["best"], "epochs": told["epochs"],
                "seconds": told["seconds"], "resumed": told["resumed"], "reason": "".join(reason), "history": history,
                "parameters": model.count_params()}

    def _stop(self, recipe, rung, before, reason):
        """Return the function of a training's state that tells before each epoch whether to stop; it adds the reason
        to the list, but for the end of Hyperband's rung, to which the trial was meant to go. A trial is judged by those
        whose numbers are less than `before`."""
        def stop(state):
            values = [row[f"val_{recipe.metric}"] for row in state["history"]]
            if rung is not None and len(values) >= rung:
                return True
            if values and self.clock:
                self.clock.check()
            if rung is None and values and self.search_.median:
                found = stopping.hopeless(recipe.metric, values, finished(self.search_, before), recipe.epochs)
                reason.extend([found] if found else [])
            return bool(reason)

        return stop


def finished(search, before):
    """Return the validation values by epoch of the trials below a number that were trained to their end."""
    found = []
    for path in sorted((search.folder / "trials").glob("*/result.json")):
        if int(path.parent.name) >= before:
            continue
        result = folders.read_json(path)
        if result["status"] == "finished":
            found.append(result["history"])
    return found


def cause(error):
    """Return why a training failed in plain words."""
    said = str(error).strip()
    if type(error).__name__ == "ResourceExhaustedError" or isinstance(error, MemoryError):
        return "out of memory: set --max-parameters, or a smaller batch_size"
    if said.startswith("the loss became"):
        return "the loss became no number: the learning rate was too high"
    first = said.splitlines()[0] if said else ""
    return first if isinstance(error, UserError) else f"{type(error).__name__}: {first[:200]}"


def _count_starts(folder):
    """Note that a trial begins; raise UserError where it was begun often and each time died at the same epoch."""
    path, log = folder / "starts.json", folder / "history.csv"
    done = max(0, len(log.read_text().splitlines()) - 1) if log.exists() else 0
    before = folders.read_json(path) if path.exists() else {"epoch": -1, "times": 0}
    times = before["times"] + 1 if before["epoch"] == done else 1
    folders.write_json(path, {"epoch": done, "times": times})
    if times > STARTS:
        raise UserError(f"its process ended {times - 1} times after epoch {done}: perhaps out of memory")


def _go_on(search, before, folder):
    """Copy the checkpoint of the trial that Hyperband goes on with, where the trial has none of its own."""
    if before is None or (folder / "checkpoint").exists():
        return
    source, partial = search.trial_folder(before) / "checkpoint", folder / "checkpoint.partial"
    if source.exists():
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(source, partial)
        partial.rename(folder / "checkpoint")

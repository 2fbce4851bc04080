"""What a search says of its trials while it runs."""
from recipes import folder as folders
from recipes.pictures import text
from recipes.tuning import results


class Progress:
    """Tells of each trial once, when it begins and when it ends, by what lies in the search's folder."""

    def __init__(self, search, console):
        self.search, self.console = search, console
        self.begun = {path.parent.name for path in search.folder.glob("trials/*/result.json")}
        self.ended = set(self.begun)

    def __call__(self):
        """Tell what is new; returns how many trials have ended."""
        for path in sorted(self.search.folder.glob("trials/*/starts.json")):
            trial = path.parent.name
            if trial not in self.begun:
                self.begun.add(trial)
                state = folders.read_json(self.search.folder / "oracle" / f"trial_{trial}" / "trial.json")
                verb = "goes on" if (path.parent / "history.csv").exists() else "begins"
                self._say(f"trial {trial} {verb}: {results.told(results.settings(state['hyperparameters']['values']))}")
            if trial not in self.ended and (path.parent / "result.json").exists():
                self.ended.add(trial)
                self._end(folders.read_json(path.parent / "result.json"))
        return len(self.ended)

    def _end(self, result):
        if result["status"] == "failed":
            return self._say(f"trial {result['trial']} failed: {result['reason']}", style="yellow")
        again = "" if self.search.tuner == "hyperband" else " after a stop"
        resumed = f", gone on with{again}" if result["resumed"] else ""
        reason = f", stopped: {result['reason']}" if result["reason"] else ""
        self._say(f"trial {result['trial']}: validation {text.words(self.search.metric)} "
                  f"{text.value(self.search.metric, result['value'])}, {result['epochs']} epochs in "
                  f"{text.seconds(result['seconds'])}{resumed}{reason}")

    def _say(self, line, style=None):
        self.console.print(line, style=style, highlight=False, markup=False, soft_wrap=True)

"""What a search found: its trials as rows, in a table, in trials.csv, and its failures by their causes."""
import csv
from collections import Counter

from recipes import folder as folders
from recipes.pictures import text
from recipes.tuning import budget, space

FIRST = ("trial", "status", "value", "epochs", "seconds", "parameters", "latency_ms", "resumed")
SHOWN = 15  # trials on the terminal


def rows(search):
    """Return a dict for each trial, in the order in which they were sampled.

    Its keys are those of FIRST, "settings" ({name: value}, the architecture among them), "values" (keras-tuner's own),
    "reason" (why it stopped or failed) and "history" (the validation value of each epoch).
    """
    order = [hp.name for hp in space.declared(search.candidates, search.fixed).space]
    looked_at = {row["key"]: row for row in budget.read(search.folder / "sampled.jsonl")}
    found = []
    for path in sorted((search.folder / "oracle").glob("trial_*/trial.json")):
        state = folders.read_json(path)
        values = state["hyperparameters"]["values"]
        values = {name: values[name] for name in sorted(values, key=lambda n: order.index(n) if n in order else -1)}
        result = search.trial_folder(state["trial_id"]) / "result.json"
        result = folders.read_json(result) if result.exists() else {"status": "unfinished", "reason": "", "history": []}
        sampled = looked_at.get(budget.key_of(values), {})
        row = {key: result.get(key) for key in FIRST} | {"reason": result["reason"], "history": result["history"]}
        found.append(row | {"trial": state["trial_id"], "settings": settings(values), "values": values,
                            "parameters": sampled.get("parameters"), "latency_ms": sampled.get("latency_ms")})
    return sorted(found, key=lambda row: int(row["trial"]))


def settings(values):
    """Return {name: value} of a trial without the names of architectures before them; "rung" is the epoch to which
    Hyperband lets it go."""
    found = {space.plain(key): space.native(value) for key, value in values.items() if not key.startswith("tuner/")}
    return found | ({"rung": values["tuner/epochs"]} if "tuner/epochs" in values else {})


def best(search, found):
    """Return the row with the best value, the earlier of equals; None where no trial has one."""
    winner = None
    for row in found:
        if row["value"] is not None and (winner is None or text.better(search.metric, row["value"], winner["value"])):
            winner = row
    return winner


def write_csv(search, found):
    """Write trials.csv, a row for each trial and a column for each setting."""
    names = list(dict.fromkeys(name for row in found for name in row["settings"]))
    path = search.folder / "trials.csv"
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*FIRST, *names, "reason"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**row, **row["settings"]} for row in found)
    partial.replace(path)
    return path


def table(search, found):
    """Return the trials as a rich Table, the best first."""
    from rich.table import Table

    winner = best(search, found)
    grid = Table("trial", text.words(search.metric), "epochs", "time", "parameters", "settings", box=None,
                 pad_edge=False, header_style="dim", title="Trials by their figure on validation", title_justify="left")
    for row in ranked(search, found)[:SHOWN]:
        trial, value, epochs, *others, _ = cells(search, row)
        ended = "" if row["status"] == "finished" else f", {row['status']}"
        grid.add_row(trial, value, epochs + ended, *others, style="bold" if row is winner else "")
    if len(found) > SHOWN:
        grid.caption = f"and {len(found) - SHOWN} more, in trials.csv"
    return grid


def ranked(search, found):
    """Return the rows, the best first and those without a value last."""
    sign = 1 if search.metric in text.FALLING else -1
    return sorted(found, key=lambda row: (row["value"] is None, sign * (row["value"] or 0.0)))


def cells(search, row):
    """Return a trial as texts: number, value, epochs, time, parameters, settings, how it ended."""
    ended = "" if row["status"] == "finished" else row["reason"] or row["status"]
    return [row["trial"], text.value(search.metric, row["value"]), text.count(row["epochs"]), text.seconds(
        row["seconds"]), text.short(row["parameters"]), told(row["settings"]), ended]


def told(values):
    """Return settings on one line, numbers with three figures."""
    return ", ".join(f"{key}={value:.3g}" if isinstance(value, float) else f"{key}={text.plain(value)}"
                     for key, value in values.items())


def counts(found):
    """Return {"finished": …, "stopped": …, "failed": …, "unfinished": …}."""
    number = Counter(row["status"] for row in found)
    return {status: number[status] for status in ("finished", "stopped", "failed", "unfinished")}


def failures(found):
    """Return {cause: names of the trials that failed by it}, the most frequent first."""
    causes = {}
    for row in found:
        if row["status"] == "failed":
            causes.setdefault(row["reason"], []).append(row["trial"])
    return dict(sorted(causes.items(), key=lambda item: -len(item[1])))


def ended_early(search, found):
    """Return why a search has fewer trials than it was to have, though none is unfinished; empty where it has all."""
    missing, number = search.trials - len(found), counts(found)
    if missing <= 0 or number["unfinished"] or not found:
        return ""
    if all(row["status"] == "failed" for row in found[-budget.FAILURES:]):
        return f"{len(found)} of {search.trials} trials: it gave up, since {budget.FAILURES} in a row failed"
    return (f"{len(found)} of {search.trials} trials: no other settings were found that were not tried before and fit "
            f"the budgets")

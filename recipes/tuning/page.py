"""The page of a search: the winner beside the untuned recipe, what was tried, what mattered and what failed."""
import dataclasses
from pathlib import Path

from recipes import page as pages
from recipes import report
from recipes.pictures import text, tuning
from recipes.pictures.markup import block, escape, folded, row, table
from recipes.tuning import budget, results, stopping, tested, winner
from registry.errors import UserError

APART = ("name", "framing", "options", "shallow", "playing", "epochs", "seed")  # told elsewhere, or not searched


def write(search, found):
    """Write report.html and pictures/*.png into a search's folder and return the path of the page.

    Args:
        search: a `Search`.
        found: its trials, of `results.rows`.

    Raises:
        UserError: the folder cannot be written.
    """
    try:
        shown = pages.shown(tuning.pictures(search.metric, found), search.folder / "pictures")
        sections = [_winner(search, found), _tried(shown), _trials(search, found), _failed(found), _sampled(search),
                    _again(search)]
        inner = _header(search, found) + pages.contents(sections) + "".join(sections)
        return report.write(search.folder / "report.html", pages.frame(f"{search.name}: search", inner).encode())
    except OSError as error:
        raise UserError(f"cannot write the report into {search.folder}: {error.strerror or error}. Free some space and "
                        f"start the same command again.") from error


def _header(search, found):
    left, right = search.untuned.framing.pair
    names = ", ".join(search.candidates)
    cells = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in _tiles(search, found))
    return (f'<header>\n<p class="above">{escape(f"{left} → {right} · {search.tuner} search of {names}")}</p>\n'
            f"<h1>{escape(search.name)}: search</h1>\n"
            f'<p class="verdict">{_verdict(search, found)}</p>\n<dl class="tiles">{cells}</dl>\n</header>\n')


def _tiles(search, found):
    number = results.counts(found)
    return [("Trials", len(found)), *((k.capitalize(), n) for k, n in number.items() if n and k != "finished"),
            ("Time", text.seconds(stopping.spent(search.folder))), ("Seed", search.seed)]


def _verdict(search, found):
    """Return what came of it in a sentence or two, as HTML."""
    best, figures = results.best(search, found), tested.figures(search)
    metric = text.words(search.metric)
    if best is None:
        return "No trial gave a value."
    value = escape(text.value(search.metric, best["value"]))
    said = f"Best on validation: <strong>{value}</strong> {escape(metric)}, trial {escape(best['trial'])}."
    if not figures:
        return said
    tuned, untuned = (figures[which]["test"][search.metric]["value"] for which in ("winner", "untuned"))
    word = "equal to" if tuned == untuned else "better than" if text.better(search.metric, tuned, untuned) else (
        "worse than")
    none = "" if tested.bettered(search) else " No trial is better on validation than the untuned recipe."
    return (f"{said} On the test part: {escape(text.value(search.metric, tuned))}, {word} the untuned recipe's "
            f"{escape(text.value(search.metric, untuned))}.{none}")


def _winner(search, found):
    """Return the winner's settings and figures beside the untuned recipe's."""
    best = results.best(search, found)
    if best is None:
        return ""
    tuned, figures = winner.recipe_of(search, best), tested.figures(search)
    names = [field.name for field in dataclasses.fields(tuned) if field.name not in APART and (
        field.name in best["settings"] or getattr(tuned, field.name) != getattr(search.untuned, field.name))]
    rows = [(name.replace("_", " "), *(text.plain(getattr(one, name)) for one in (search.untuned, tuned)))
            for name in names]
    options = dict.fromkeys([*search.untuned.options, *tuned.options])
    rows += [(f"{name.replace('_', ' ')} of the body", *(text.plain(one.options.get(name)) for one in (
        search.untuned, tuned))) for name in options]
    settings = table(["", "untuned", "winner"], rows)
    shown = _tested(search, figures) if figures else ""
    command = f"<pre>python -m recipes run {escape(search.folder / 'winner.py')}</pre>"
    return block("winner", "The winner", shown, settings, command)


def _tested(search, figures):
    """Return the figures of the two runs on the test part, which no trial has seen."""
    head = ["", f">test {text.words(search.metric)}{text.unit(search.metric)}", ">95 % interval", ">validation",
            ">parameters", ">training", "run"]
    rows = []
    for which in ("untuned", "winner"):
        one = figures[which]
        entry = one["test"][search.metric]
        rows.append([which, text.number(search.metric, entry["value"]), text.interval(search.metric, entry),
                     text.number(search.metric, one["validation"]["value"]), text.count(one["parameters"]),
                     text.seconds(one["speed"]["seconds"]), "/".join(Path(one["folder"]).parts[-2:])])
    return table(head, rows)


def _tried(shown):
    return block("tried", "What was tried", shown.get("progress", ""), shown.get("parallel", "")) + block(
        "importance", "What mattered", row(shown.get("importance", "")))


def _trials(search, found):
    head = ["trial", f">validation {text.words(search.metric)}", ">epochs", ">time", ">parameters", "settings", ""]
    listed = table(head, [results.cells(search, one) for one in results.ranked(search, found)])
    return block("trials", "Trials", folded(f"{len(found)} trials, the best first (also in trials.csv)", listed))


def _failed(found):
    rows = [(len(trials), cause, ", ".join(trials)) for cause, trials in results.failures(found).items()]
    return block("failed", "What failed", table([">trials", "cause", "which"], rows)) if rows else ""


def _sampled(search):
    """Return the budgets, how many samples did not fit them, and in what state of the machine latency was measured."""
    sampled = budget.read(search.folder / "sampled.jsonl")
    limits = [f"at most {search.max_parameters:,} parameters"] if search.max_parameters else []
    if search.max_latency_ms:
        loads = [one["load"] for one in sampled if one["load"] is not None] or [0.0]
        limits.append(f"at most {search.max_latency_ms:g} ms for one example, the median of {budget.PASSES} forward "
                      f"passes at a load of {min(loads):.1f} to {max(loads):.1f} processes")
    out = budget.told(sampled)
    said = [f"Budgets: {'; '.join(limits)}."] if limits else []
    said += [f"{len(sampled)} settings were sampled; of these did not fit and are no trials: {out}."] if out else []
    return block("budgets", "What was sampled", "".join(f"<p>{escape(one)}</p>" for one in said))


def _again(search):
    return block("again", "To go on", f"<pre>python -m recipes tune --resume {escape(search.folder)} --trials "
                                      f"{search.trials + 10}</pre>")

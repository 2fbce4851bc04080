"""Speed, configuration, environment, and the command that makes the run again."""

import shlex

from recipes.pictures import text
from recipes.pictures.markup import block, escape, facts

SPEED = {  # field → (words, how its value is written)
    "seconds": ("training took", text.seconds),
    "epochs": ("epochs", text.count),
    "examples_per_second": ("examples a second", text.count),
    "flops_per_second": ("FLOPs a second", text.short),
    "peak_flops_per_second": ("peak of this machine, FLOPs a second", text.short),
    "step_seconds": ("a step took", text.seconds),
    "share_of_peak": ("share of the peak", text.percent),
    "waiting_for_input": ("share of a step that waits for input", text.percent),
    "waiting_error": ("standard error of that share", text.percent),
    "times_the_floor": ("times what operations and bytes take at the least", text.plain),
    "bound": ("held up by", text.plain),
    "peak_rss_mb": ("peak memory, MB", text.count),
}


def pictures(run):
    """Return nothing: this part is all tables."""
    return []


def speed_rows(run):
    """Return (name, value) pairs of what the run measured."""
    speed = run.metrics.get("speed") or {}
    rows = [(words, write(speed[name])) for name, (words, write) in SPEED.items() if speed.get(name) is not None]
    rows += [(text.words(k), text.plain(v)) for k, v in speed.items() if k not in SPEED]
    rows += [
        ("parameters", text.count(run.metrics.get("parameters"))),
        ("FLOPs an example", text.short(run.metrics.get("flops_per_example"))),
    ]
    return [(k, v) for k, v in rows if v != text.NOTHING]


def flat(fields, prefix=""):
    """Return nested dicts as (dotted name, value) rows, without None and the command, which has its own place."""
    rows = []
    for key, value in fields.items():
        if isinstance(value, dict) and value:
            rows += flat(value, f"{prefix}{key}.")
        elif value is not None and (prefix or key != "command"):
            rows.append((f"{prefix}{key}", text.plain(value)))
    return rows


def command(run):
    """Return the command line of the run as a block that can be copied."""
    given = run.environment.get("command")
    if not given:
        return ""
    line = given if isinstance(given, str) else shlex.join(str(x) for x in given)
    return f"<h3>To make this run again</h3><pre><code>{escape(line)}</code></pre>"


def section(run, shown):
    """Return the three tables and the command."""
    speed, config, environment = speed_rows(run), flat(run.config), flat(run.environment)
    return (
        block("speed", "Speed", facts(speed) if speed else "")
        + block("configuration", "Configuration", facts(config) if config else "")
        + block("environment", "Environment", facts(environment) if environment else "", command(run))
    )

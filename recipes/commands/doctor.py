"""``doctor``: is this installation sound, and does every architecture learn on it?"""
from collections import Counter
from typing import Annotated

import typer

from recipes.commands import options as o

STYLES = {"pass": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    pair: Annotated[str | None, typer.Option(help="Try one pair only, such as image:label.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Try each pair's default architecture only.")] = False,
    data_dir: o.DataDir = None,
):
    """Look for the known traps of an installation, and train every architecture for seconds.

    Exit status 1 where a check failed.
    """
    from rich.console import Console

    from recipes import doctor as checks
    from recipes import doctor_training as training
    from registry import quiet

    console, levels = Console(), Counter()
    rows = training.rows(pair, quick)
    _show(checks.environment(data_dir), console, levels)
    if not levels["fail"]:  # with a broken installation an architecture would fail for no fault of its own
        quiet.start()
        _show(training.device(), console, levels)
        _show((training.learns(*row) for row in rows), console, levels)
    elif rows:
        console.print("no architecture was tried: mend the failures above first", style="yellow")
    console.print(f"{levels['pass']} passed, {levels['warn']} warnings, {levels['fail']} failed", highlight=False)
    if levels["fail"]:
        raise typer.Exit(1)


def _show(findings, console, levels):
    """Print findings as they come in, level, what and fix side by side, and count their levels."""
    from rich.table import Table
    from rich.text import Text

    for finding in findings:
        levels[finding.level] += 1
        row = Table.grid(padding=(0, 2))
        row.add_row(Text(finding.level, STYLES[finding.level]), Text(finding.what), Text(finding.fix, "bold"))
        console.print(row)

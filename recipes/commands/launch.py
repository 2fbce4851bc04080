"""``launch``: a run by several workers on this machine, started again where one of them fails."""
from typing import Annotated

import typer

from recipes.commands import options as o


def launch(
    command: Annotated[list[str], typer.Argument(help="After --: run with its options.")],
    workers: Annotated[int, typer.Option(min=1, help="How many processes.")] = 2,
    max_restarts: Annotated[int, typer.Option(
        min=0, help="Start all workers again, from the last checkpoint, so many times after one has failed.")] = 0,
    hang_seconds: Annotated[float, typer.Option(
        min=0, help="End a worker that makes no step for so long in training, or all where none computes anything "
                    "for so long, as after a failure; 0: never.")] = 300.0,
):
    """Train in several processes on this machine: python -m recipes launch --workers 2 -- run digits

    Each worker writes to worker_I.log in the run's folder; the first failure is told first. Exit status: as of run.
    """
    from rich.console import Console

    from recipes.distributed import launching
    from registry.errors import UserError

    if command[0] != "run":
        raise UserError(f"received {' '.join(command)!r} after --: workers train, write run and its options there.")
    if "--help" in command:
        raise UserError("received --help after --: `python -m recipes run --help` shows the options of run.")
    console = Console()
    arguments, folder = launching.folder_of(command)
    if not o.given(arguments, "--strategy"):
        arguments = [*arguments, "--strategy", "multi_worker"]
    console.print(f"{workers} workers, whose logs are {folder}/worker_*.log", highlight=False, soft_wrap=True)
    raise typer.Exit(launching.launch(arguments, workers, folder, max_restarts, hang_seconds, console))

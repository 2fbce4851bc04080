"""Workers on this machine: started, watched, and started again from the last checkpoint when one of them fails.

A worker that dies leaves the others waiting for it in a sum over all, so they are ended too and begin together.
"""
import os
import signal
import sys
import time
from pathlib import Path

from recipes.distributed.workers import Workers

PATHS = ("--folder=", "--resume=", "--out=")
PROGRAM = (sys.executable, "-m", "recipes")
POLL = 0.2  # seconds between looks at the workers
TOLD = 15  # last lines of a failed worker's log
FINAL = (0, 1, 2, 75, 130)  # exit statuses after which nothing is started again, see `run`


def launch(arguments, count, folder, restarts, hang, console):
    """Run `python -m recipes ARGUMENTS` in several workers until they are done, and return their exit status.

    Args:
        arguments: of `run`, with "--folder" among them, so that a second start goes on.
        count: how many workers.
        folder: the run's, where the logs of the workers go.
        restarts: how often all workers are started again after one failed.
        hang: seconds without a step after which a worker is ended; never where it is 0.
        console: a `rich.console.Console`.
    """
    for attempt in range(restarts + 1):
        workers = Workers([*PROGRAM, *arguments], count, folder)
        handlers = {number: signal.signal(number, workers.signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            failure, status = _watched(workers, hang, console)
        finally:
            workers.end()
            for number, handler in handlers.items():
                signal.signal(number, handler)
        if failure is None or status in FINAL:
            return status
        if workers.signalled:
            return 75 if workers.signalled == signal.SIGTERM else 130
        again = f"starting all again ({attempt + 1} of {restarts})" if attempt < restarts else "giving up"
        console.print(f"{failure}\n{again}", style="yellow", highlight=False, markup=False)
    return 1


def _watched(workers, hang, console):
    """Print what the chief says until all have ended or one has failed; return (what failed or None, status)."""
    with workers.logs[0].open("rb") as said:
        said.seek(0, os.SEEK_END)
        while True:
            status = workers.status()
            failure = workers.failed(0 if workers.signalled else hang) if status is None else None
            sys.stdout.write(said.read().decode(errors="replace"))
            sys.stdout.flush()
            if status is None and failure is None:
                time.sleep(POLL)
                continue
            failure = failure or workers.failed(0)
            if failure is None:
                return None, status
            statuses = [process.poll() for process in workers.running]
            return _told(workers, *failure), _common(statuses, workers)


def _common(statuses, workers):
    """Return the exit status that ended workers share, or 2, which one alone may end with, such as a chief that cannot
    write; None where one was killed, hangs, or broke."""
    deadline = time.monotonic() + (30 if any(status in FINAL for status in statuses) else 0)  # others end soon too
    while None in statuses and 2 not in statuses and time.monotonic() < deadline:
        time.sleep(POLL)
        statuses = [process.poll() for process in workers.running]
    ended = [status for status in statuses if status is not None]
    if 2 in ended:
        return 2
    return ended[0] if len(set(ended)) == 1 and len(ended) == len(statuses) else None


def _told(workers, worker, what):
    lines = workers.logs[worker].read_text(errors="replace").splitlines()[-TOLD:]
    return "\n".join([f"worker {worker} {what}; the end of {workers.logs[worker]}:", *(f"  {line}" for line in lines)])


def folder_of(arguments):
    """Return (arguments with "--folder", the run's folder) for arguments of `run` that may lack it."""
    from recipes import folder as folders

    arguments = [part for one in arguments for part in (one.split("=", 1) if one.startswith(PATHS) else [one])]
    options = dict(zip(arguments, arguments[1:]))
    for name in ("--folder", "--resume"):
        if name in options:
            folder = Path(options[name])
            if name == "--resume":
                folder = folders.find(options[name], options.get("--out", "runs"))
                at = arguments.index(name)
                arguments = [*arguments[:at], "--folder", str(folder), *arguments[at + 2 :]]
            folder.mkdir(parents=True, exist_ok=True)
            return arguments, folder
    name = arguments[1] if len(arguments) > 1 and not arguments[1].startswith("-") else "launched"
    folder = folders.new(options.get("--out", "runs"), name)
    return [*arguments, "--folder", str(folder)], folder

"""A search in several processes: keras-tuner's chief, which samples, and workers, which train, on this machine."""
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from registry import quiet
from registry.errors import UserError

DEATHS = 5  # of workers, one after the other, without a trial that ended
PATIENCE = 30.0  # seconds to save before a process is killed
POLL = 0.5  # seconds


def search(search, count, clock, told, console):
    """Run a search in a chief and workers of which each keeps its own log, and stop all where one of them cannot go on.

    A worker that dies is told of and another takes its place and its trial.

    Args:
        search: a `Search`.
        count: workers.
        clock: its `stopping.Clock`.
        told: function called now and then, that tells of trials; it returns how many ended.
        console: a `rich.console.Console`.

    Raises:
        UserError: the chief died, or workers die again and again, or tell of a mistake.
        TimeUp: the time is over; all are stopped, and their trials saved.
    """
    (search.folder / "logs").mkdir(exist_ok=True)
    port = _free_port()
    names = [f"worker{i}" for i in range(count)]
    running = {name: _start(search.folder, name, port, count, i - 1) for i, name in enumerate(["chief", *names])}
    console.print(f"{count} workers and a chief; their logs are in {search.folder / 'logs'}", highlight=False,
                  soft_wrap=True)
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        _watch(search, running, clock, told, lambda name: _start(search.folder, name, port, count,
                                                                 names.index(name)), console)
    finally:
        _stop(running)
        signal.signal(signal.SIGTERM, before)
        told()


def _interrupt(number, frame):
    raise KeyboardInterrupt


def _watch(search, running, clock, told, start, console):
    """Return when all workers have ended well."""
    deaths, ended = 0, told()
    while len(running) > 1:
        time.sleep(POLL)
        clock.check()
        if (now := told()) > ended:
            deaths, ended = 0, now
        if running["chief"].poll() is not None:
            raise UserError(f"the chief of the search ended ({_how(running['chief'])}): {_last(search, 'chief')}. "
                            f"Start the same command again to go on.")
        for name in [name for name in running if name != "chief" and running[name].poll() is not None]:
            process = running.pop(name)
            if process.returncode == 0:
                continue
            if process.returncode == 2 or deaths >= DEATHS:
                raise UserError(f"{name} ended ({_how(process)}): {_last(search, name)}")
            deaths += 1
            console.print(f"{name} ended ({_how(process)}): another takes its place and its trial; its log is "
                          f"{search.folder / 'logs' / name}.log", style="yellow", highlight=False, soft_wrap=True)
            running[name] = start(name)


def _start(folder, name, port, count, place):
    """Start a process of the search and return it; it ends when this one does, since its standard input then closes."""
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "KERASTUNER_TUNER_ID": name, "KERASTUNER_ORACLE_IP": "127.0.0.1",
                   "KERASTUNER_ORACLE_PORT": str(port), "no_grpc_proxy": "127.0.0.1", "PYTHONUNBUFFERED": "1",
                   "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
                   "TF_CPP_MIN_LOG_LEVEL": "3", "TF_FORCE_GPU_ALLOW_GROWTH": "true", **_share(count, place)}
    with (folder / "logs" / f"{name}.log").open("a") as log:
        return subprocess.Popen([sys.executable, "-m", "recipes.tuning.worker", str(folder), str(count)],
                                stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, env=environment,
                                start_new_session=True)


def _share(count, place):
    """Return the environment that gives a worker its share of the machine: some of the cores, and of the GPUs."""
    quiet.start()
    import tensorflow as tf

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = str(max(1, cores // count))
    share = {"TF_NUM_INTRAOP_THREADS": threads, "TF_NUM_INTEROP_THREADS": threads}
    gpus = len(tf.config.list_physical_devices("GPU"))
    if gpus > 1 and place >= 0:
        visible = (os.environ.get("CUDA_VISIBLE_DEVICES") or ",".join(map(str, range(gpus)))).split(",")
        share["CUDA_VISIBLE_DEVICES"] = ",".join(visible[place::count] or [visible[place % gpus]])
    return share


def _stop(running):
    """Ask all workers to save and end, then the chief; kill what does not."""
    for process in running.values():
        if process is not running.get("chief") and process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + PATIENCE
    for name in [*(n for n in running if n != "chief"), "chief"]:
        process = running[name]
        if name == "chief" and process.poll() is None:
            process.terminate()
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdin.close()


def _how(process):
    """Return how a process ended, in words."""
    code = process.returncode
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


def _last(search, name):
    """Return the last line of a log."""
    lines = (search.folder / "logs" / f"{name}.log").read_text(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("error: ").rstrip(".") if lines else "its log is empty"


def _free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]

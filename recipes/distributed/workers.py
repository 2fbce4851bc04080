"""The processes of one attempt at a training: started together, each with its share of the machine, and watched."""
import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from recipes.distributed import environment

IDLE = 0.01  # of a processor, which all workers together use at least while they do anything


class Workers:
    """The processes of one attempt, and the signal that was sent to all of them."""

    def __init__(self, command, count, folder):
        """Start so many workers of a command, worker i writing to FOLDER/worker_i.log; one process without a cluster
        where `count` is 0."""
        alone, count = not count, max(count, 1)
        hosts = [f"localhost:{port}" for port in _free_ports(count)]
        self.alive = [folder / f"worker_{i}.alive" for i in range(count)]
        self.logs = [folder / f"worker_{i}.log" for i in range(count)]
        self.signalled, self.running = None, []
        self.computed = 0.0, time.monotonic()  # seconds of processors, and when these were looked at
        for i, (alive, log) in enumerate(zip(self.alive, self.logs)):
            alive.unlink(missing_ok=True)
            with log.open("ab") as file:
                self.running.append(subprocess.Popen(
                    command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
                    env={**os.environ, **_share_of_machine(i, count), "TASKZOO_ALIVE": str(alive), "COLUMNS": "120",
                         **({} if alone else {"TF_CONFIG": environment.config(hosts, i)})}))

    def signal(self, number, frame=None):
        """Send a signal to all workers, which save and stop after the same step."""
        self.signalled = number
        for process in self.running:
            if process.poll() is None:
                process.send_signal(number)

    def failed(self, hang):
        """Return (worker, what happened) of the first that failed or hangs, or None."""
        statuses = [process.poll() for process in self.running]
        found = sorted((status > 0, i, status) for i, status in enumerate(statuses) if status)  # killed ones first
        if found:
            _, worker, status = found[0]
            told = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
            return worker, told
        if not hang:
            return None
        steps = [(_age(alive), i) for i, alive in enumerate(self.alive) if alive.exists()]
        oldest, worker = max(steps, default=(0.0, 0))
        if oldest > hang:
            return worker, f"has made no step for {oldest:.0f} s and was ended"
        return None if steps else self._idle(hang)

    def _idle(self, hang):
        """Return (worker, what happened) where all do nothing before the first step or between epochs: the one that
        did least is told, since it is what the others wait for."""
        spent = [_processor_seconds(process.pid) for process in self.running]
        before, since = self.computed
        if not all(spent) or sum(spent) > before + IDLE * hang:
            self.computed = sum(spent), time.monotonic()
        elif time.monotonic() - since > hang:
            return spent.index(min(spent)), f"and all others have computed nothing for {hang:.0f} s and were ended"
        return None

    def status(self):
        """Return the exit status of all together once all have ended, else None."""
        statuses = [process.poll() for process in self.running]
        return None if None in statuses else max(statuses)

    def end(self):
        """Kill what still runs."""
        for process in self.running:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()


def _age(path):
    """Return the seconds since a file was touched; 0 where it is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _processor_seconds(process):
    """Return the seconds of processors that a process has used; 0 where Linux does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_ports(count):
    """Return so many ports of this machine that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("localhost", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _share_of_machine(worker, count):
    """Return the environment that gives a worker its share of the GPUs, or of the cores where there are none."""
    gpus = environment.gpu_files()
    if gpus and "CUDA_VISIBLE_DEVICES" not in os.environ:
        return {"CUDA_VISIBLE_DEVICES": ",".join(map(str, range(len(gpus))[worker::count]))}
    return {"TF_NUM_INTRAOP_THREADS": str(max(1, (os.cpu_count() or 1) // count)), **os.environ}

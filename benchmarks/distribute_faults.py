"""Kills workers at random moments of a recipe's training and compares the weights with those of a run in one process:

    python benchmarks/distribute_faults.py OUT KILLS run pos_tagging --limit 200 --set epochs=2 …

Trains in two workers (OUT/two); in two of which one, drawn at random, is killed by SIGKILL at KILLS random moments
(OUT/killed); and in two of which one gets SIGTERM at a random moment, as from a scheduler, after which the same command
is given again (OUT/stopped). Prints the largest differences of a weight, and the seconds from SIGTERM to the end.
"""
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = (sys.executable, "-m", "recipes")


def workers(launcher):
    return list(map(int, Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()))


def whole(command, folder):
    """Run a launch to its end."""
    with open(f"{folder}.txt", "a") as said:
        status = subprocess.run(command, stdout=said, stderr=said).returncode
    if status not in (0, 1):  # 1: so short a training misses the recipe's figure
        raise SystemExit(f"{' '.join(command)} ended with status {status}: see {folder}.txt")


def killed(command, folder, kills, rng):
    """Run a launch in which workers are killed after some checkpoints, and return what it printed."""
    with open(f"{folder}.txt", "w") as said:
        launcher = subprocess.Popen(command, stdout=said, stderr=said)
    place, count = (0, 0), 0
    for _ in range(kills):
        for _ in range(rng.randint(1, 4)):
            place = _next(folder, place, launcher)
        if place is None:
            break
        time.sleep(rng.uniform(0, 3))
        if running := workers(launcher):
            os.kill(rng.choice(running), signal.SIGKILL)
            count += 1
    print(f"status {launcher.wait()}, workers killed {count} times of {kills}")
    return [line for line in Path(f"{folder}.txt").read_text().splitlines() if "was killed" in line or "again" in line]


def stopped(command, folder, rng):
    """Stop a launch by SIGTERM to one worker, start it again, and return what is to be told of it."""
    with open(f"{folder}.txt", "w") as said:
        launcher = subprocess.Popen(command, stdout=said, stderr=said)
        place = (0, 0)
        for _ in range(rng.randint(1, 4)):
            place = _next(folder, place, launcher)
        time.sleep(rng.uniform(0, 3))
        start = time.perf_counter()
        os.kill(rng.choice(workers(launcher)), signal.SIGTERM)
        status, seconds = launcher.wait(), time.perf_counter() - start
    whole(command, folder)
    return f"SIGTERM: all saved and ended with status {status} within {seconds:.1f} s"


def _next(folder, place, launcher):
    """Wait for a checkpoint behind a place (epoch, step); None where the training is over."""
    while place is not None and launcher.poll() is None and not (folder / "training.json").exists():
        found = [tuple(map(int, re.findall(r"\d+", path.stem))) for path in folder.glob("checkpoint/epoch_*.npz")]
        if found and max(found) > place:
            return max(found)
        time.sleep(0.05)
    return None


def difference(one, other):
    """Return the largest difference of a weight between two runs' models."""
    import numpy as np

    from recipes import folder as folders

    weights = [folders.load_model(folder).get_weights() for folder in (one, other)]
    return max(float(np.abs(a - b).max(initial=0)) for a, b in zip(*weights, strict=True))


def main(out, kills, arguments):
    """Run all and print the differences."""
    out, kills = Path(out), int(kills)
    out.mkdir(parents=True, exist_ok=True)
    launch = [*PROGRAM, "launch", "--max-restarts", str(kills), "--", *arguments]
    whole([*launch, "--folder", str(out / "two")], out / "two")
    print("\n".join(killed([*launch, "--folder", str(out / "killed")], out / "killed", kills, random.Random(0))))
    print(stopped([*launch, "--folder", str(out / "stopped")], out / "stopped", random.Random(0)))
    for which in ("killed", "stopped"):
        print(f"undisturbed and {which}: a weight differs by {difference(out / 'two', out / which):.2e} at most")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])

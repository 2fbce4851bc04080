"""Kills workers at random moments of a recipe's training and compares the weights with those of a run in one process:

    python benchmarks/distribute_faults.py OUT KILLS run pos_tagging --limit 200 --set epochs=2 …

Trains once in one process (OUT/one), once in two workers (OUT/two), and once in two of which one, drawn at random, is
killed by SIGKILL at KILLS random moments (OUT/killed); prints the largest differences of a weight. Take dropout and
other chance out with --set for the first comparison to be rounding: replicas draw for themselves.
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
        time.sleep(rng.random())
        workers = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()
        if workers:
            os.kill(int(rng.choice(workers)), signal.SIGKILL)
            count += 1
    print(f"status {launcher.wait()}, workers killed {count} times of {kills}")
    return [line for line in Path(f"{folder}.txt").read_text().splitlines() if "was killed" in line or "again" in line]


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
    """Run all three and print the differences."""
    out, kills = Path(out), int(kills)
    out.mkdir(parents=True, exist_ok=True)
    launch = [*PROGRAM, "launch", "--max-restarts", str(kills), "--", *arguments]
    with open(out / "one.txt", "w") as said:
        subprocess.run([*PROGRAM, *arguments, "--folder", out / "one"], check=True, stdout=said, stderr=said)
    with open(out / "two.txt", "w") as said:
        subprocess.run([*launch, "--folder", out / "two"], check=True, stdout=said, stderr=said)
    print("\n".join(killed([*launch, "--folder", str(out / "killed")], out / "killed", kills, random.Random(0))))
    print(f"one process and two workers: {difference(out / 'one', out / 'two'):.2e}")
    print(f"two workers, and two that were killed: {difference(out / 'two', out / 'killed'):.2e}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])

"""A search that is killed, started again, and compared with what a search must be: no trial lost, none run twice.

    python benchmarks/killed_search.py 12 2 40,40 fashion --limit 5000 --workers 2 --set epochs=3

runs `tune` with 12 trials, kills it (SIGKILL to its process group) 40 s after its first epoch, starts it again, kills
it again 40 s after its first epoch, starts it again and lets it end. No trial that had ended may change, and of those
that ran no more than the running epoch may be trained again.
"""
import csv
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def epochs(folder):
    """Return {trial: the epochs that its log tells, in order}."""
    return {log.parent.name: [int(n) for n in re.findall(r"^epoch +(\d+)/", log.read_text(), re.MULTILINE)]
            for log in sorted(folder.glob("trials/*/log.txt"))}


def results(folder):
    """Return {trial: (when its result was written, its bytes)}."""
    return {path.parent.name: (path.stat().st_mtime_ns, path.read_bytes())
            for path in folder.glob("trials/*/result.json")}


def folder_in(out):
    return next(iter(Path(out).glob("*/tune-*")), Path(out) / "none")


def killed(command, out, seconds):
    """Start the search, kill its process group some seconds after the first epoch of this start, and return the results
    that it had."""
    before = sum(map(len, epochs(folder_in(out)).values()))
    process = subprocess.Popen(command, start_new_session=True)
    while sum(map(len, epochs(folder_in(out)).values())) == before and process.poll() is None:
        time.sleep(0.2)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(1)
    held = results(folder_in(out))
    trained = {trial: len(one) for trial, one in epochs(folder_in(out)).items()}
    print(f"\nKILLED with {len(held)} trials ended; epochs so far {trained}\n", flush=True)
    return held


def main():
    trials, kills, seconds, *arguments = sys.argv[1:]
    seconds = [float(one) for one in seconds.split(",")]
    out = tempfile.mkdtemp(prefix="killed_search_")
    command = [sys.executable, "-m", "recipes", "tune", *arguments, "--trials", trials, "--out", out]
    held = [killed(command, out, seconds[i]) for i in range(int(kills))]
    status = subprocess.run(command).returncode
    folder = folder_in(out)
    found, trained = results(folder), epochs(folder)
    rows = list(csv.DictReader((folder / "trials.csv").open()))
    repeated = {trial: one for trial, one in trained.items() if len(one) != len(set(one))}  # killed before it was saved
    wrong = {trial: one for trial, one in trained.items() if sorted(set(one)) != list(range(1, max(one) + 1))
             or len(one) > len(set(one)) + int(kills)}
    rewritten = [trial for before in held for trial, one in before.items() if found[trial] != one]
    unequal = [trial for trial, one in trained.items() if max(one) != json.loads(found[trial][1])["epochs"]]
    print(f"\nexit status {status}; {len(rows)} trials in trials.csv, {len(found)} results, {len(trained)} logs")
    print(f"results written anew after a kill: {rewritten or 'none'}")
    print(f"trials whose epochs were left out or trained again and again: {wrong or 'none'}; with other epochs than "
          f"told: {unequal or 'none'}; whose running epoch was killed and trained again: {repeated or 'none'}")
    print(f"trials that a kill interrupted and that went on: {[row['trial'] for row in rows if row['resumed'] != '0']}")
    good = status == 0 and len(rows) == len(found) == int(trials) and not (rewritten or wrong or unequal)
    print("GOOD" if good else "BAD")
    sys.exit(not good)


if __name__ == "__main__":
    main()

"""Our speed beside PyTorch's on the same work, alternately in one run, each measurement in a process of its own.

    pip install ".[bench]" && python -m benchmarks.speed.run --out speed.json && python docs/performance.py speed.json

Of PyTorch's ways to do a case (`cases`) the fastest is chosen in a trial, in each dtype. It then works with
OMP_WAIT_POLICY=PASSIVE and =ACTIVE, in turn with ours; who is not measured is stopped by SIGSTOP. The better median
counts. PyTorch for CPUs alone is smaller: add --extra-index-url https://download.pytorch.org/whl/cpu. The EWT text is
looked for as in recipe pos_tagging (TFDS_DATA_DIR, TASKZOO_OFFLINE_DIR).
"""
import argparse
import contextlib
import datetime
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version

from benchmarks.speed import sentences
from benchmarks.speed.cases import CASES

POLICIES = ("PASSIVE", "ACTIVE")
TRIAL = 2  # seconds
EPOCHS = 3  # rounds of cases that take as long
PACKAGES = ("tensorflow", "keras", "torch", "numpy")


class Failed(Exception):
    """A worker ended before it answered."""


class Side:
    """A worker: a process that works while it is asked, and is stopped between."""

    def __init__(self, side, case, dtype, variant=None, policy=None):
        self.name = " ".join([side, dtype, *([json.dumps(variant), policy] if policy else [])])
        self.side, self.dtype, self.variant, self.policy = side, dtype, variant, policy
        wait = {"OMP_WAIT_POLICY": policy} if policy else {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.speed.worker", side, case, dtype, json.dumps(variant)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, **wait, "TORCHINDUCTOR_COMPILE_THREADS": "1"})
        self.made = self._heard()

    def _heard(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"{self.name} ended with exit status {self.process.wait()}")
        self.process.send_signal(signal.SIGSTOP)
        return json.loads(line)

    def seconds(self, how_long):
        """Return the seconds of a call, the mean of so many seconds of calls."""
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(f"{how_long}\n")
        self.process.stdin.flush()
        return self._heard()

    def close(self):
        """End the process, which may be stopped, as it may be at any moment: it holds nothing that is to be kept."""
        self.process.kill()
        self.process.wait()


def child(*arguments):
    """Return what a module of ours prints in its last line, in a process of its own."""
    out = subprocess.run([sys.executable, "-m", *arguments], check=True, capture_output=True, text=True)
    return json.loads(out.stdout.splitlines()[-1])


def machine():
    """Return what is measured and known of the machine before anything else runs."""
    load, ours, theirs = os.getloadavg(), child("benchmarks.speed.floor", "tensorflow"), child(
        "benchmarks.speed.floor", "peaks")
    peaks = {dtype: max(ours[dtype], theirs[dtype]) for dtype in ours["dtypes"]}
    return {"date": datetime.date.today().isoformat(), "load": load, "dtypes": ours["dtypes"], "peaks": peaks,
            "bandwidth": theirs["bandwidth"], "cpu": ours["environment"]["cpu"], "cores": os.cpu_count(),
            "versions": {name: version(name) for name in PACKAGES}, "git": ours["environment"].get("git", "")}


def chosen(case, dtype):
    """Return (the fastest of PyTorch's variants in a trial, {variant: seconds, None where it failed})."""
    variants, found = CASES[case].variants, {}
    if len(variants) == 1:
        return variants[0], {}
    for variant in variants:
        key = json.dumps(variant)
        try:
            with contextlib.closing(Side("theirs", case, dtype, variant, POLICIES[0])) as side:
                found[key] = side.seconds(0 if CASES[case].whole else TRIAL)
        except Failed as error:
            print(error, file=sys.stderr)
            found[key] = None
        print(f"  trial {dtype} {key}: {found[key] or float('nan'):.4f} s", flush=True)
    return min(variants, key=lambda v: found[json.dumps(v)] or float("inf")), found


def measured(case, dtypes, seconds, rounds):
    """Return what is measured of a case: seconds of a call of each side in each round, and its floor."""
    load, trials, sides = os.getloadavg(), {}, []
    with contextlib.ExitStack() as stack:
        for dtype in dtypes:
            best, trials[dtype] = chosen(case, dtype)
            for made in [("ours", case, dtype), *(("theirs", case, dtype, best, policy) for policy in POLICIES)]:
                sides.append(stack.enter_context(contextlib.closing(Side(*made))))
        agree({side.side: side.made["parameters"] for side in sides}, case)
        found = in_turn(sides, seconds, min(rounds, EPOCHS) if CASES[case].whole else rounds)
    return {"what": CASES[case].what, "unit": CASES[case].unit, "units": sides[0].made["units"], "load": load,
            "parameters": {side.side: side.made["parameters"] for side in sides}, "trials": trials,
            "seconds": [{"side": side.side, "dtype": side.dtype, "variant": side.variant, "policy": side.policy,
                         "rounds": found[side.name]} for side in sides],
            "floor": {dtype: child("benchmarks.speed.floor", case, dtype) for dtype in dtypes}}


def in_turn(sides, seconds, rounds):
    """Return {name of a side: seconds of a call in each round}; each round begins with another side."""
    found = {side.name: [] for side in sides}
    for number in range(rounds):
        first = number % len(sides)
        for side in sides[first:] + sides[:first]:
            found[side.name].append(side.seconds(seconds))
    for name, times in found.items():
        print(f"  {name}: {statistics.median(times):.4f} s", flush=True)
    return found


def agree(parameters, case):
    """Stop where both sides do not have the same number of parameters, within 1 %."""
    if abs(parameters["ours"] - parameters["theirs"]) > 0.01 * parameters["theirs"]:
        sys.exit(f"{case}: the numbers of parameters differ by more than 1 %: {parameters}")


def added(path, here):
    """Return what a file holds, or stop where it was measured elsewhere or by other versions."""
    with open(path) as file:
        before = json.load(file)
    there = before["machine"]
    if differs := [key for key in ("cpu", "cores", "versions") if there[key] != here[key]]:
        sys.exit(f"{path} was measured with {[there[key] for key in differs]}, this is "
                 f"{[here[key] for key in differs]}: measure all cases again, without --add")
    return before


def main():
    """Measure the cases, and write after each what is there."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that workers end too
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; all where none is named")
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", default="speed.json")
    parser.add_argument("--add", action="store_true", help="keep the other cases that FILE holds, of the same machine")
    options = parser.parse_args()
    if unknown := set(options.cases) - set(CASES):
        parser.error(f"received {', '.join(sorted(unknown))}: the cases are {', '.join(CASES)}")
    result = {"machine": machine(), "settings": {"seconds": options.seconds, "rounds": options.rounds}, "cases": {}}
    if options.add:
        result = added(options.out, result["machine"])
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        os.environ[sentences.SENTENCES] = file.name
        if not options.cases or {"tagger", "tagging"} & set(options.cases):
            subprocess.run([sys.executable, "-m", "benchmarks.speed.sentences", file.name], check=True)
        for case in options.cases or CASES:
            print(case, flush=True)
            result["cases"][case] = measured(case, result["machine"]["dtypes"], options.seconds, options.rounds)
            with open(options.out, "w") as out:
                json.dump(result, out, indent=1)


if __name__ == "__main__":
    main()

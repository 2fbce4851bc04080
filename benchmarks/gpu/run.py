"""Our speed beside PyTorch's on a GPU: Keras on JAX with XLA against PyTorch with torch.compile and CUDA graphs.

    pip install ".[gpu-bench]" && python -m benchmarks.gpu.run --out gpu.json
    python docs/performance.py --gpu gpu.json

The cases are those of `benchmarks.speed`, with its batches and with larger ones. Of each side's ways to do a case
(`cases`) the fastest is chosen in a trial, for each dtype and size of the batch; the best ways then work in turn, each
side and dtype in a process of its own, while all others wait. What each case must take at the least is counted at last,
on the CPU; with --no-floors it is not, and --floors FILE counts it for what was measured before.
"""
import argparse
import contextlib
import datetime
import json
import os
import statistics
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

from benchmarks.gpu import cases
from benchmarks.speed.cases import CASES

SIDES, DTYPES = ("ours", "theirs"), ("float32", "bfloat16")
SETTINGS = {"TORCHINDUCTOR_COMPILE_THREADS": "4", "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.2"}  # several share the GPU
TRIAL = 0.2  # seconds
PACKAGES = ("jax", "jaxlib", "jax-cuda13-plugin", "keras", "torch", "triton", "nvidia-cudnn-cu13", "numpy")


class Side:
    """A worker: a process that works while it is asked."""

    def __init__(self, side, case, dtype, sizes):
        self.side, self.dtype, self.name = side, dtype, f"{side} {case} {dtype}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.gpu.worker", side, case, dtype, json.dumps(sizes)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **SETTINGS})

    def heard(self):
        """Return what the worker says next, or None where it has ended."""
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def seconds(self, size, way, how_long):
        """Return the seconds of a step in a way, the mean of about so many seconds of steps."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps([size, way, how_long]) + "\n")
            self.process.stdin.flush()
        return self.heard()

    def close(self):
        self.process.kill()
        self.process.wait()


def child(*arguments):
    """Return what a module of ours prints in its last line, in a process of its own."""
    out = subprocess.run([sys.executable, "-m", *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    if out.returncode:
        sys.exit(f"{' '.join(map(str, arguments))} failed, see above.")
    return json.loads(out.stdout.splitlines()[-1])


def machine():
    """Return what is measured and known of the machine before anything else runs."""
    found = {side: child("benchmarks.gpu.peaks", side) for side in SIDES}
    best = {key: max(peaks[key] for peaks in found.values()) for key in found["ours"] if key != "device"}
    return {"date": datetime.date.today().isoformat(), "device": found["theirs"]["device"], "peaks": best,
            "peaks_of": found, "cores": os.cpu_count(), "versions": dict(_versions())}


def _versions():
    for name in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            yield name, version(name)


def measured(case, told, sizes, options):
    """Return what is measured of a case, for {side: what it told when it was ready}."""
    parameters = {side.side: made["parameters"] for side in told for made in told[side] if "parameters" in made}
    found = {"what": CASES[case].what, "unit": CASES[case].unit, "parameters": parameters, "sizes": []}
    for size in sizes:
        trials, best = [], {}
        for side in told:
            tried = [{**made, "seconds": None if "error" in made else side.seconds(size, made["way"], TRIAL)}
                     for made in told[side] if made["times"] == size]
            trials += [{"side": side.side, "dtype": side.dtype, **made} for made in tried]
            if working := [made for made in tried if made["seconds"]]:
                best[side] = min(working, key=lambda made: made["seconds"])
        rounds = in_turn({side: made["way"] for side, made in best.items()}, size, options)
        found["sizes"].append({
            "times": size, "units": next(made["units"] for made in best.values()), "trials": trials,
            "seconds": [{"side": side.side, "dtype": side.dtype, "way": made["way"], "rounds": rounds[side]}
                        for side, made in best.items()]})
        for trial in trials:
            print("  ", *(trial[key] for key in ("times", "side", "dtype", "way", "seconds")), flush=True)
    return found


def in_turn(ways, size, options):
    """Return {side: seconds of a step in each round}; each round begins with another side."""
    found, sides = {side: [] for side in ways}, list(ways)
    for number in range(options.rounds):
        first = number % max(len(sides), 1)
        for side in sides[first:] + sides[:first]:
            found[side].append(side.seconds(size, ways[side], options.seconds) or float("nan"))
    for side, times in found.items():
        print(f"  × {size} {side.name} {json.dumps(ways[side])}: {1000 * statistics.median(times):.3f} ms", flush=True)
    return found


def counted(result):
    """Add to each case what `benchmarks.speed.floor` counts."""
    for case, found in result["cases"].items():
        for size in found["sizes"]:
            dtypes = {entry["dtype"] for entry in size["seconds"]}
            size["floor"] = {dtype: child("benchmarks.speed.floor", case, dtype, size["times"]) for dtype in dtypes}


def written(result, path):
    with open(path, "w") as out:
        json.dump(result, out, indent=1)


def asked():
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE",
                        help=f"of {', '.join(cases.THEIRS)}; all where none is named")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=float, nargs="+", default=[1, cases.LARGER], help="sizes of the batch")
    parser.add_argument("--dtypes", nargs="+", default=DTYPES, choices=DTYPES)
    parser.add_argument("--together", type=int, default=2, help="cases that are compiled at a time")
    parser.add_argument("--no-floors", action="store_true")
    parser.add_argument("--floors", metavar="FILE")
    parser.add_argument("--out", default="gpu.json")
    options = parser.parse_args()
    if unknown := set(options.cases) - set(cases.THEIRS):
        parser.error(f"received {', '.join(sorted(unknown))}: the cases are {', '.join(cases.THEIRS)}")
    return options


def main():
    """Measure the cases, and write after each what is there."""
    options = asked()
    if options.floors:
        with open(options.floors) as file:
            result = json.load(file)
    else:
        result = {"machine": machine(), "settings": {"rounds": options.rounds, "seconds": options.seconds}, "cases": {}}
        print(json.dumps(result["machine"]), flush=True)
        all_measured(result, options)
    if not options.no_floors:
        counted(result)
    written(result, options.out)


def all_measured(result, options):
    """Measure the cases that are asked for, some of them being compiled at a time."""
    names, sizes = options.cases or list(cases.THEIRS), [int(n) if n == int(n) else n for n in options.times]
    for first in range(0, len(names), options.together):
        some = names[first : first + options.together]
        with contextlib.ExitStack() as stack:
            sides = {case: [stack.enter_context(contextlib.closing(Side(side, case, dtype, sizes)))
                            for side in SIDES for dtype in options.dtypes] for case in some}
            told = {side: side.heard() or [] for side in sum(sides.values(), [])}  # all wait until the last is compiled
            for case in some:
                print(case, flush=True)
                result["cases"][case] = measured(case, {side: told[side] for side in sides[case]}, sizes, options)
                written(result, options.out)


if __name__ == "__main__":
    main()

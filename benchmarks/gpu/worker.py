"""One side of one case in one dtype in a process of its own, which works when it is told to: started by `run`.

    python -m benchmarks.gpu.worker ours|theirs CASE DTYPE TIMES

TIMES are sizes of the batch, such as "[1, 16]". The first line that it writes is what was made, after a warm-up: for
each size and way its numbers, or what went wrong. It then reads [size, way, seconds] from each line of standard input,
works for about as long, and writes the seconds of a step.
"""
import importlib
import json
import math
import os
import sys
import time
import traceback

from benchmarks.gpu import cases
from benchmarks.speed.cases import enlarged

WARM = 3


def seconds_of(work, calls):
    """Return the mean seconds of a step over so many calls."""
    start = time.perf_counter()
    for _ in range(calls):
        value = work.call()
    work.wait(value)
    return (time.perf_counter() - start) / calls / work.steps


def warmed(side, case, dtype, times, way):
    """Return (work, what is known of it)."""
    start = time.perf_counter()
    with enlarged(times):
        work = importlib.import_module(f"benchmarks.gpu.{side}").made(case, dtype, way)
    for _ in range(WARM):
        work.wait(work.call())
    return work, {"units": work.units, "parameters": work.parameters, "warm": time.perf_counter() - start}


def main(side, case, dtype, times):
    """Make what is measured, warm up, and work."""
    made, told = {}, []
    for size in json.loads(times):
        for way in getattr(cases, side.upper())[case]:
            key = json.dumps([size, way])
            try:
                made[key], known = warmed(side, case, dtype, size, way)
            except Exception as error:  # of any library: the others may still work
                traceback.print_exc()
                known = {"error": f"{type(error).__name__}: {error}"[:500]}
            told.append({"times": size, "way": way, **known})
            print(side, case, dtype, told[-1], file=sys.stderr, flush=True)
    print(json.dumps(told), file=OUT, flush=True)
    for line in sys.stdin:
        size, way, seconds = json.loads(line)
        work = made[json.dumps([size, way])]
        calls = max(1, math.ceil(seconds / max(seconds_of(work, 1) * work.steps, 1e-6)))
        print(json.dumps(seconds_of(work, calls)), file=OUT, flush=True)


if __name__ == "__main__":
    OUT = os.fdopen(os.dup(1), "w")  # answers alone; what libraries print goes to standard error
    os.dup2(2, 1)
    main(*sys.argv[1:])

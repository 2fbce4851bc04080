"""One side of one case in a process of its own, which works when it is told to: started by `run`.

    python -m benchmarks.speed.worker ours|theirs CASE DTYPE VARIANT

reads a number of seconds from each line of standard input, works for as long, and writes the seconds of a call. The
first line that it writes tells what was made, after a warm-up.
"""
import json
import os
import sys
import time

WARM = 3


def seconds_of(call, seconds):
    """Return the mean seconds of a call over so many seconds of calls, of which there is at least one."""
    start, count = time.perf_counter(), 0
    while not count or time.perf_counter() - start < seconds:
        call()
        count += 1
    return (time.perf_counter() - start) / count


def main(side, case, dtype, variant):
    """Make what is measured, warm up, and work."""
    from benchmarks.speed.cases import CASES

    if side == "ours":
        from benchmarks.speed import ours

        call, units, parameters = ours.made(case, dtype)
    else:
        from benchmarks.speed import theirs

        work = theirs.made(case, dtype, json.loads(variant))
        call, units, parameters = work.call, work.units, work.parameters
    warm = 1 if CASES[case].whole else WARM
    start = time.perf_counter()
    for _ in range(warm if side == "ours" or not CASES[case].whole else 0):
        call()
    print(json.dumps({"units": units, "parameters": parameters, "warm": time.perf_counter() - start}), file=OUT,
          flush=True)
    for line in sys.stdin:
        print(json.dumps(seconds_of(call, float(line))), file=OUT, flush=True)


if __name__ == "__main__":
    OUT = os.fdopen(os.dup(1), "w")  # answers alone; what libraries print goes to standard error
    os.dup2(2, 1)
    main(*sys.argv[1:])

"""What our side of a case is at while it runs: products and convolutions, passes over memory (sums, norms, activations,
copies, CTC's walk), or nothing, when TensorFlow's threads hand operations to each other.

    python -m benchmarks.speed.parts --out parts.json [CASE…]
    python docs/performance.py --parts parts.json speed.json

A moment belongs to the first of these that any thread is at, so the parts add up to the whole time.
"""
import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

from benchmarks.speed.cases import CASES

CALLS = 5
PRODUCTS = re.compile("MatMul|Conv[12]D|Einsum")
PARTS = ("products", "passes", "nothing")


def traced(call, calls):
    """Return [(part, begin, end), …] in seconds of all operations that TensorFlow runs in some calls."""
    import tensorflow as tf
    from tensorflow.tsl.profiler.protobuf.xplane_pb2 import XSpace

    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            for _ in range(calls):
                call()
        space = XSpace.FromString(next(Path(folder).rglob("*.xplane.pb")).read_bytes())
    found = []
    for plane in space.planes:
        names = {key: part_of(one.name) for key, one in plane.event_metadata.items()}
        for line in plane.lines:
            for event in line.events:
                if part := names[event.metadata_id]:
                    begin = line.timestamp_ns / 1e9 + event.offset_ps / 1e12
                    found.append((part, begin, begin + event.duration_ps / 1e12))
    return found


def part_of(event):
    """Return the part that an event named "node:Operation" belongs to, None where it is no operation."""
    if event.startswith("CpuExecutable::Execute"):  # what XLA compiled: gates, norms, CTC
        return "passes"
    kind = re.fullmatch(r"[^:]+:(_?[A-Z]\w*)", event)
    if not kind or kind[1] in ("While", "If", "PartitionedCall", "StatefulPartitionedCall"):
        return None
    return "products" if PRODUCTS.search(kind[1]) else "passes"


def shares(events):
    """Return {part: its share of the time from the first operation's begin to the last one's end}."""
    moments = sorted(((time, change, part) for part, begin, end in events for time, change in ((begin, 1), (end, -1))))
    running, seconds, before = dict.fromkeys(PARTS, 0), dict.fromkeys(PARTS, 0.0), moments[0][0]
    for time, change, part in moments:
        seconds[next((one for one in PARTS if running[one]), "nothing")] += time - before
        running[part] += change
        before = time
    whole = moments[-1][0] - moments[0][0]
    return {part: value / whole for part, value in seconds.items()}


def found(case, dtype):
    """Return the shares of a call's parts."""
    from benchmarks.speed import ours

    call, *_ = ours.made(case, dtype)
    calls = 1 if CASES[case].whole else CALLS
    for _ in range(calls):
        call()
    return shares(traced(call, calls))


def main():
    """Find the parts of the cases, and write after each what is there."""
    from benchmarks.speed import run
    from recipes import device

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; all where none is named")
    parser.add_argument("--out", default="parts.json")
    options = parser.parse_args()
    dtypes, result = ["float32", *(["bfloat16"] if device.has_bfloat16() else [])], {}
    for case in options.cases or CASES:
        result[case] = {dtype: run.child("benchmarks.speed.parts", "one", case, dtype) for dtype in dtypes}
        print(case, result[case], flush=True)
        Path(options.out).write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        print("\n" + json.dumps(found(*sys.argv[2:])))
    else:
        main()

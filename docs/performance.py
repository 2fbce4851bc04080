"""Write docs/performance.md from what was measured.

    python -m benchmarks.speed.run --out speed.json && python docs/performance.py speed.json
    python -m benchmarks.speed.parts --out parts.json && python docs/performance.py --parts parts.json speed.json
    python -m recipes bench --limit 5000 --csv steps.csv && python docs/performance.py --recipes steps.csv
    python -m benchmarks.gpu.run --out gpu.json && python docs/performance.py --gpu gpu.json

No figure of a table is typed by hand. Each command rewrites its own part; the others', and what stands between the
marks "tried" and "tried-gpu", such as what did not help, are kept.
"""
import json
import sys
from pathlib import Path
from statistics import median

PAGE = Path(__file__).parent / "performance.md"
WORDS = {"channels_last": "channels last", "time_last": "time the last axis", "compile": "torch.compile",
         "packed": "packed sequences", "sparse": "SparseAdam", "size": "batches of {}"}
HEAD = """# Performance

Our speed beside PyTorch's on the same work. The tables are written by `docs/performance.py`:

```
pip install ".[bench]" && python -m benchmarks.speed.run --out speed.json && python docs/performance.py speed.json
```

## Method

- **Ours** is what a user gets: a model of `registry.build`, `recipes.device.configure` and
  `recipes.train.compile_model`; the tagger's epoch is `recipes.pipeline` and `fit`. **PyTorch** is written as its
  users would at their best: fused AdamW, `scaled_dot_product_attention`, bfloat16 by autocast. Channels last,
  `torch.compile`, packed sequences, SparseAdam and larger batches of answers are tried where they may gain, and the
  fastest is kept; so is the better of `OMP_WAIT_POLICY` PASSIVE and ACTIVE.
- Both do the same: shapes, optimizer, dropout, and numbers of parameters, which must agree within 1 %.
- Each side is a process of its own. They work in turn, while all others are stopped; a figure is the median of the
  rounds. The ratio is PyTorch's time divided by ours: above 1 we are faster.
- **float32** allows no other dtype; **any dtype** is the faster of float32 and bfloat16, for each side.
- **The floor** is the larger of two times: the operations of products and convolutions, as PyTorch's step runs them,
  over the measured peak of a 2048 × 2048 matrix product in that dtype, by whichever framework is faster; and the
  bytes of weights, of what the optimizer keeps and of what is kept for the gradient over the measured bandwidth of a
  copy.
"""
NONE = "No measurement is recorded here yet: run the commands above on a machine that does nothing else."


def best(case, side, dtypes):
    """Return (median seconds, entry) of the fastest entry of a side in some dtypes."""
    entries = [entry for entry in case["seconds"] if entry["side"] == side and entry["dtype"] in dtypes]
    return min(((median(entry["rounds"]), entry) for entry in entries), key=lambda pair: pair[0])


def floor(case, machine, dtypes):
    """Return (seconds that the case takes at the least in some dtypes, "operations" or "bytes")."""
    found = []
    for dtype in dtypes:
        counts = case["floor"][dtype]
        found.append(max((counts["flops"] / machine["peaks"][dtype], "operations"),
                         (counts["bytes"] / machine["bandwidth"], "bytes")))
    return min(found)


def time(seconds):
    """Return "12.3 ms" or "12.3 s"."""
    return f"{seconds:.1f} s" if seconds >= 10 else f"{1000 * seconds:,.{0 if seconds >= 1 else 1}f} ms"


def settings(entry):
    """Return how an entry was measured, such as "bfloat16, channels last, ACTIVE"."""
    chosen = [WORDS[key].format(value) for key, value in (entry["variant"] or {}).items() if value]
    return ", ".join([entry["dtype"], *chosen, *([entry["policy"]] if entry["policy"] else [])])


def row(name, case, machine, dtypes):
    """Return a line of a table."""
    (ours, mine), (theirs, other) = (best(case, side, dtypes) for side in ("ours", "theirs"))
    least, bound = floor(case, machine, dtypes)
    return (f"| `{name}` | {time(ours)} | {case['units'] / ours:,.0f} {case['unit']}/s | {time(theirs)} | "
            f"{case['units'] / theirs:,.0f} {case['unit']}/s | **{theirs / ours:.2f}** | {time(least)}, {bound} | "
            f"{ours / least:.1f} | {settings(mine)} | {settings(other)} |")


def table(result, title, dtypes):
    """Return a section with a table of all cases in some dtypes."""
    head = ("case", "ours", "", "PyTorch", "", "ratio", "floor", "ours / floor", "our settings", "PyTorch's settings")
    rows = [row(name, case, result["machine"], dtypes) for name, case in result["cases"].items()]
    return "\n".join([f"## {title}\n", f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows, ""])


def measured(result):
    """Return the sections that tell the machine, the cases and the figures."""
    machine, rounds = result["machine"], result["settings"]
    peaks = ", ".join(f"{dtype} {peak / 1e9:,.0f} GFLOP/s" for dtype, peak in machine["peaks"].items())
    loads = [case["load"][0] for case in result["cases"].values()]
    counts = {name: len(case["seconds"][0]["rounds"]) for name, case in result["cases"].items()}
    fewer = "".join(f", {count} of `{name}`" for name, count in counts.items() if count != rounds["rounds"])
    told = (f"## Machine\n\n{machine['date']}, {machine['cores']} cores of {machine['cpu']}. Measured peaks: {peaks}; "
            f"{machine['bandwidth'] / 1e9:.1f} GB/s. "
            f"{', '.join(f'{name} {number}' for name, number in machine['versions'].items())}. "
            f"{rounds['rounds']} rounds of {rounds['seconds']:g} s or of one epoch{fewer}. Load average "
            f"{machine['load'][0]:.2f} at the beginning, {min(loads):.2f} to {max(loads):.2f} before each case (with "
            "what was measured before).\n")
    cases = "\n".join(["## Cases\n", "| case | work | parameters, ours and PyTorch's |", "|---|---|---|",
                       *(f"| `{name}` | {case['what']} | {case['parameters']['ours']:,}, "
                         f"{case['parameters']['theirs']:,} |" for name, case in result["cases"].items()), ""])
    return [told, cases, table(result, "float32", ["float32"]), table(result, "Any dtype", machine["dtypes"])]


def kept(before, mark):
    """Return what stands between marks of a page, with the marks."""
    start, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    return before[before.index(start):before.index(end) + len(end)] if start in before else f"{start}\n{end}"


def page(result, before):
    """Return the page for what was measured, or for None, with what is kept of the page before it."""
    parts = measured(result) if result else [NONE + "\n"]
    return "\n".join([HEAD, *parts, *(f"{kept(before, mark)}\n" for mark in ("parts", "tried", "recipes", "gpu"))])


def main(*arguments):
    """Write the page, or with --gpu, --recipes or --parts its part on those."""
    before = PAGE.read_text() if PAGE.exists() else page(None, "")
    match arguments:
        case ("--gpu", path):
            from performance_gpu import section

            after = section(json.loads(Path(path).read_text()), kept(before, "tried-gpu"))
            PAGE.write_text(before.replace(kept(before, "gpu"), after))
        case ("--recipes", path):
            from performance_recipes import section

            PAGE.write_text(before.replace(kept(before, "recipes"), section(path)))
        case ("--parts", path, speed):
            from performance_parts import section

            PAGE.write_text(before.replace(kept(before, "parts"), section(path, speed, best, floor)))
        case (path,):
            PAGE.write_text(page(json.loads(Path(path).read_text()), before))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])

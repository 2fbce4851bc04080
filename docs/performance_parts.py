"""The part of docs/performance.md on what our side does in a call, of what `benchmarks.speed.parts` and
`benchmarks.speed.run` found: see `performance.py`."""
import json
from pathlib import Path

HEAD = """<!-- parts -->
## What a call is at

```
python -m benchmarks.speed.parts --out parts.json && python docs/performance.py --parts parts.json speed.json
```

The shares of a call in which any thread is at a product or convolution; if none is, at operations that pass over
memory, such as sums, norms, activations, casts, copies, CTC's walk and updates of weights; and in which none is at
anything, because TensorFlow's threads hand operations to each other. From TensorFlow's profiler, which makes small
operations slower. Then how many times the floor a call takes in the tables above, and how many it would take if
products and convolutions ran at the measured peak and the rest as it is: what TensorFlow's operations, each by itself,
cost beside them.

| case | dtype | products | passes over memory | nothing | times the floor | with products at the peak |
|---|---|---|---|---|---|---|
"""


def section(path, speed, best, floor):
    """Return the section for a file of `benchmarks.speed.parts` and one of `benchmarks.speed.run`, with `best` and
    `floor` of `performance`."""
    speed, lines = json.loads(Path(speed).read_text()), []
    for case, each in json.loads(Path(path).read_text()).items():
        for dtype, shares in each.items():
            measured = speed["cases"][case]
            ours, least = best(measured, "ours", [dtype])[0], floor(measured, speed["machine"], [dtype])[0]
            products = measured["floor"][dtype]["flops"] / speed["machine"]["peaks"][dtype]
            cells = " | ".join(f"{share:.0%}" for share in shares.values())
            ideal = products + (1 - shares["products"]) * ours
            lines.append(f"| `{case}` | {dtype} | {cells} | {ours / least:.1f} | {ideal / least:.1f} |\n")
    return HEAD + "".join(lines) + "<!-- /parts -->"

"""The part of docs/performance.md on what our side does in a call, of what `benchmarks.speed.parts` found: see
`performance.py`."""
import json
from pathlib import Path

HEAD = """<!-- parts -->
## What a call is at

```
python -m benchmarks.speed.parts --out parts.json && python docs/performance.py --parts parts.json
```

The shares of a call in which any thread is at a product or convolution; if none is, at CTC's kernel; if none is, at
operations that pass over memory, such as sums, norms, activations, casts, copies and updates of weights; and in which
none is at anything, because TensorFlow's threads hand operations to each other. From TensorFlow's profiler, which makes
small operations slower.

| case | dtype | products, convolutions | CTC | passes over memory | nothing |
|---|---|---|---|---|---|
"""


def section(path):
    """Return the section for a file of `benchmarks.speed.parts`."""
    lines = []
    for case, each in json.loads(Path(path).read_text()).items():
        for dtype, found in each.items():
            cells = " | ".join(f"{share:.0%}" for share in found.values())
            lines.append(f"| `{case}` | {dtype} | {cells} |\n")
    return HEAD + "".join(lines) + "<!-- /parts -->"

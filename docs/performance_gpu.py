"""The part of docs/performance.md on GPUs, of what `python -m benchmarks.gpu.run` measured: see `performance.py`."""
from performance import best, time

WORDS = {"channels_last": "channels last", "graph": "CUDA graph", "fit": "fit", "cudnn": "cuDNN's LSTM"}
HEAD = """<!-- gpu -->
## On a GPU

```
pip install ".[gpu-bench]" && python -m benchmarks.gpu.run --out gpu.json && python docs/performance.py --gpu gpu.json
```

needs an NVIDIA GPU with JAX, PyTorch and Keras; TensorFlow is not used.

- **Ours** is a model of `registry.build` on Keras's JAX backend: the loss of its output domain and Keras's AdamW in one
  function that XLA compiles, one step a call or 16 (`lax.scan`), or Keras's own `fit`. Tables of `deepfm` learn by
  Adagrad, as in `recipes.optimizers.rows`. **PyTorch** is that of the section above on the GPU: fused AdamW,
  `scaled_dot_product_attention`, autocast; eager, `torch.compile`, and whole steps recorded as a CUDA graph. The
  fastest way of each side counts. `max-autotune`, which takes minutes, was tried for `gpt` alone.
- Batches lie on the device. **float32** lets both compute products in TF32. **bfloat16** is Keras's `mixed_bfloat16`
  and PyTorch's autocast, of `decoding` weights in bfloat16.
- Batches are those above, and larger ones. Both sides and dtypes are processes of their own that share the card and
  work in turn; a figure is the median of the rounds. The ratio is PyTorch's time divided by ours.
- **Of peak** is the operations of products and convolutions over the time and the measured peak of a product of 8192 ×
  8192 matrices in that dtype, by whichever framework is faster. **The floor** is as above, by the measured peak and
  bandwidth of the card, whose caches are large: it may be above what is true.
"""


def told(result):
    """Return the paragraph on the machine."""
    machine, rounds = result["machine"], result["settings"]
    names = {"bfloat16": "bfloat16", "float32": "float32 as TF32", "exact": "float32 itself"}
    peaks = ", ".join(f"{names[key]} {machine['peaks'][key] / 1e12:,.0f} TFLOP/s" for key in names)
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (f"{machine['date']}, {machine['device']}, {machine['cores']} CPU cores. Measured peaks: {peaks}; "
            f"{machine['peaks']['bandwidth'] / 1e12:.2f} TB/s. {versions}. {rounds['rounds']} rounds of "
            f"{rounds['seconds']:g} s.\n")


def fine(seconds):
    """Return "1.23 ms", since a GPU's are short."""
    return f"{1000 * seconds:.2f} ms" if seconds < 0.01 else time(seconds)


def settings(way):
    """Return a way in words, such as "torch.compile, CUDA graph"."""
    chosen = [WORDS[key] for key, value in way.items() if value and key in WORDS]
    if way.get("compile"):
        chosen.insert(0, "torch.compile" + ("" if way["compile"] is True else f" {way['compile']}"))
    return ", ".join([*chosen, *([f"{way['steps']} steps a call"] if "steps" in way else [])]) or "one step a call"


def rows(name, case, size, machine, notes):
    """Yield the lines of a case and size of the batch, one for each dtype that was measured."""
    for dtype in dict.fromkeys(entry["dtype"] for entry in size["seconds"]):
        (ours, mine), (theirs, other) = (best(size, side, [dtype]) for side in ("ours", "theirs"))
        floor, peak = size["floor"][dtype], machine["peaks"][dtype]
        bandwidth = machine["peaks"]["bandwidth"]
        least, bound = max((floor["flops"] / peak, "operations"), (floor["bytes"] / bandwidth, "bytes"))
        shares = [f"{100 * floor['flops'] / peak / seconds:.1f} %" for seconds in (ours, theirs)]
        mark = f" {notes[size['note']]}" if "note" in size else ""
        speeds = [f"{size['units'] / seconds:,.0f} {case['unit']}/s" for seconds in (ours, theirs)]
        cells = (f"`{name}` × {size['times']}{mark}", dtype, fine(ours), speeds[0], shares[0], fine(theirs), speeds[1],
                 shares[1], f"**{theirs / ours:.2f}**", f"{fine(least)}, {bound}", settings(mine["way"]),
                 settings(other["way"]))
        yield f"| {' | '.join(cells)} |"


def section(result, tried):
    """Return the part, with what was tried."""
    head = ("case × batch", "dtype", "ours", "", "of peak", "PyTorch", "", "of peak", "ratio", "floor", "our way",
            "PyTorch's way")
    found = dict.fromkeys(size["note"] for case in result["cases"].values() for size in case["sizes"] if "note" in size)
    notes = {note: "†" * (1 + i) for i, note in enumerate(found)}
    lines = [line for name, case in result["cases"].items() for size in case["sizes"]
             for line in rows(name, case, size, result["machine"], notes)]
    below = [f"{mark} {note[0].upper()}{note[1:]}." for note, mark in notes.items()]
    return "\n".join([HEAD, told(result), f"| {' | '.join(head)} |", "|---" * len(head) + "|", *lines, "",
                      *([*below, ""] if below else []), tried, "<!-- /gpu -->"])

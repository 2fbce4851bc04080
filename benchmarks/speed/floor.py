"""What a case must take at the least on this machine: its floating-point operations and its bytes, and the peaks.

    python -m benchmarks.speed.floor peaks|tensorflow|CASE DTYPE [TIMES]

prints JSON: operations and bytes a second that PyTorch reaches, those that TensorFlow reaches with what is known of the
machine, or the operations and bytes of a call of a case, with batches so many times as large.

Operations are counted in PyTorch's step as it runs, forward and backward, products and convolutions alone; a product
half of which a mask hides counts whole. Bytes are those of weights and of what the optimizer keeps (`theirs`), and what
is kept for the gradient, written once and read once; what stays in the processor's caches makes the true floor lower.
"""
import json
import sys

from benchmarks.speed import cases
from recipes.peaks import BYTES, SIDE, best


def peaks():
    """Return {"float32", "bfloat16": operations a second of a matrix product, "bandwidth": bytes a second of a copy}.
    """
    import torch

    found = {}
    for dtype in ("float32", "bfloat16"):
        a = torch.randn(SIDE, SIDE).to(getattr(torch, dtype))
        found[dtype] = 2 * SIDE**3 / best(lambda a=a: a @ a)
    source = torch.ones(BYTES // 4)
    target = source.clone()
    found["bandwidth"] = 2 * BYTES / best(lambda: target.copy_(source))
    return found


def tensorflow():
    """Return TensorFlow's peaks, the dtypes worth trying, and versions, device and processor."""
    from recipes import device, peaks
    from registry import quiet

    quiet.start()
    dtypes = ["float32", "bfloat16"] if device.has_bfloat16() else ["float32"]
    return {**{dtype: peaks.matrix(dtype == "bfloat16", again=True) for dtype in dtypes}, "dtypes": dtypes,
            "environment": device.describe()}


def counted(case, dtype):
    """Return {"flops", "bytes"} of a call of a case."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    from benchmarks.speed import theirs

    work = theirs.made(case, dtype, {})
    kept = _kept(work, torch)
    counter = FlopCounterMode(display=False)
    with counter, sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False):  # else LSTMs are one box
        theirs.made(case, "float32", {}).call()
    return {"flops": counter.get_total_flops(), "bytes": work.moved + 2 * kept}


def _kept(work, torch):
    """Return the bytes that a call keeps for its gradient, weights apart, each once."""
    weights = {p.untyped_storage().data_ptr() for p in work.model.parameters()}
    total, held = 0, set()

    def pack(tensor):
        nonlocal total
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights | held:
            held.add(storage.data_ptr())
            total += storage.nbytes()
        return tensor

    def unpack(tensor):
        held.clear()  # the way back has begun: memory is given free and used again
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        work.call()
    return total


if __name__ == "__main__":
    what, *more = sys.argv[1:]
    if more:
        with cases.enlarged(float((*more, 1)[1])):
            found = counted(what, more[0])
    else:
        found = {"peaks": peaks, "tensorflow": tensorflow}[what]()
    print("\n" + json.dumps(found))

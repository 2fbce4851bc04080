"""PyTorch's side on a GPU: that of `benchmarks.speed`, and a step recorded once and replayed as a CUDA graph."""
import torch

from benchmarks.gpu.work import Work
from benchmarks.speed import theirs

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
RECORD_AFTER = 12  # calls: compiled code needs some, and it is all batches a few times


def made(case, dtype, variant):
    """Return the `Work` of a case; dtype is "float32" (products in TF32) or "bfloat16"."""
    torch.set_default_device(DEVICE)
    torch.cuda.empty_cache()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    made = theirs.made(case, dtype, variant)
    call = made.call
    if variant.get("graph") and DEVICE == "cuda":
        call = recorded(call)
    if DEVICE == "cpu":
        return Work(call, 1, made.units, made.parameters, lambda _: None)
    return Work(call, theirs.BATCHES if variant.get("graph") else 1, made.units, made.parameters,
                lambda _: torch.cuda.synchronize())


def recorded(call):
    """Return the call of all batches in turn as a CUDA graph (https://pytorch.org/docs/stable/notes/cuda.html, whole
    network capture)."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(RECORD_AFTER):
            call()
    torch.cuda.current_stream().wait_stream(side)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(theirs.BATCHES):
            call()

    def replay(keeping=call):  # the recorded step works on its weights and batches
        graph.replay()

    return replay

"""PyTorch's side: training steps and reading as its users write them, with the settings of a variant."""
import itertools

import torch
from torch.nn import functional as F

from benchmarks.speed import cases, networks

BATCHES = 4  # that are read again and again


class Work:
    """A case in PyTorch.

    Args:
        call: does it once.
        units: how many are done in a call.
        model: who does it.
        moved: bytes of weights and of what the optimizer keeps that a call reads and writes at the least.
    """

    def __init__(self, call, units, model, moved):
        self.call, self.units, self.model, self.moved = call, units, model, moved

    @property
    def parameters(self):
        return sum(p.numel() for p in self.model.parameters())


def made(case, dtype, variant):
    """Return the `Work` of a case; dtype is "float32" or "bfloat16", the variant one of the case's."""
    torch.manual_seed(0)
    if case in ("tagger", "tagging"):
        from benchmarks.speed import sentences

        return getattr(sentences, case)(dtype, variant)
    return globals()[case](dtype, variant)


def training(model, batches, loss, units, dtype, variant, optimizers=None, moved=None):
    """Return the `Work` of a training step; the optimizer is a fused AdamW where none is given."""
    optimizers = optimizers or [adamw(model.parameters())]
    if variant.get("channels_last"):
        model = model.to(memory_format=torch.channels_last)
    forward = compiled(model, variant) if variant.get("compile") else model
    batches = itertools.cycle(batches)

    def step():
        x, y = next(batches)
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        with torch.autocast(torch.get_default_device().type, torch.bfloat16, enabled=dtype == "bfloat16"):
            scores = forward(x)
        loss(scores.float(), y).backward()
        for optimizer in optimizers:
            optimizer.step()

    return Work(step, units, model, adam_bytes(model) if moved is None else moved)


def adamw(parameters):
    """Return AdamW, whose step a CUDA graph may record."""
    on_gpu = torch.get_default_device().type == "cuda"
    return torch.optim.AdamW(parameters, 1e-3, weight_decay=1e-4, fused=True, capturable=on_gpu)


def compiled(function, variant):
    """Return what `torch.compile` makes of it: a variant's "compile" is True or the mode's name."""
    return torch.compile(function, dynamic=False, mode=None if variant["compile"] is True else variant["compile"])


def adam_bytes(model):
    """Return the bytes that a step of Adam moves: weights, read in both directions; gradients, written and read; and
    weights and both averages, read and written."""
    return 10 * 4 * sum(p.numel() for p in model.parameters())


def cross_entropy(scores, targets):
    return F.cross_entropy(scores.flatten(0, -2), targets.flatten(), ignore_index=-1)


def numbers(low, high, *shape):
    """Return BATCHES batches of random numbers."""
    return torch.randint(low, high, (BATCHES, *shape)).unbind()


def vgg(dtype, variant):
    c = cases.VGG
    images = [x.to(torch.uint8) for x in numbers(0, 256, c["B"], 3, c["side"], c["side"])]
    if variant.get("channels_last"):
        images = [x.contiguous(memory_format=torch.channels_last) for x in images]
    batches = list(zip(images, numbers(0, c["K"], c["B"])))
    return training(networks.VGG(), batches, cross_entropy, c["B"], dtype, variant)


def _of_words(model, c, dtype, variant):
    shape = c["B"], c["T"]
    batches = list(zip(numbers(2, 2 + c["V"], *shape), numbers(0, c["K"], *shape)))
    return training(model, batches, cross_entropy, c["B"] * c["T"], dtype, variant)


def bilstm(dtype, variant):
    return _of_words(networks.LSTMTagger(), cases.BILSTM, dtype, variant)


def transformer(dtype, variant):
    return _of_words(networks.Transformer(cases.TRANSFORMER), cases.TRANSFORMER, dtype, variant)


def gpt(dtype, variant):
    return _of_words(networks.Transformer(cases.GPT, causal=True), cases.GPT, dtype, variant)


def deepfm(dtype, variant):
    c, model = cases.DEEPFM, networks.DeepFM()
    first = c["fields"] + c["V"] * torch.arange(c["fields"])
    batches = [(ids + first, (torch.rand(c["B"]) < 0.2).float()) for ids in numbers(0, c["V"], c["B"], c["fields"])]
    tables = [model.table.weight]
    others = [p for name, p in model.named_parameters() if not name.startswith("table")]
    sparse = torch.optim.SparseAdam(tables, 1e-3) if variant.get("sparse") == "adam" else torch.optim.Adagrad(
        tables, 1e-2)
    if variant.get("compile"):
        model.scored = compiled(model.scored, variant)  # gradients of sparse tables cannot be compiled
    rows = sum(len(ids.unique()) for ids, _ in batches) / BATCHES * (1 + c["D"])
    moved = 10 * 4 * sum(p.numel() for p in others) + 7 * 4 * rows  # Adagrad keeps one number, not two, and reads once
    return training(model, batches, F.binary_cross_entropy_with_logits, c["B"], dtype, {**variant, "compile": False},
                    [sparse, adamw(others)], moved)


def ctc(dtype, variant):
    c = cases.CTC
    frames, pieces = (torch.full((c["B"],), n, device="cpu") for n in (c["T"] // 2, c["L"]))  # read there in any case
    batches = list(zip(torch.randn(BATCHES, c["B"], c["T"], c["D"]), numbers(1, c["K"], c["B"], c["L"])))

    def loss(scores, targets):
        return F.ctc_loss(scores, targets, frames, pieces, reduction="sum") / targets.numel()

    return training(networks.CRNN(variant.get("time_last", False)), batches, loss, c["B"] * c["T"], dtype, variant)


def decoding(dtype, variant):
    c, model = cases.DECODING, networks.Writer().eval()
    model = model.to(getattr(torch, dtype))
    step = compiled(model.step, variant) if variant.get("compile") else model.step
    words = numbers(2, c["V"], c["B"], c["T"])[0]

    def write():
        with torch.inference_mode():
            return model(words, step)

    writing = sum(p.numel() for name, p in model.named_parameters() if not name.startswith("reader"))
    return Work(write, c["B"] * c["L"], model, c["L"] * writing * model.bias.element_size())

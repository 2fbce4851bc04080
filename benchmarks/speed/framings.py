"""This project's side of the training steps: what is framed, and random encoded numbers for it. Needs no TensorFlow."""
from dataclasses import dataclass, field

import numpy as np

from benchmarks.speed import cases
from registry import AudioFeatures, ClickLog, Event, Following, Framing, Image, Label, Tags, Text, Transcript, WordSeq
from registry.outputs.pieces import FIRST

BATCHES = 4  # that are read again and again
RNG = np.random.default_rng(0)


@dataclass(frozen=True)
class Framed:
    """A framing, who learns it, and BATCHES batches.

    Args:
        framing: of `registry`.
        architecture, options: of `registry.build`.
        numbers: the model's inputs by name, (BATCHES · B, …).
        targets: (BATCHES · B, …).
        units: how many are counted for an example.
        settings: further ones of the recipe.
    """

    framing: Framing
    architecture: str
    options: dict
    numbers: dict
    targets: object = None
    units: int = 1
    settings: dict = field(default_factory=dict)


def made(case):
    """Return what is `Framed` for a case."""
    return globals()[case]()


def vgg():
    c = cases.VGG
    n = BATCHES * c["B"]
    images = RNG.integers(256, size=(n, c["side"], c["side"], 3)).astype("uint8")
    framing = Framing(Image(c["side"], c["side"], 3), Label(tuple(map(str, range(c["K"])))))
    return Framed(framing, "vgg", {"layout": c["layout"]}, {"image": images},
                  RNG.integers(c["K"], size=n).astype("int32"))


def _words(c):
    """Return the domain of words that are but numbers with a vector each, and numbers of BATCHES batches."""
    domain = WordSeq(unit="character", exact=True, max_chars=1, gram=0, word_dropout=0.0, embedding=c["D"],
                     num_buckets=c["V"])
    ids = RNG.integers(2, 2 + c["V"], size=(BATCHES * c["B"], c["T"])).astype("int32")
    return domain, {"words": ids, "chars": np.ones((*ids.shape, 1), "int32")}


def _of_words(architecture, c, outputs, options):
    domain, numbers = _words(c)
    targets = RNG.integers(c["K"], size=numbers["words"].shape).astype("int32")
    return Framed(Framing(domain, outputs), architecture, options, numbers, targets, c["T"])


def bilstm():
    c = cases.BILSTM
    return _of_words("bilstm", c, Tags(), {name: c[name] for name in ("units", "depth", "dropout")})


def transformer():
    return _of_words("transformer", cases.TRANSFORMER, Tags(), _of_transformer(cases.TRANSFORMER))


def _of_transformer(c):
    return {"units": c["D"], **{name: c[name] for name in ("num_heads", "depth", "dropout")}}


def gpt():
    c = cases.GPT
    names = tuple(f"name {i}" for i in range(c["K"] - 1))
    return _of_words("transformer", c, Following(names), {**_of_transformer(c), "positions": "learned"})


def deepfm():
    c = cases.DEEPFM
    n, fields = BATCHES * c["B"], c["fields"]
    domain = ClickLog((), tuple(f"field {i}" for i in range(fields)), num_buckets=c["V"], embedding=c["D"])
    ids = RNG.integers(c["V"], size=(n, fields)) + fields + c["V"] * np.arange(fields)
    targets = np.stack([RNG.random(n) < 0.2, np.ones(n), np.full(n, np.nan)], 1).astype("float32")
    return Framed(Framing(domain, Event()), "deepfm", {"units": c["units"], "depth": c["depth"]},
                  {"ids": ids.astype("int32")}, targets, settings={"optimizer": "rows", "metric": "auc"})


def ctc():
    c = cases.CTC
    n = BATCHES * c["B"]
    domain = AudioFeatures(c["D"], standardise="training", mean=(0.0,) * c["D"], std=(1.0,) * c["D"],
                           differences=False)
    numbers = {"features": RNG.normal(size=(n, c["T"], c["D"])).astype("float32"),
               "frames": np.ones((n, c["T"]), "int32")}
    targets = RNG.integers(1, c["K"], size=(n, c["L"])).astype("int32")
    return Framed(Framing(domain, Transcript()), "crnn",
                  {name: c[name] for name in ("filters", "units", "dropout")} | {"depth": 1}, numbers, targets, c["T"],
                  {"metric": "wer"})


def decoding():
    c = cases.DECODING
    domain, numbers = _words({**c, "V": c["V"] - 2})
    outputs = Text(tuple(f"piece {i}" for i in range(c["V"] - FIRST)), unit="word", max_pieces=c["L"], beams=1)
    return Framed(Framing(domain, outputs), "transformer", _of_transformer(c), numbers, units=c["L"])


def endless(model):
    """Let an untrained writer end no text early."""
    from registry.outputs.pieces import MARK

    bias = model.get_layer("head_decoder").bias
    bias.assign(np.where(np.arange(bias.shape[0]) == MARK, -1e4, 0.0))

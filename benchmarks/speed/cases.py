"""The cases: what is done, how it is counted, and the ways in which PyTorch may do it, of which the fastest counts.

Sizes are named once here, so that both sides do the same. Letters: B batch, T time, V kinds, D features, K answers.
"""
from contextlib import contextmanager
from dataclasses import dataclass

ALONE, COMPILED = {}, {"compile": True}
LAST, LAST_COMPILED = {"channels_last": True}, {"channels_last": True, "compile": True}


@dataclass(frozen=True)
class Case:
    """A piece of work.

    Args:
        what: for people.
        unit: what is counted.
        variants: settings of PyTorch that are tried.
        whole: one call is seconds of work, an epoch: fewer rounds, and no further warm-up for PyTorch.
    """

    what: str
    unit: str
    variants: tuple = (ALONE,)
    whole: bool = False


VGG = {"B": 128, "side": 32, "K": 10, "layout": (32, 32, "M", 64, 64, "M", 128, 128, "M")}
BILSTM = {"B": 64, "T": 40, "V": 10_000, "D": 100, "units": 256, "depth": 2, "dropout": 0.33, "K": 17}
TRANSFORMER = {"B": 32, "T": 128, "V": 10_000, "D": 256, "num_heads": 4, "depth": 4, "dropout": 0.1, "K": 17}
GPT = {"B": 32, "T": 128, "V": 65, "D": 128, "num_heads": 4, "depth": 4, "dropout": 0.0, "K": 65, "positions": 512}
DEEPFM = {"B": 4096, "fields": 26, "V": 100_000, "D": 16, "units": 400, "depth": 2}
CTC = {"B": 16, "T": 400, "D": 40, "filters": (32, 32, 64), "units": 128, "dropout": 0.2, "L": 30, "K": 29}
TAGGER = {"B": 32, "D": 128, "filters": 48, "C": 20, "buckets": 1024, "chars": 32, "units": 192, "depth": 2,
          "dropout": 0.5, "hidden": 0.25, "smoothing": 0.1, "signs": 8, "K": 17}
DECODING = {"B": 64, "T": 20, "L": 64, "V": 8000, "D": 256, "num_heads": 4, "depth": 4, "dropout": 0.1}


@contextmanager
def enlarged(times):
    """Let batches be so many times as large for what is made in here."""
    before = [(size, size["B"]) for size in globals().values() if isinstance(size, dict) and "B" in size]
    for size, batch in before:
        size["B"] = max(1, int(batch * times))
    try:
        yield
    finally:
        for size, batch in before:
            size["B"] = batch


CASES = {
    "vgg": Case("training step: VGG 32-32-M-64-64-M-128-128-M with batch norm, images 32 × 32 × 3, batch 128, AdamW",
                "images", (LAST, ALONE, LAST_COMPILED)),
    "bilstm": Case("training step: BiLSTM 2 × 256, embedding 100, batch 64, 40 words, AdamW", "words"),
    "transformer": Case("training step: Transformer encoder, 4 layers of 256, 4 heads, dropout 0.1, batch 32, "
                        "128 words, AdamW", "words", (ALONE, COMPILED)),
    "gpt": Case("training step: GPT, 4 layers of 128, 4 heads, batch 32, 128 characters of 65, AdamW", "characters",
                (ALONE, COMPILED)),
    "deepfm": Case("training step: DeepFM, 26 fields × 100,000 values × 16, MLP 400-400, batch 4096; tables by "
                   "Adagrad, the rest by AdamW", "rows", (ALONE, {"sparse": "adam"}, COMPILED)),
    "ctc": Case("training step: convolutions and a BiLSTM of 128, batch 16, 400 frames of 40, CTC of 30 characters of "
                "28, AdamW", "frames", (LAST, ALONE, {**LAST, "time_last": True})),
    "tagger": Case("an epoch of the EWT tagger, BiLSTM 2 × 192 with a network over characters, batches of 32 sentences "
                   "of like length, encoded, shuffled and padded on the way, AdamW", "words",
                   (ALONE, {"packed": True}), whole=True),
    "tagging": Case("the same tagger reads the training part of EWT: from encoded words to tags", "words",
                    tuple({"size": size} for size in (64, 128, 256)), whole=True),
    "decoding": Case("greedy decoding: encoder and decoder, 4 layers of 256 each, 4 heads, 64 sentences of 20 words, "
                     "64 pieces each of 8,000", "pieces", (ALONE, COMPILED)),
}

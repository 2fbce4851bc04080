"""PyTorch's side of the EWT tagger: sentences as numbers, batches of like length, the network, an epoch, reading.

    python -m benchmarks.speed.sentences FILE.json

writes the sentences of the training part with their tags, so that PyTorch's process needs no TensorFlow.
"""
import json
import os
import sys
from collections import Counter

SENTENCES = "TASKZOO_SPEED_SENTENCES"  # names the file that was written


def write(path):
    """Write {"words": N lists of strings, "tags": N lists of strings} of recipe pos_tagging's training part."""
    from recipes import catalogue
    from recipes.datasets.folders import Folders

    rows = list(catalogue.module("pos_tagging").data(Folders()).splits["train"].as_numpy_iterator())
    words, tags = ([[word.decode() for word in sentence] for sentence in column] for column in zip(*rows))
    with open(path, "w") as file:
        json.dump({"words": words, "tags": tags}, file)


def signs(word):
    """Return a number from 1 on that tells how a word is written, as the zoo's layer of subwords has it."""
    marks = (word[:1].isupper(), word.isupper(), any(c.isdigit() for c in word), "-" in word,
             any(not c.isalnum() and c != "-" for c in word))
    return 1 + sum(2**i for i, mark in enumerate(marks) if mark)


def encoded():
    """Return (sentences as numbers of kinds of words, tags, words of kinds, signs of kinds, characters of kinds, rows
    of the vocabulary); 0 is padding."""
    import numpy as np
    import torch

    from benchmarks.speed.cases import TAGGER

    with open(os.environ[SENTENCES]) as file:
        data = json.load(file)
    counts = Counter(word.lower() for sentence in data["words"] for word in sentence)
    rows = {word: i for i, (word, n) in enumerate(counts.most_common(), 2) if n >= 2}
    kinds = {word: i for i, word in enumerate(dict.fromkeys(w for s in data["words"] for w in s), 1)}
    tags = {tag: i for i, tag in enumerate(sorted({tag for s in data["tags"] for tag in s}))}
    chars, size = np.zeros((1 + len(kinds), TAGGER["C"]), "int64"), TAGGER["C"]
    for word, i in kinds.items():
        kept = word if len(word) <= size else word[: size - size // 2] + word[-(size // 2):]
        chars[i, : len(kept)] = [1 + ord(c) % TAGGER["buckets"] for c in kept]
    known = torch.tensor([0, *(rows.get(word.lower(), 1) for word in kinds)])
    return ([np.array([kinds[w] for w in s]) for s in data["words"]],
            [np.array([tags[t] for t in s]) for s in data["tags"]], known,
            torch.tensor([0, *map(signs, kinds)]), torch.from_numpy(chars), 2 + len(rows))


def network(known, marks, chars, rows):
    """Return the tagger: kinds of words (B, T) to scores (B, T, K)."""
    import torch
    from torch import nn

    from benchmarks.speed.cases import TAGGER as c
    from benchmarks.speed.networks import BiLSTM

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.vectors, self.marks = nn.Embedding(rows, c["D"], padding_idx=0), nn.Embedding(33, c["signs"])
            self.chars = nn.Embedding(1 + c["buckets"], c["chars"], padding_idx=0)
            self.convolve = nn.ModuleList(
                nn.Conv1d(c["chars"], c["filters"], width, padding="same") for width in (2, 3, 4))
            self.body = BiLSTM(c["D"] + 3 * c["filters"] + c["signs"], c["units"], c["depth"], c["dropout"])
            self.head = nn.Linear(2 * c["units"], c["K"])

        def spelt(self, kinds):
            """Return features (B, T, 3F) of the characters of words, each kind of word in the batch read once."""
            distinct, places = kinds.unique(return_inverse=True)
            codes = chars[distinct]
            x, real = self.chars(codes).transpose(1, 2), (codes > 0)[:, None]
            return torch.cat([(layer(x).relu() * real).amax(-1) for layer in self.convolve], -1)[places]

        def forward(self, kinds, lengths=None):
            ids = known[kinds]
            if self.training:
                hidden = (torch.rand(ids.shape) < c["hidden"]) & (ids > 0)
                ids = torch.where(hidden, 1, ids)
            x = torch.cat([self.vectors(ids), self.spelt(kinds), self.marks(marks[kinds])], -1)
            return self.head(self.body(x, lengths))

    return Tagger()


def batches(kinds, tags, size, shuffled=True):
    """Yield (kinds (B, T), tags (B, T), lengths (B,)) of sentences of like length, padded with 0 and -1."""
    import numpy as np
    import torch
    from torch.nn.utils.rnn import pad_sequence
    from torch.utils.data import DataLoader

    lengths = np.array([len(s) for s in kinds])
    order = np.argsort(lengths + np.random.random(len(lengths)) * shuffled)
    chunks = [order[i : i + size] for i in range(0, len(order), size)]
    if shuffled:
        np.random.shuffle(chunks)

    def together(some):
        columns = [pad_sequence([torch.from_numpy(column[i]) for i in some], True, padding)
                   for column, padding in ((kinds, 0), (tags, -1))]
        return *columns, torch.from_numpy(lengths[some])

    return DataLoader(range(len(kinds)), batch_sampler=chunks, collate_fn=together)


def tagger(dtype, variant):
    """Return the `Work` of an epoch."""
    import torch
    from torch.nn import functional as F

    from benchmarks.speed.cases import TAGGER as c
    from benchmarks.speed.theirs import Work, adam_bytes

    kinds, tags, *tables = encoded()
    model = network(*tables)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.0, fused=True)

    def epoch():
        for x, y, lengths in batches(kinds, tags, c["B"]):
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16"):
                scores = model(x, lengths if variant.get("packed") else None)
            F.cross_entropy(scores.float().flatten(0, 1), y.flatten(), ignore_index=-1,
                            label_smoothing=c["smoothing"]).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()

    return Work(epoch, sum(map(len, kinds)), model, -(-len(kinds) // c["B"]) * adam_bytes(model))


def tagging(dtype, variant):
    """Return the `Work` of reading."""
    import torch

    from benchmarks.speed.theirs import Work

    kinds, tags, *tables = encoded()
    size = variant.get("size", 64)
    model = network(*tables).eval().to(getattr(torch, dtype))

    def read():
        with torch.inference_mode():
            return [model(x).softmax(-1).max(-1) for x, _, _ in batches(kinds, tags, size, shuffled=False)]

    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    return Work(read, sum(map(len, kinds)), model, -(-len(kinds) // size) * weights)


if __name__ == "__main__":
    write(sys.argv[1])

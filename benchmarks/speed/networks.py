"""PyTorch's side: the networks, layer by layer those of the zoo. Shapes as in `cases`."""
import math

import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.speed import cases


class VGG(nn.Module):
    def __init__(self):
        super().__init__()
        parts, before = [], 3
        for width in cases.VGG["layout"]:
            if width == "M":
                parts.append(nn.MaxPool2d(2))
            else:
                convolve = nn.Conv2d(before, width, 3, padding=1, bias=False)
                parts += [convolve, nn.BatchNorm2d(width, momentum=0.03), nn.ReLU(inplace=True)]
                before = width
        self.body, self.head = nn.Sequential(*parts), nn.Linear(before, cases.VGG["K"])

    def forward(self, images):
        x = (images.float() / 255 - 0.5) / 0.25
        return self.head(self.body(x).mean((2, 3)))


def same_at_all_times(x, rate, training):
    """Drop whole features of sequences (B, T, D)."""
    return x * F.dropout(x.new_ones(x.shape[0], 1, x.shape[2]), rate) if training else x


class BiLSTM(nn.Module):
    """Features (B, T, D) to (B, T, 2 · units)."""

    def __init__(self, size, units, depth, dropout):
        super().__init__()
        self.dropout = dropout
        self.layers = nn.ModuleList(
            nn.LSTM(2 * units if i else size, units, batch_first=True, bidirectional=True) for i in range(depth))

    def forward(self, x, lengths=None):
        for layer in self.layers:
            x = same_at_all_times(x, self.dropout, self.training)
            if lengths is None:
                x, _ = layer(x)
            else:
                packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
                x, _ = nn.utils.rnn.pad_packed_sequence(layer(packed)[0], batch_first=True)
        return same_at_all_times(x, self.dropout, self.training)


class LSTMTagger(nn.Module):
    def __init__(self):
        super().__init__()
        c = cases.BILSTM
        self.vectors = nn.Embedding(2 + c["V"], c["D"], padding_idx=0)
        self.body = BiLSTM(c["D"], c["units"], c["depth"], c["dropout"])
        self.head = nn.Linear(2 * c["units"], c["K"])

    def forward(self, words):
        return self.head(self.body(self.vectors(words)))


class Block(nn.Module):
    """Attention to itself, with `memory` to that too, and a feed-forward part, the norm before each."""

    def __init__(self, size, num_heads, dropout, memory=False):
        super().__init__()
        self.num_heads, self.dropout = num_heads, dropout
        self.norm, self.forward_norm = nn.LayerNorm(size, 1e-6), nn.LayerNorm(size, 1e-6)
        self.inputs, self.out = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.wide, self.narrow = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)
        if memory:
            self.memory_norm, self.query = nn.LayerNorm(size, 1e-6), nn.Linear(size, size)
            self.of_memory, self.memory_out = nn.Linear(size, 2 * size), nn.Linear(size, size)

    def heads(self, x):
        return x.view(*x.shape[:2], self.num_heads, -1).transpose(1, 2)

    def attend(self, query, keys, values, **options):
        rate = self.dropout if self.training else 0.0
        found = F.scaled_dot_product_attention(query, keys, values, dropout_p=rate, **options)
        return found.transpose(1, 2).flatten(2)

    def drop(self, x):
        return F.dropout(x, self.dropout, self.training)

    def forward(self, x, causal=False):
        query, keys, values = map(self.heads, self.inputs(self.norm(x)).chunk(3, -1))
        x = x + self.drop(self.out(self.attend(query, keys, values, is_causal=causal)))
        return self.fed_forward(x)

    def fed_forward(self, x):
        return x + self.drop(self.narrow(F.gelu(self.wide(self.forward_norm(x)))))

    def step(self, x, time, keys, values, memory, hidden):
        """Return what one piece (B, 1, D) becomes, its key and value put into caches (B, H, L, D/H)."""
        query, key, value = map(self.heads, self.inputs(self.norm(x)).chunk(3, -1))
        keys.index_copy_(2, time, key.to(keys.dtype))
        values.index_copy_(2, time, value.to(values.dtype))
        x = x + self.out(self.attend(query, keys, values, attn_mask=hidden))
        x = x + self.memory_out(self.attend(self.heads(self.query(self.memory_norm(x))), *memory))
        return self.fed_forward(x)


def sinusoids(length, size):
    rates = torch.exp(torch.arange(size // 2) * (-math.log(10_000) / (size // 2)))
    angles = torch.arange(length)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], -1)


class Transformer(nn.Module):
    """Words (B, T) to scores (B, T, K), or without an answer to features (B, T, D)."""

    def __init__(self, c, causal=False, rows=None):
        super().__init__()
        self.causal, self.dropout, size = causal, c["dropout"], c["D"]
        self.vectors, self.project = nn.Embedding(rows or 2 + c["V"], size, padding_idx=0), nn.Linear(size, size)
        if "positions" in c:
            self.positions = nn.Parameter(0.02 * torch.randn(c["positions"], size))
        else:
            self.register_buffer("positions", sinusoids(c["T"], size))
        self.blocks = nn.ModuleList(Block(size, c["num_heads"], c["dropout"]) for _ in range(c["depth"]))
        self.norm = nn.LayerNorm(size, 1e-6)
        self.head = nn.Linear(size, c["K"]) if "K" in c else nn.Identity()

    def forward(self, words):
        x = self.project(self.vectors(words)) + self.positions[: words.shape[1]]
        x = F.dropout(x, self.dropout, self.training)
        for block in self.blocks:
            x = block(x, self.causal)
        return self.head(self.norm(x))


class Writer(nn.Module):
    """Words (B, T) to pieces (B, L), the likeliest each time."""

    def __init__(self):
        super().__init__()
        c = cases.DECODING
        self.reader = Transformer(c, rows=c["V"])
        self.vectors, self.bias = nn.Embedding(c["V"], c["D"]), nn.Parameter(torch.zeros(c["V"]))
        self.blocks = nn.ModuleList(Block(c["D"], c["num_heads"], c["dropout"], True) for _ in range(c["depth"]))
        self.norm = nn.LayerNorm(c["D"], 1e-6)
        self.register_buffer("positions", sinusoids(c["L"], c["D"]))

    def step(self, pieces, time, caches, memories, hidden):
        x = self.vectors(pieces[:, None]) * self.vectors.embedding_dim**0.5 + self.positions[time]
        x = x.to(self.bias.dtype)
        for block, (keys, values), memory in zip(self.blocks, caches, memories):
            x = block.step(x, time, keys, values, memory, hidden)
        return F.linear(self.norm(x)[:, 0], self.vectors.weight, self.bias).argmax(-1)

    def forward(self, words, step):
        c, features = cases.DECODING, self.reader(words)
        memories = [tuple(map(block.heads, block.of_memory(features).chunk(2, -1))) for block in self.blocks]
        shape = (len(words), c["num_heads"], c["L"], c["D"] // c["num_heads"])
        caches = [(features.new_zeros(shape), features.new_zeros(shape)) for _ in self.blocks]
        pieces, written = words.new_ones(len(words)), []
        done = torch.zeros(len(words), dtype=torch.bool)
        times = torch.arange(c["L"])
        for time in times:
            pieces = step(pieces, time[None], caches, memories, (times <= time)[None])
            written.append(pieces)
            done |= pieces == -1  # the mark of the end, which an untrained model must not write
            if done.all():
                break
        return torch.stack(written, 1)


class DeepFM(nn.Module):
    """Ids (B, F) to log odds (B,)."""

    def __init__(self):
        super().__init__()
        c = cases.DEEPFM
        self.table = nn.Embedding(c["fields"] * (1 + c["V"]), 1 + c["D"], sparse=True)
        nn.init.uniform_(self.table.weight, -0.01, 0.01)
        sizes = [c["fields"] * c["D"], *[c["units"]] * c["depth"]]
        parts = [part for pair in zip(sizes, sizes[1:]) for part in (nn.Linear(*pair), nn.ReLU())]
        self.deep, self.bias = nn.Sequential(*parts, nn.Linear(c["units"], 1)), nn.Parameter(torch.zeros(1))

    def forward(self, ids):
        return self.scored(self.table(ids))

    def scored(self, fields):
        vectors = fields[..., 1:]
        pairs = 0.5 * (vectors.sum(1).square() - vectors.square().sum(1)).sum(-1)
        return self.deep(vectors.flatten(1))[:, 0].float() + fields[..., 0].sum(1) + pairs + self.bias


class CRNN(nn.Module):
    """Frames (B, T, D) to log-probabilities (T/2, B, K), convolved with time as the last axis or that before it."""

    def __init__(self, time_last=False):
        super().__init__()
        c, before, bands, self.time_last = cases.CTC, 1, cases.CTC["D"], time_last
        self.convolve, self.norms = nn.ModuleList(), nn.ModuleList()
        for i, width in enumerate(c["filters"]):
            kernel, strides = ((3, 3), (1, 2)) if i else ((5, 3), (2, 2))
            kernel, strides = (kernel[::-1], strides[::-1]) if time_last else (kernel, strides)
            padding = tuple(side // 2 for side in kernel)
            self.convolve.append(nn.Conv2d(before, width, kernel, strides, padding, bias=False))
            self.norms.append(nn.LayerNorm(width, 1e-6))
            before, bands = width, -(-bands // 2)
        self.body = BiLSTM(bands * before, c["units"], 1, c["dropout"])
        self.head = nn.Linear(2 * c["units"], c["K"])

    def forward(self, frames):
        x = (frames.transpose(1, 2) if self.time_last else frames)[:, None]
        for convolve, norm in zip(self.convolve, self.norms):
            x = F.relu(norm(convolve(x).permute(0, 2, 3, 1))).permute(0, 3, 1, 2)  # the norm is over filters
        x = x.permute(0, 3, 2, 1) if self.time_last else x.permute(0, 2, 3, 1)
        x = x.flatten(2)
        return self.head(self.body(x)).float().log_softmax(-1).transpose(0, 1)

"""The output domain `tree`: a head and a relation for each word (dependency parsing).

The head is biaffine (Dozat & Manning 2017, https://arxiv.org/abs/1611.01734); every answer is a tree with one root.
Shapes: B batch, T words, R relations, H heads (the root and T words).
"""
from dataclasses import dataclass
from typing import ClassVar

from registry.outputs import best_tree, branching, trees
from registry.outputs.label import names_encoder

UNIVERSAL = ("acl", "advcl", "advmod", "amod", "appos", "aux", "case", "cc", "ccomp", "clf", "compound", "conj", "cop",
             "csubj", "dep", "det", "discourse", "dislocated", "expl", "fixed", "flat", "goeswith", "iobj", "list",
             "mark", "nmod", "nsubj", "nummod", "obj", "obl", "orphan", "parataxis", "punct", "reparandum", "root",
             "vocative", "xcomp")  # https://universaldependencies.org/u/dep/


@dataclass(frozen=True)
class Tree:
    """A dependency tree. A raw value is an array of T strings "head:relation", such as "2:nsubj"; the first word is 1,
    and the head of the root is 0.

    Args:
        relations: the R names. A raw relation that is not among them counts without its subtype (acl:relcl as acl).
        projective: answer the best tree without crossing arcs rather than the best of all.
        arc_units, label_units: sizes of each word's vectors for arcs and for relations.
        head_dropout: rate at which entries of these vectors are dropped, the same at all words of a sentence.
    """

    name: ClassVar[str] = "tree"
    head_is: ClassVar[str] = "biaffine scores of each arc and of its relation"
    metrics: ClassVar[tuple] = ("las", "uas")
    ragged: ClassVar[bool] = True
    positive: ClassVar[tuple] = ("arc_units", "label_units")
    answering: ClassVar[tuple] = ("projective",)

    relations: tuple = UNIVERSAL
    projective: bool = False
    arc_units: int = 256
    label_units: int = 64
    head_dropout: float = 0.33

    @property
    def decode_is(self):
        return "the best projective tree (Eisner)" if self.projective else "the maximum spanning tree (Chu-Liu-Edmonds)"

    @property
    def num_kinds(self):
        return len(self.relations)

    def sample(self, kinds):
        """Return a tree (T,) for synthetic kinds (T,): the first word is the root, and each other word hangs from it or
        from the word before."""
        import numpy as np

        heads = [0] + [i if kind % 2 else 1 for i, kind in enumerate(kinds[1:], 1)]
        names = [self.relations[kind] if head else trees.ROOT for head, kind in zip(heads, kinds)]
        return np.array([f"{head}:{name}".encode() for head, name in zip(heads, names)], dtype=object)

    def targets_encoder(self):
        """Return the function from raw trees (B, T), padded with "", to heads and numbers of relations (B, T, 2) int32;
        -1 at padding, -2 for what is no head or relation."""
        import tensorflow as tf

        table = names_encoder(self.relations)

        def encode(raw):
            heads = tf.strings.regex_replace(raw, r"^(\d{1,6}):.*$", r"\1")
            is_number = tf.strings.regex_full_match(heads, r"\d{1,6}")
            heads = tf.strings.to_number(tf.where(is_number, heads, "-2"), tf.int32)
            names = tf.strings.regex_replace(raw, "^[^:]*:", "")
            whole, cut = table(names), table(tf.strings.regex_replace(names, ":.*$", ""))
            both = tf.stack([heads, tf.where(whole >= 0, whole, cut)], -1)
            return tf.where((raw == "")[..., None], -1, both)

        encode.table = table.table
        return encode

    def head(self, features, pool=None):
        """Return joint scores (B, T, R, H) float32 of arcs and relations for features (B, T, D), see
        `zoo.layers.biaffine`; the features themselves where `pool` is "scores"."""
        from keras import layers

        from zoo.layers.biaffine import Biaffine

        if pool == "scores":
            return layers.Activation("linear", dtype="float32", name="head_scores")(features)
        size = 2 * (self.arc_units + self.label_units)
        x = layers.Dense(size, activation="leaky_relu", name="head_words")(features)
        x = layers.SpatialDropout1D(self.head_dropout, name="head_dropout")(x)
        return Biaffine(len(self.relations), self.arc_units, self.label_units, dtype="float32", name="head_scores")(x)

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B, T, 2) and scores (B, T, R, H): nats for each real word to choose its head
        among all words and the relation among all names; padding (-1) is left out."""
        from keras import ops

        def nats(targets, scores):
            targets = ops.cast(targets, "int32")
            real = ops.cast(targets[..., 0] >= 0, "float32")
            wanted = ops.one_hot(ops.maximum(targets[..., 1], 0), len(self.relations))
            wanted = wanted * (1 - label_smoothing) + label_smoothing / len(self.relations)
            right = ops.sum(best_tree.at(scores, ops.maximum(targets[..., 0], 0)) * wanted, axis=-1)
            each = ops.logsumexp(scores, axis=(2, 3)) - right
            return ops.sum(each * real) / ops.maximum(ops.sum(real), 1)

        return nats

    def decode(self, scores, numbers):
        """Return ``{"heads": (B, T) int32, "relations": (B, T) string, "probabilities": (B, T)}``.

        Heads count words from 1 and are 0 for the root; padding has -1, "" and 0. The heads are always a tree with one
        root; a probability is that of the head together with the relation.

        Args:
            scores: what `head` gave.
            numbers: the encoded input, whose ``"words"`` (B, T) are 0 at padding.
        """
        import tensorflow as tf

        real = numbers["words"] > 0
        heads, best, sure = best_tree.finder(self.relations, self.projective)(scores, real)
        return {"heads": tf.where(real, heads, -1),
                "relations": tf.where(real, tf.gather(tf.constant(self.relations), best), ""),
                "probabilities": tf.where(real, sure, 0.0)}

    def answers(self, scores, numbers):
        """Return B arrays (T, 2) int of heads and relations and B of probabilities (T,), without padding."""
        import tensorflow as tf

        real = numbers["words"] > 0
        heads, best, sure = best_tree.finder(self.relations, self.projective)(scores, real)
        rows, lengths = tf.stack([heads, best], -1).numpy(), real.numpy().sum(1)
        return tuple([row[:n] for row, n in zip(values, lengths)] for values in (rows, sure.numpy()))

    def tally(self, examples):
        """Return how often each relation stands in the targets (T, 2) of examples (numbers, targets), (R,)."""
        import numpy as np

        relations = np.concatenate([targets[targets[:, 0] >= 0, 1] for _, targets in examples])
        return np.bincount(relations, minlength=len(self.relations))

    def guesses(self, truth, tally, rng, examples=()):
        """Return {"chance", "left-branching", "right-branching"}: answers without looking at the input.

        Chance is a random tree with random relations. In a right-branching tree each word hangs from the one before and
        the first is the root; in a left-branching one from the next, and the last is the root; both with the most
        frequent relation.

        Args:
            truth: N arrays (T, 2).
            tally: how often each relation stands in the training part, (R,).
            rng: a `numpy.random.Generator`.
        """
        return branching.guesses(self.relations, truth, tally, rng)

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold."""
        n = sum(bool(name) for name in row["relations"])
        return {"words": [word.decode("utf-8", "replace") for word in row["words"][:n]],
                "heads": [int(head) for head in row["heads"][:n]],
                "relations": [name.decode() for name in row["relations"][:n]],
                "probabilities": [round(float(p), 6) for p in row["probabilities"][:n]]}

    def shown(self, answer, top=None):
        """Return what `said` gave as CoNLL-U, the tree drawn in its comments."""
        return trees.conllu(answer["words"], answer["heads"], answer["relations"])

    def classes(self, y):
        """Return the relations in a raw value, for counting."""
        return [self._known(name) for _, name in trees.parts(y)]

    def _known(self, name):
        """Return a relation as it counts here: without its subtype where only that is known."""
        return name if name in self.relations else name.partition(":")[0]

    def counts(self, truth, answers, probabilities=None):
        """Return what the metrics sum over sentences, (N, 3): words with the right head and relation, with the right
        head, and all. Of a relation its universal part counts, as in the scorer of the CoNLL 2018 shared task
        (https://aclanthology.org/K18-2001).

        Args:
            truth, answers: lists of N arrays (T, 2) of heads and relations, without padding.
        """
        import numpy as np

        names = [name.partition(":")[0] for name in self.relations]
        universal = np.array([names.index(name) for name in names])
        rows = []
        for t, a in zip(truth, answers):
            heads = t[:, 0] == a[:, 0]
            rows.append([np.sum(heads & (universal[t[:, 1]] == universal[a[:, 1]])), np.sum(heads), len(t)])
        return np.array(rows, "float32")

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, 3)."""
        import numpy as np

        words = np.maximum(sums[..., 2], 1)
        return {"las": sums[..., 0] / words, "uas": sums[..., 1] / words}

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for a raw value that is no tree over the words or has an unknown relation."""
        known = set(self.relations)
        yield from trees.problems(y, length)
        for i, (_, name) in enumerate(trees.parts(y), 1):
            if self._known(name) not in known:
                shown = ", ".join(self.relations[:8]) + (", …" if len(known) > 8 else "")
                yield f"relation {name!r} of word {i}", f"one of {len(known)} ({shown})", "correct it or add the name"

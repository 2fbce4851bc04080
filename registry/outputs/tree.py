"""The output domain `tree`: a head and a relation for each word (dependency parsing), perhaps a part of speech too.

The head is biaffine (Dozat & Manning 2017, https://arxiv.org/abs/1611.01734); every answer is a tree with one root.
Shapes: B batch, T words, R relations, H heads (the root and T words), K tags.
"""
from dataclasses import dataclass
from typing import ClassVar

from registry.outputs import best_tree, branching, tree_numbers, trees

UNIVERSAL = ("acl", "advcl", "advmod", "amod", "appos", "aux", "case", "cc", "ccomp", "clf", "compound", "conj", "cop",
             "csubj", "dep", "det", "discourse", "dislocated", "expl", "fixed", "flat", "goeswith", "iobj", "list",
             "mark", "nmod", "nsubj", "nummod", "obj", "obl", "orphan", "parataxis", "punct", "reparandum", "root",
             "vocative", "xcomp")  # https://universaldependencies.org/u/dep/


@dataclass(frozen=True)
class Tree:
    """A dependency tree. A raw value is an array of T strings "head:relation" or "head:relation|TAG", such as
    "2:nsubj|PRON"; the first word is 1, and the head of the root is 0.

    Args:
        relations: the R names. A raw relation that is not among them counts without its subtype (acl:relcl as acl).
        tags: the K parts of speech; where there are any, each word's is answered too, and what tells them apart helps
            to find the tree (Nguyen & Verspoor 2018, https://aclanthology.org/K18-2008).
        projective: answer the best tree without crossing arcs rather than the best of all.
        arc_units, label_units: sizes of each word's vectors for arcs and for relations.
        head_dropout: rate at which entries of these vectors are dropped, the same at all words of a sentence.
    """

    name: ClassVar[str] = "tree"
    ragged: ClassVar[bool] = True
    positive: ClassVar[tuple] = ("arc_units", "label_units")
    answering: ClassVar[tuple] = ("projective",)

    relations: tuple = UNIVERSAL
    tags: tuple = ()
    projective: bool = False
    arc_units: int = 256
    label_units: int = 64
    head_dropout: float = 0.33

    @property
    def head_is(self):
        return "biaffine scores of each arc and of its relation" + (", one score for each tag" if self.tags else "")

    @property
    def decode_is(self):
        return "the best projective tree (Eisner)" if self.projective else "the maximum spanning tree (Chu-Liu-Edmonds)"

    @property
    def metrics(self):
        return ("las", "uas", "upos") if self.tags else ("las", "uas")

    @property
    def num_kinds(self):
        return len(self.relations)

    def sample(self, kinds):
        """Return a tree (T,) for synthetic kinds (T,): the first word is the root, and each other word hangs from it or
        from the word before."""
        import numpy as np

        heads = [0] + [i if kind % 2 else 1 for i, kind in enumerate(kinds[1:], 1)]
        names = [self.relations[kind] if head else trees.ROOT for head, kind in zip(heads, kinds)]
        tags = ["|" + self.tags[kind % len(self.tags)] if self.tags else "" for kind in kinds]
        return np.array([f"{head}:{name}{tag}".encode() for head, name, tag in zip(heads, names, tags)], dtype=object)

    def targets_encoder(self):
        """Return the function from raw trees (B, T), padded with "", to numbers, see `tree_numbers.encoder`."""
        return tree_numbers.encoder(self.relations, self.tags)

    def head(self, features, pool=None):
        """Return joint scores (B, T, R, H) float32 of arcs and relations for features (B, T, D), with tags beside them
        where there are any, see `zoo.layers.biaffine`; the features themselves where `pool` is "scores"."""
        from keras import layers

        from zoo.layers.biaffine import Biaffine, WithTags

        if pool == "scores":
            return layers.Activation("linear", dtype="float32", name="head_scores")(features)
        size = 2 * (self.arc_units + self.label_units)
        x = layers.Dense(size, activation="leaky_relu", name="head_words")(features)
        x = layers.SpatialDropout1D(self.head_dropout, name="head_dropout")(x)
        scores = Biaffine(len(self.relations), self.arc_units, self.label_units, dtype="float32", name="head_arcs" if
                          self.tags else "head_scores")(x)
        if not self.tags:
            return scores
        tags = layers.Dense(len(self.tags), dtype="float32", name="head_tags")(features)
        return WithTags(dtype="float32", name="head_scores")([scores, tags])

    def _parted(self, scores):
        """Return the joint scores (B, T, R, H) and the log-probabilities of the tags (B, T, K), None without any."""
        if not self.tags:
            return scores, None
        return scores[:, :, : len(self.relations), :-1], scores[:, :, : len(self.tags), -1]

    def loss(self, label_smoothing=0.0):
        """Return the loss of targets (B, T, 2 or 3) and scores: nats for each real word to choose its head among all
        words, the relation among all names, and its tag where there are any; padding (-1) is left out."""
        from keras import ops

        def right(wanted, scores):
            hot = ops.one_hot(ops.maximum(wanted, 0), scores.shape[-1])
            return ops.sum(scores * (hot * (1 - label_smoothing) + label_smoothing / scores.shape[-1]), axis=-1)

        def nats(targets, scores):
            targets = ops.cast(targets, "int32")
            real = ops.cast(targets[..., 0] >= 0, "float32")
            arcs, tags = self._parted(scores)
            at_head = best_tree.at(arcs, ops.maximum(targets[..., 0], 0))
            each = ops.logsumexp(arcs, axis=(2, 3)) - right(targets[..., 1], at_head)
            if self.tags:
                each = each - right(targets[..., 2], tags)
            return ops.sum(each * real) / ops.maximum(ops.sum(real), 1)

        nats.units = lambda targets: ops.sum(ops.cast(targets[..., 0] >= 0, "float32"))
        return nats

    def decode(self, scores, numbers):
        """Return ``{"heads": (B, T) int32, "relations": (B, T) string, "probabilities": (B, T)}``, and "tags" (B, T)
        string where there are any.

        Heads count words from 1 and are 0 for the root; padding has -1, "" and 0. The heads are always a tree with one
        root; a probability is that of the head together with the relation.

        Args:
            scores: what `head` gave.
            numbers: the encoded input, whose ``"words"`` (B, T) are 0 at padding.
        """
        import tensorflow as tf

        real = numbers["words"] > 0
        arcs, tags = self._parted(scores)
        heads, best, sure = best_tree.finder(self.relations, self.projective)(arcs, real)
        found = {"heads": tf.where(real, heads, -1),
                 "relations": tf.where(real, tf.gather(tf.constant(self.relations), best), ""),
                 "probabilities": tf.where(real, sure, 0.0)}
        if self.tags:
            found["tags"] = tf.where(real, tf.gather(tf.constant(self.tags), tf.argmax(tags, -1)), "")
        return found

    def answers(self, scores, numbers):
        """Return B arrays (T, 2 or 3) int of heads, relations and tags and B of probabilities (T,), without padding."""
        import tensorflow as tf

        real = numbers["words"] > 0
        arcs, tags = self._parted(scores)
        heads, best, sure = best_tree.finder(self.relations, self.projective)(arcs, real)
        columns = [heads, best] + ([tf.argmax(tags, -1, output_type=tf.int32)] if self.tags else [])
        rows, lengths = tf.stack(columns, -1).numpy(), real.numpy().sum(1)
        return tuple([row[:n] for row, n in zip(values, lengths)] for values in (rows, sure.numpy()))

    def tally(self, examples):
        """Return how often each relation, and behind them each tag, stands in the targets of examples (numbers,
        targets), (R + K,)."""
        return tree_numbers.counted(len(self.relations), len(self.tags), (targets for _, targets in examples))

    def guesses(self, truth, tally, rng, examples=()):
        """Return {"chance", "left-branching", "right-branching"}: answers without looking at the input.

        Chance is a random tree with random relations. In a right-branching tree each word hangs from the one before and
        the first is the root; in a left-branching one from the next, and the last is the root; both with the most
        frequent relation and tag.

        Args:
            truth: N arrays (T, 2 or 3).
            tally: how often each relation and each tag stands in the training part, (R + K,).
            rng: a `numpy.random.Generator`.
        """
        return branching.guesses(self.relations, len(self.tags), truth, tally, rng)

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold."""
        n = sum(bool(name) for name in row["relations"])
        return {"words": [word.decode("utf-8", "replace") for word in row["words"][:n]],
                "heads": [int(head) for head in row["heads"][:n]],
                "relations": [name.decode() for name in row["relations"][:n]],
                **({"tags": [name.decode() for name in row["tags"][:n]]} if self.tags else {}),
                "probabilities": [round(float(p), 6) for p in row["probabilities"][:n]]}

    def shown(self, answer, top=None):
        """Return what `said` gave as CoNLL-U, the tree drawn in its comments."""
        return trees.conllu(answer["words"], answer["heads"], answer["relations"], answer.get("tags"))

    def classes(self, y):
        """Return the relations in a raw value, for counting."""
        return [self._known(name) for _, name, _ in trees.parts(y)]

    def _known(self, name):
        """Return a relation as it counts here: without its subtype where only that is known."""
        return name if name in self.relations else name.partition(":")[0]

    def counts(self, truth, answers, probabilities=None):
        """Return what the metrics sum over sentences, see `tree_numbers.sums`."""
        return tree_numbers.sums(self.relations, truth, answers)

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, 4)."""
        import numpy as np

        return {name: sums[..., i] / np.maximum(sums[..., 3], 1) for i, name in enumerate(self.metrics)}

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for a raw value that is no tree over the words or has an unknown name."""
        yield from trees.problems(y, length)
        for i, (_, name, tag) in enumerate(trees.parts(y), 1):
            for kind, value, known in (("relation", name, self.relations), ("tag", tag, self.tags)):
                if known and value not in known and (kind == "tag" or self._known(name) not in known):
                    shown = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
                    expected = f"one of {len(known)} ({shown})"
                    yield f"{kind} {value!r} of word {i}", expected, "correct it or add the name"

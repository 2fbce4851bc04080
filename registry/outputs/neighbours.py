"""The output domain `distribution`, what stands near: a probability for each of K names to stand near a word.

Shapes: B batch, N examples, W words on either side, K names.
"""
from dataclasses import dataclass, replace
from typing import ClassVar

from registry.outputs import frequent, places
from registry.outputs.frequent import LETTERS
from registry.outputs.label import names_encoder

SHOWN = 20  # names of an answer


@dataclass(frozen=True)
class Neighbours:
    """Which names stand near a word (Mikolov et al. 2013, https://arxiv.org/abs/1301.3781, skip-gram). A raw value is
    an array of what stands on its left and then on its right, in the order of the text, as many on either side; ""
    where nothing does.

    A name at distance d counts (W + 1 - d) / W: the mean of word2vec's windows, which it draws from 1 to W.

    Args:
        names: what may stand near; learned from the training answers where it is empty. All else is the unknown.
        frequencies: how often the unknown and each name stand near a word (K), learned with them.
        num_names: learn at most so many, the most frequent.
        window: words on either side that count, W.
        negatives: train with so many negative samples for each neighbour, drawn by frequency to the power of 3/4
            (Mikolov et al. 2013, https://arxiv.org/abs/1310.4546), instead of the softmax over all names; 0 is softmax.
        thinning: a name with a larger share than this counts less in training, by the root of what word2vec calls
            the subsampling rate over its share; off where 0. The probabilities stay those of the whole text.
    """

    name: ClassVar[str] = "distribution"
    form: ClassVar[str] = "neighbours"
    head_is: ClassVar[str] = "one score for each name: its vector times the word's, and how frequent it is"
    decode_is: ClassVar[str] = "softmax; the likeliest names, and those that are likelier here than elsewhere"
    metrics: ClassVar[tuple] = ("nats", "accuracy")
    ragged: ClassVar[bool] = False
    class_is: ClassVar[str] = "word"
    alone: ClassVar[str] = "what is wanted are a word's vectors, and a mean of models has none"
    positive: ClassVar[tuple] = ("num_names", "window")

    names: tuple = LETTERS
    frequencies: tuple = ()
    num_names: int = 10_000
    window: int = 5
    negatives: int = 0
    thinning: float = 0.0

    @property
    def num_kinds(self):
        return 1 + len(self.names or LETTERS)  # letters stand in for names that are not learned yet

    @property
    def needs_adapting(self):
        return not self.names

    def adapt(self, values):
        """Return the domain with the names of the raw training values and how often each stands near a word."""
        from collections import Counter
        from itertools import islice

        import numpy as np

        values, counts, total = iter(values), Counter(), 0
        while some := list(islice(values, 10_000)):
            for near, distance in places.columns(np.stack(some), self.window):
                for name, n in Counter(near.tolist()).items():
                    counts[name] += n * (self.window + 1 - distance)
        total = sum(counts.values()) - counts.pop(b"", 0)
        kept = counts.most_common(self.num_names)
        unknown = total - sum(n for _, n in kept)
        return replace(self, names=tuple(name.decode("utf-8", "replace") for name, _ in kept),
                       frequencies=(unknown, *(n for _, n in kept)))

    def sample(self, kind):
        """Return the neighbours (2,) of a synthetic word: a name for each kind, on both sides."""
        import numpy as np

        return np.array([(self.names or LETTERS)[max(int(kind) - 1, 0)].encode()] * 2, dtype=object)

    def targets_encoder(self):
        """Return the function from raw neighbours (B, places) to numbers (B, 2W) int32: 0 unknown, -1 for ""."""
        import tensorflow as tf

        table = names_encoder(self.names)

        def encode(raw):
            near = places.cut(raw, self.window)
            return tf.where(near == "", -1, tf.maximum(table(near) + 1, 0))

        encode.table = table.table
        return encode

    @property
    def prior(self):
        """Return the log-probability (K,) float32 of the unknown and each name to stand near any word."""
        return frequent.prior(self.frequencies, self.num_kinds)

    def head(self, features, pool):
        """Return scores (B, K) float32 for features (B, D), or the features where they are scores already."""
        return frequent.scored(features, pool, self.prior)

    def loss(self, label_smoothing=0.0, thinned=False):
        """Return the loss of targets (B, 2W) and scores (B, K): nats for each neighbour, the nearest counting most.

        Args:
            label_smoothing: share of each target that is spread over all names.
            thinned: frequent names count less, see `thinning`.
        """
        from zoo.layers.nearness import softmax

        return softmax(self.num_kinds, self.kept if thinned and self.thinning else None, label_smoothing)

    @property
    def kept(self):
        """Return how much the unknown and each name counts in training (K,) float32, from 0 to 1."""
        import numpy as np

        share = np.exp(self.prior)
        return np.minimum(1, np.sqrt(self.thinning / share) if self.thinning else np.ones_like(share))

    def learner(self, model, label_smoothing=0.0):
        """Return the model that learns in the place of a model of this domain, and its loss.

        It shares the model's weights. With negative samples it scores the true neighbours, which it reads as an input
        named "targets", and some drawn names, so that a step does not take longer where there are more names.
        """
        if not self.negatives:
            return model, self.loss(label_smoothing, thinned=True)
        import keras

        from zoo.layers.negative_samples import NegativeSamples, logistic

        head = model.get_layer("head_scores")
        if not hasattr(head, "vectors"):
            return model, self.loss(label_smoothing, thinned=True)
        targets = keras.Input((2 * self.window,), dtype="int32", name="targets")
        layer = NegativeSamples(head, self.prior, self.kept, self.negatives, dtype="float32", name="samples")
        given = {x.name: x for x in model.inputs}
        learner = keras.Model({**given, "targets": targets}, layer([head.input, targets]), name=f"{model.name}_learner")
        return learner, logistic(self.kept, self.negatives, label_smoothing)

    def decode(self, scores, numbers=None):
        """Return the likeliest names (B, n) and their probabilities, and the names whose probability is the most times
        larger than near any word (B, n) with how many times; the unknown is left out.

        The keys are "names", "probabilities", "typical" and "lifts"; n is 20, or K - 1 where this is less. Beside them
        stands "known" (B,), whether the word is of the vocabulary, where `numbers` tell.
        """
        import tensorflow as tf

        names, prior = tf.constant(self.names), tf.constant(self.prior)
        likely = tf.nn.log_softmax(scores)
        best = tf.math.top_k(likely[:, 1:], min(SHOWN, len(self.names)))
        most = tf.math.top_k((likely - prior)[:, 1:], min(SHOWN, len(self.names)))
        known = {"known": numbers["word"] > 0} if numbers else {}
        return {**known, "names": tf.gather(names, best.indices), "probabilities": tf.exp(best.values),
                "typical": tf.gather(names, most.indices), "lifts": tf.exp(most.values)}

    def judged(self, scores, targets):
        """Return the likeliest names (B,) int32 and the log-probabilities of the targets (B, 2W), for scoring: those of
        all names would be too many to keep."""
        import numpy as np
        import tensorflow as tf

        right = tf.gather(scores, tf.maximum(targets, 0), batch_dims=1) - tf.reduce_logsumexp(scores, -1, keepdims=True)
        return np.asarray(tf.argmax(scores, -1, output_type=tf.int32)), np.asarray(right)

    def tally(self, examples):
        """Return how often each name stands near a word in (numbers, targets), the nearest counting most, (K,)."""
        import numpy as np

        from zoo.layers.nearness import nearness

        counts = np.zeros(self.num_kinds)
        for _, targets in examples:
            on = targets >= 0
            np.add.at(counts, targets[on], nearness(len(targets))[on])
        return counts

    def guesses(self, truth, tally, rng, examples=()):
        """Return {"chance", "majority"}: all names as likely, and as often as near any word in training."""
        import numpy as np

        made = {}
        for name, counts in (("chance", np.ones(self.num_kinds)), ("majority", np.maximum(tally, 0.1))):
            nats = np.log(counts / counts.sum())
            made[name] = np.full(len(truth), nats.argmax()), nats[np.maximum(truth, 0)]
        return made

    def said(self, row):
        """Return a decoded answer as a dict that JSON can hold."""
        found = {key: {name.decode("utf-8", "replace"): round(float(value), 6) for name, value in zip(row[a], row[b])}
                 for key, a, b in (("near", "names", "probabilities"), ("typical", "typical", "lifts"))}
        return {"known": bool(row["known"]), **found}

    def shown(self, answer, top=3):
        """Return what `said` gave as a line for people."""
        likely = ", ".join(f"{name} {p:.1%}" for name, p in list(answer["near"].items())[:top])
        typical = ", ".join(f"{name} ×{n:.1f}" for name, n in list(answer["typical"].items())[:top])
        known = "" if answer["known"] else " (not in the vocabulary)"
        return f"{answer['input']}{known}: {likely}; more than elsewhere {typical}"

    def classes(self, y):
        """Return the names in a raw value, for counting."""
        return [name.decode("utf-8", "replace") for name in y if name]

    def counts(self, truth, answers, probabilities):
        """Return what the metrics sum over examples, (N, 3): nats, right, and neighbours, each by its weight."""
        import numpy as np

        from zoo.layers.nearness import nearness

        weights = (truth >= 0) * nearness(truth.shape[-1])
        right = answers[:, None] == truth
        return np.stack([-(weights * probabilities).sum(-1), (weights * right).sum(-1), weights.sum(-1)], 1)

    def scores_of(self, sums, n):
        """Return metric → value for summed counts (…, 3): `nats` and `accuracy` for each neighbour."""
        import numpy as np

        count = np.maximum(sums[..., 2], 1e-9)
        return {"nats": np.round(sums[..., 0] / count, 9),  # what is the same for all stays so in any order of adding
                "accuracy": sums[..., 1] / count}

    def problems(self, y, length=None):
        """Yield (found, expected, fix) for a raw value with more on one side, or nothing that stands near."""
        if len(y) % 2 or not len(y):
            yield f"{len(y)} places", "as many on the left as on the right", 'fill them with ""'
        elif not any(y):
            yield "nothing that stands near", "at least one name", "leave the example out"

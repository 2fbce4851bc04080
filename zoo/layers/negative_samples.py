"""Learning by negative samples: true neighbours against drawn names (Mikolov et al. 2013,
https://arxiv.org/abs/1310.4546).

The names that are drawn are shared by the batch (Ji et al. 2016, https://arxiv.org/abs/1604.04661), so that their
scores are one matrix product. Shapes: B batch, D features, P places of neighbours, K names, N drawn names.
"""
import keras
import numpy as np
from keras import layers, ops

from zoo.layers.embedding_sum import gathered
from zoo.layers.nearness import weights_of

POWER = 0.75
DRAWN = 512  # names a step


@keras.saving.register_keras_serializable("zoo")
class NegativeSamples(layers.Layer):
    """Features (B, D) and targets (B, P) int32, -1 for none, to scores (B, P + N) of the targets and of drawn names.

    Where the loss is `logistic`, the best score of a name is log p(name | word) - log(k q(name)), with q the chance to
    be drawn (Gutmann & Hyvärinen 2010, https://proceedings.mlr.press/v9/gutmann10a.html). That known constant is
    subtracted here, so that the softmax of the scores of `names` themselves is p: no correction is left for later.

    Args:
        names: the built `NameVectors` whose weights are shared.
        prior: log-probability of each name (K,).
        kept: how much each name counts, from 0 to 1 (K,).
        negatives: drawn names for each neighbour, k.
        seed: int for the same draws in every run.
    """

    def __init__(self, names, prior, kept, negatives, seed=None, **options):
        super().__init__(**options)
        self.names = names
        share = np.exp(POWER * np.asarray(prior, "float64"))
        self.chances = np.cumsum(share / share.sum()).astype("float32")
        self.constant = (np.log(negatives * share / share.sum()) - np.log(kept)).astype("float32")
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs):
        x, targets = inputs
        drawn = ops.searchsorted(ops.convert_to_tensor(self.chances), keras.random.uniform(
            (DRAWN,), maxval=float(self.chances[-1]), seed=self.seed_generator))
        drawn = ops.minimum(ops.cast(drawn, "int32"), len(self.chances) - 1)
        names = ops.maximum(targets, 0)
        right = ops.einsum("bd,bpd->bp", x, gathered(self.names.vectors, names)) + self._shifts(names)
        wrong = ops.matmul(x, ops.transpose(gathered(self.names.vectors, drawn))) + self._shifts(drawn)
        return ops.concatenate([right, wrong], axis=-1)

    def _shifts(self, names):
        shifts = self.names.bias + self.names.prior - ops.convert_to_tensor(self.constant)
        return ops.take(shifts, names)

    def compute_output_shape(self, input_shapes):
        return *input_shapes[1][:-1], input_shapes[1][-1] + DRAWN


def logistic(kept, negatives, label_smoothing=0.0):
    """Return the loss of targets (B, P) and scores (B, P + N): nats of telling neighbours and drawn names apart.

    Args:
        kept: how much each name counts, from 0 to 1 (K,).
        negatives: drawn names that each neighbour stands against, k; the N that were drawn are weighed to so many.
        label_smoothing: by so much nobody is sure.
    """

    def cross_entropy(targets, scores):
        places, weights = targets.shape[-1], weights_of(targets, kept)  # (B, P)
        unsure = label_smoothing / 2
        nats = ops.softplus(scores) - scores * unsure  # of a drawn name
        right = ops.softplus(-scores[:, :places]) + scores[:, :places] * unsure
        wrong = ops.sum(weights, axis=-1) * ops.mean(nats[:, places:], axis=-1) * negatives
        return (ops.sum(weights * right) + ops.sum(wrong)) / ops.maximum(ops.sum(weights), 1e-6)

    cross_entropy.units = lambda targets: ops.sum(weights_of(targets, kept))
    return cross_entropy

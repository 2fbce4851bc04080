"""Restricted Boltzmann machines (Smolensky 1986; Hinton 2002, https://doi.org/10.1162/089976602760128018).

Shapes: N examples, B batch, D visible units, U hidden units.
"""
import keras
from keras import layers, ops

BATCH, RATE, MOMENTUM, DECAY = 100, 0.1, 0.9, 2e-4  # of Hinton & Salakhutdinov 2006
SLOW, SLOWER = 5, 0.2  # their momentum of 0.5 in the first passes makes steps a fifth as long as 0.9 does


@keras.saving.register_keras_serializable("zoo")
class RBM(layers.Layer):
    """Probabilities (…, D) that visible units are on to those of hidden ones (B, U): a fully connected sigmoid layer.

    Args:
        units: U.
        passes: over the examples that it learns from.
        gibbs: steps of Gibbs sampling from each example.

    The weights are random until `fill`.
    """

    def __init__(self, units, passes=20, gibbs=1, **options):
        super().__init__(**options)
        self.units, self.passes, self.gibbs = int(units), int(passes), int(gibbs)

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.visible_bias = self.add_weight(shape=(shape[-1],), initializer="zeros", name="visible_bias")
        self.visible_bias.trainable = False  # but in `fill`; TensorFlow records only what was made trainable

    def call(self, visible):
        return ops.sigmoid(ops.matmul(visible, self.kernel) + self.bias)

    def compute_output_shape(self, shape):
        return *shape[:-1], self.units

    def get_config(self):
        return {**super().get_config(), "units": self.units, "passes": self.passes, "gibbs": self.gibbs}

    def fill(self, examples):
        """Learn the distribution of examples (N, D) float32 from 0 to 1 by contrastive divergence."""
        self.visible_bias.trainable = True
        steps = SLOW * -(-len(examples) // BATCH)
        visible = keras.Input((examples.shape[1],), dtype="float32")
        contrast = keras.Model(visible, Contrast(self)(visible))
        rate = keras.optimizers.schedules.PiecewiseConstantDecay([steps], [SLOWER * RATE, RATE])
        contrast.compile(keras.optimizers.SGD(rate, momentum=MOMENTUM))
        contrast.fit(examples, batch_size=BATCH, epochs=self.passes, verbose=0)
        self.visible_bias.trainable = False


class Contrast(layers.Layer):
    """Visible units (B, D) to what Gibbs sampling makes of them (B, D); its loss is the contrastive divergence.

    The gradient of the difference of two free energies, of the examples and of what was made of them, is that of
    contrastive divergence (Hinton 2012, https://doi.org/10.1007/978-3-642-35289-8_32, sections 3 and 17).

    Args:
        rbm: a built `RBM`, whose weights are learned.
    """

    def __init__(self, rbm):
        super().__init__(dtype="float32")
        self.rbm, self.seeds = rbm, keras.random.SeedGenerator()

    def call(self, visible):
        made = visible
        for _ in range(self.rbm.gibbs):
            hidden = ops.sigmoid(self._hidden(made))
            on = ops.cast(keras.random.uniform(ops.shape(hidden), seed=self.seeds) < hidden, "float32")
            made = ops.sigmoid(ops.matmul(on, ops.transpose(self.rbm.kernel)) + self.rbm.visible_bias)
        made = ops.stop_gradient(made)
        decay = DECAY / 2 * ops.sum(ops.square(self.rbm.kernel))
        self.add_loss(ops.mean(self._energy(visible) - self._energy(made)) + decay)
        return made

    def _hidden(self, visible):
        return ops.matmul(visible, self.rbm.kernel) + self.rbm.bias

    def _energy(self, visible):
        """Return the free energies (B,) of visible units (B, D)."""
        return -ops.sum(visible * self.rbm.visible_bias, -1) - ops.sum(ops.softplus(self._hidden(visible)), -1)

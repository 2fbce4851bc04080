"""Several decoders that write one text together (Sutskever et al. 2014, https://arxiv.org/abs/1409.3215, write so).

Shapes: B batch, T input times, D input features of each decoder, M decoders, L pieces of the text, V pieces, N rows.
"""
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
class EnsembleDecoder(layers.Layer):
    """Features (B, T, M·D), those of each decoder beside those of the one before, real times (B, T) and the pieces
    before each (B, L) to the mean of the decoders' scores of pieces (B, L, V) float32.

    The mean of scores is, after softmax, the normalised geometric mean of the decoders' probabilities.

    Args:
        decoders: layers of one kind and size, such as `AttentionDecoder`; M of them.
    """

    def __init__(self, decoders, **options):
        super().__init__(**options)
        self.decoders = list(decoders)
        self.num_pieces = self.decoders[0].num_pieces
        self.supports_masking = True

    def build(self, shapes):
        memory, *others = shapes
        for decoder in self.decoders:
            if not decoder.built:
                decoder.build([(*memory[:-1], memory[-1] // len(self.decoders)), *others])

    def call(self, inputs, training=None):
        return self._mean([decoder(one, training=training) for decoder, one in self._inputs(inputs)])

    def weights_of(self, inputs):
        """Return how much each piece looks at each input time (B, L, T), the mean of the decoders'."""
        return self._mean([decoder.weights_of(one) for decoder, one in self._inputs(inputs)])

    def begin(self, memory, real, longest=0):
        """Return what stays the same for all pieces of a text, for each decoder, and the states of all in a row."""
        begun = [decoder.begin(*one, longest) for decoder, one in self._inputs([memory, real])]
        return [fixed for fixed, _ in begun], [value for _, state in begun for value in state]

    def step(self, ids, time, fixed, state):
        """Return the scores of the next piece (N, V) and the new states, for the last pieces (N,) at a time ()."""
        each, scores, new = len(state) // len(self.decoders), [], []
        for i, decoder in enumerate(self.decoders):
            found, states = decoder.step(ids, time, fixed[i], state[i * each : (i + 1) * each])
            scores.append(found)
            new += states
        return self._mean(scores), new

    def _inputs(self, inputs):
        memory, *others = inputs
        parts = ops.split(memory, len(self.decoders), axis=-1)
        return [(decoder, [part, *others]) for decoder, part in zip(self.decoders, parts)]

    def _mean(self, found):
        return sum(found) / len(found)

    def compute_output_spec(self, inputs, training=None):
        return keras.KerasTensor((*inputs[2].shape, self.num_pieces), dtype="float32")

    def compute_mask(self, inputs, mask=None):
        return None

    def get_config(self):
        return {**super().get_config(), "decoders": [keras.saving.serialize_keras_object(d) for d in self.decoders]}

    @classmethod
    def from_config(cls, config):
        decoders = [keras.saving.deserialize_keras_object(d) for d in config["decoders"]]
        return cls(**{**config, "decoders": decoders})

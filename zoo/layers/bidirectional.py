"""Both directions of an LSTM at once, on JAX. Shapes: B batch, T time, D features, U units."""
import keras
from keras import layers, ops

from zoo.layers import lstm_walk
from zoo.layers.lstm import LSTM


@keras.saving.register_keras_serializable("zoo")
class Bidirectional(layers.Bidirectional):
    """`keras.layers.Bidirectional`, the same in value and gradient; on JAX, both directions of
    `zoo.layers.lstm.LSTM` are walked at once (see `zoo.layers.lstm_walk`)."""

    def call(self, sequences, initial_state=None, mask=None, training=None):
        both = self.forward_layer, self.backward_layer
        plain = initial_state is None and self.merge_mode == "concat" and self.return_sequences
        if not plain or self.return_state or not all(isinstance(one, LSTM) and lstm_walk.usable(one) for one in both):
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        return ops.cast(lstm_walk.both(both, sequences, mask), self.compute_dtype)

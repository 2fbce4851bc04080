"""Both directions of an LSTM at once, on JAX. Shapes: B batch, T time, D features, U units."""
import keras
from keras import layers, ops

from zoo.layers import lstm_read, lstm_walk
from zoo.layers.lstm import LSTM


@keras.saving.register_keras_serializable("zoo")
class Bidirectional(layers.Bidirectional):
    """`keras.layers.Bidirectional`, the same in value and gradient; on JAX, both directions of
    `zoo.layers.lstm.LSTM` are walked at once (see `zoo.layers.lstm_walk`)."""

    def call(self, sequences, initial_state=None, mask=None, training=None):
        both = self.forward_layer, self.backward_layer
        usual = initial_state is None and self.merge_mode == "concat" and self.return_sequences
        if usual and not self.return_state and all(isinstance(one, LSTM) for one in both):
            if all(map(lstm_walk.usable, both)):
                return ops.cast(lstm_walk.both(both, sequences, mask), self.compute_dtype)
            if all(lstm_read.usable(one, training) for one in both):
                return lstm_read.both(both, sequences, mask, lambda: super(Bidirectional, self).call(
                    sequences, mask=mask, training=training))
        return super().call(sequences, initial_state=initial_state, mask=mask, training=training)

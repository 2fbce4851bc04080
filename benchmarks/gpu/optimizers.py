"""The optimizers of this project's side on JAX: Keras's AdamW, and the one for tables as `recipes.optimizers.rows`."""
import keras
from keras import ops

from recipes.optimizers import TABLE_RATE, TABLES


def made(name, rate, decay):
    """Return the optimizer "adam" or "rows"."""
    return {"adam": keras.optimizers.AdamW, "rows": Rows}[name](rate, weight_decay=decay)


class Rows(keras.optimizers.AdamW):
    """`recipes.optimizers.rows`: tables by Adagrad with one sum of squares for each row, the rest by AdamW.

    JAX's gradient of a table is as large as the table: where a row was not read it is 0, which changes neither the row
    nor its sum.
    """

    def build(self, variables):
        if self.built:
            return
        keras.optimizers.Optimizer.build(self, variables)
        self._momentums, self._velocities = [], []
        for v in variables:
            slots = [None, self.add_variable((v.shape[0], 1), name=f"{v.name}_squares")] if _is_table(v) else [
                self.add_variable_from_reference(v, name=name) for name in ("momentum", "velocity")]
            for kept, slot in zip((self._momentums, self._velocities), slots):
                kept.append(slot)

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        if not _is_table(variable):
            return super().update_step(gradient, variable, learning_rate)
        squares = self._velocities[index]
        total = squares + ops.mean(ops.square(gradient), -1, keepdims=True)
        self.assign(squares, total)
        self.assign_sub(variable, TABLE_RATE * learning_rate * gradient / (ops.sqrt(total) + self.epsilon))

    def _use_weight_decay(self, variable):
        return not _is_table(variable) and super()._use_weight_decay(variable)


def _is_table(variable):
    return variable.name in TABLES and len(variable.shape) == 2

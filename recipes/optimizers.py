"""Optimizers for recipes: Keras's, with Adam's update in one pass over memory on one device."""


def adam(learning_rate, **options):
    """Return `keras.optimizers.Adam` whose update is TensorFlow's fused kernel, equal to Keras's own.

    Keras's own walks over each weight, its averages and its gradient once for each operation of the formula, which
    weighs where large tables are learned. With several replicas, Keras's own update is used.

    Args:
        learning_rate: a float or a schedule.
        **options: of `keras.optimizers.Adam`; `weight_decay` is decoupled, as in AdamW (Loshchilov & Hutter 2019,
            https://arxiv.org/abs/1711.05101).
    """
    import keras
    import tensorflow as tf

    class Adam(keras.optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            if tf.distribute.get_strategy().num_replicas_in_sync > 1 or variable.dtype != tf.float32:
                return super().update_step(gradient, variable, learning_rate)
            index = self._get_variable_index(variable)
            step = tf.cast(self.iterations.value + 1, tf.float32)
            return tf.raw_ops.ResourceApplyAdam(
                var=variable.handle, m=self._momentums[index].value.handle, v=self._velocities[index].value.handle,
                beta1_power=self.beta_1**step, beta2_power=self.beta_2**step, lr=tf.cast(learning_rate, tf.float32),
                beta1=self.beta_1, beta2=self.beta_2, epsilon=self.epsilon, grad=tf.convert_to_tensor(gradient))

    return Adam(learning_rate, **options)

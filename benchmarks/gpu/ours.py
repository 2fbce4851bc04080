"""This project's side: models of `registry.build` on Keras's JAX backend, a training step being one compiled function,
as https://keras.io/guides/writing_a_custom_training_loop_in_jax shows, or Keras's own `fit`."""
import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import jax  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
from jax import numpy as jnp  # noqa: E402

import registry  # noqa: E402
from benchmarks.gpu import optimizers  # noqa: E402
from benchmarks.gpu.work import Work  # noqa: E402
from benchmarks.speed import framings  # noqa: E402

RATE, DECAY = 1e-3, 1e-4
EPOCHS = 8  # of a call of `fit`


def made(case, dtype, variant):
    """Return the `Work` of a case; dtype is "float32" (products in TF32) or "bfloat16"."""
    kept = "" if case == "decoding" else "mixed_"  # who only reads weights keeps them in bfloat16, as PyTorch does
    keras.mixed_precision.set_dtype_policy(f"{kept}bfloat16" if dtype == "bfloat16" else "float32")
    framed = framings.made(case)
    inputs, outputs = framed.framing.inputs, framed.framing.outputs
    model = registry.build(inputs, outputs, framed.architecture, **framed.options)
    for layer in model.layers:
        if variant.get("cudnn") and hasattr(layer, "forward_layer"):
            layer.forward_layer.use_cudnn = layer.backward_layer.use_cudnn = True
    parameters = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    if case == "decoding":
        return _writing(model, framed, parameters)
    optimizer = optimizers.made(framed.settings.get("optimizer", "adam"), RATE, DECAY)
    way = _fitting if variant.get("fit") else _stepping
    call, steps = way(model, framed, optimizer, variant)
    size = len(framed.targets) // framings.BATCHES
    return Work(call, steps, size * framed.units, parameters, jax.block_until_ready)


def _fitting(model, framed, optimizer, variant):
    """Return (a call that fits, how many steps that is)."""
    model.compile(optimizer=optimizer, loss=framed.framing.outputs.loss(), jit_compile=True,
                  steps_per_execution=variant.get("steps", 1))
    size = len(framed.targets) // framings.BATCHES

    def call():
        return model.fit(framed.numbers, framed.targets, batch_size=size, epochs=EPOCHS, shuffle=False,
                         verbose=0).history["loss"]

    return call, EPOCHS * framings.BATCHES


def _stepping(model, framed, optimizer, variant):
    """Return (a call of so many steps in one compiled function, how many); batches lie on the device."""
    steps, loss = variant.get("steps", 1), framed.framing.outputs.loss()
    optimizer.build(model.trainable_variables)
    state = [[v.value + 0 for v in kept] for kept in (model.trainable_variables, model.non_trainable_variables,
                                                      optimizer.variables)]  # + 0: which may be overwritten
    parted = jax.tree.map(lambda x: x.reshape(framings.BATCHES, -1, *x.shape[1:]), (framed.numbers, framed.targets))
    batches = jax.device_put(parted)

    def total(trainable, others, x, y):
        scores, others = model.stateless_call(trainable, others, x, training=True)
        return jnp.mean(loss(y, scores)), others

    def step(state, batch):
        trainable, others, kept = state
        (value, others), gradients = jax.value_and_grad(total, has_aux=True)(trainable, others, *batch)
        trainable, kept = optimizer.stateless_apply(kept, gradients, trainable)
        return [trainable, others, kept], value

    def run(state, number, batches):
        def one(state, i):
            return step(state, jax.tree.map(lambda x: x[i % framings.BATCHES], batches))

        return one(state, number) if steps == 1 else jax.lax.scan(one, state, number + jnp.arange(steps))

    compiled, count = jax.jit(run, donate_argnums=0), iter(range(10**9))

    def call():
        nonlocal state
        state, value = compiled(state, next(count), batches)
        return value

    return call, steps


def _writing(model, framed, parameters):
    """Return the `Work` of greedy decoding."""
    from registry.predicting import predictor

    framings.endless(model)
    size = len(framed.numbers["words"]) // framings.BATCHES
    batch = jax.device_put({name: value[:size] for name, value in framed.numbers.items()})
    variables = [v.value for v in model.variables]
    predict = predictor(model, framed.framing)

    @jax.jit
    def write(variables, batch):
        with keras.StatelessScope(state_mapping=list(zip(model.variables, variables))):
            return predict(batch)[0]

    return Work(lambda: write(variables, batch), 1, size * framed.units, parameters, jax.block_until_ready)

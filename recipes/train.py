"""Training: compile, epochs of `fit`, validation, best weights, checkpoints. Read it top to bottom."""
import csv
import time
from dataclasses import replace
from pathlib import Path

from recipes import checkpoint, efficiency, optimizers, pipeline
from recipes.distributed.cluster import ALONE
from recipes.pictures.text import FALLING
from recipes.progress import Watcher
from recipes.stopping import Interrupted
from registry.errors import UserError


def compile_model(model, recipe, total_steps):
    """Compile with the recipe's optimizer, schedule and loss, and return what is fitted: the model, or another with its
    weights where the output domain has a `learner`."""
    import keras

    warmup = int(recipe.warmup * total_steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / max(warmup, 1), max(total_steps - warmup, 1), warmup_target=recipe.learning_rate,
        warmup_steps=warmup) if warmup else keras.optimizers.schedules.CosineDecay(recipe.learning_rate, total_steps)
    options = {"global_clipnorm": recipe.clip_norm or None, "weight_decay": recipe.weight_decay or None}
    if recipe.ema:
        options |= {"use_ema": True, "ema_momentum": recipe.ema}
    if recipe.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(schedule, momentum=recipe.momentum, nesterov=recipe.momentum > 0, **options)
    else:
        optimizer = {"adam": optimizers.adam, "rows": optimizers.rows}[recipe.optimizer](schedule, **options)
    optimizer.finalize_variable_values = lambda variables: None  # Keras would put the average in after each `fit`
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    smoothing, outputs = {"label_smoothing": recipe.label_smoothing}, recipe.framing.outputs
    model, loss = outputs.learner(model, **smoothing) if hasattr(outputs, "learner") else (
        model, outputs.loss(**smoothing))
    model.compile(optimizer=optimizer, loss=loss)
    optimizer.build(model.trainable_variables)
    return model


def train(model, recipe, train_part, validate, folder, console, resume=False, spent=0.0, cluster=ALONE, stop=None):
    """Train a model to the end of its recipe, or to where it was stopped.

    Args:
        model: from `registry.build`; its best weights are in it afterwards.
        recipe: the settings.
        train_part: `pipeline.Encoded` of the training part.
        validate: function of the model that gives {metric: value} on validation, "loss" among them.
        folder: where checkpoint/, history.csv and logs/ go.
        console: a `rich.console.Console`.
        resume: go on from the folder's newest checkpoint.
        spent: seconds that preparing the model took, which count as training.
        cluster: the `Cluster` that trains; its chief alone validates and writes.
        stop: function of where the training stands (its "history" among it), asked before each epoch, that tells
            whether to end there; None goes on to the recipe's end.

    Returns:
        A dict: history (rows), seconds, epochs, resumed, best_epoch, examples_per_second, efficiency (as
        `recipes.efficiency.measured` tells it, None where it was not measured).

    Raises:
        Interrupted: SIGINT or SIGTERM came, on whichever worker; everything is saved.
        UserError: the loss is not finite, or a checkpoint cannot be written or read.
    """
    steps = pipeline.steps_per_epoch(train_part, recipe.batch_size)
    plain = model
    model, bring = _fitted(plain, recipe, steps * recipe.epochs, cluster)
    best, state = _begun(folder / "checkpoint", model, resume, spent)
    fit = _fit(model, recipe, cluster, console)

    def save(state):
        if cluster.chief:
            checkpoint.save(folder / "checkpoint", model, best, state)

    def validated(_):
        bring()
        return validate(plain)

    with Watcher(steps, recipe.epochs, state["epoch"] * steps + state["step"], console) as watch:
        for number in range(state["epoch"], recipe.epochs):
            if _finished(state, recipe) or stop is not None and stop(state):
                break
            start = time.perf_counter()
            _one_epoch(model, recipe, train_part, steps, state, watch, fit, save)
            state["epoch_seconds"] += time.perf_counter() - start
            if watch.stopped and state["step"] < steps:
                save(state)
                raise Interrupted(f"stopped by {watch.stopped} after epoch {number}, step {state['step']}; saved",
                                  cluster.told(watch.stopped))
            if cluster.chief:
                best = _end_epoch(model, recipe, validated, state, best, folder, console, watch)
                state["seconds"] += time.perf_counter() - start
            state, stopped = cluster.told([state, watch.stopped])
            save(state)
            if stopped:
                still = ", which is not validated yet" if state["step"] else ""
                raise Interrupted(f"stopped by {stopped} after epoch {number + 1}{still}; saved", stopped)
    speed = _reached(model, recipe, train_part, steps) if stop is None and cluster.strategy is None else None
    if best is not None:
        model.set_weights(best)
        bring()
    seen = sum(row["seconds"] for row in state["history"])
    return {**state, "epochs": len(state["history"]), "efficiency": speed,
            "examples_per_second": len(state["history"]) * train_part.count / max(seen, 1e-9)}


def _reached(model, recipe, train_part, steps):
    """Return what some more steps take, see `recipes.efficiency.measured`; None where they are played."""
    if train_part.play:
        return None
    batches = pipeline.epoch(train_part, recipe.batch_size, recipe.seed, 0)
    return efficiency.measured(timed(model, recipe), pipeline.taken(model, batches), steps)


def timed(model, recipe):
    """Return the function of (batches, steps, watch) that trains a compiled model on one device while its steps are
    timed."""
    few = replace(recipe, steps_per_execution=min(recipe.steps_per_execution, efficiency.AT_ONCE))
    return _fit(model, few, ALONE, None)


def _begun(folder, model, resume, spent):
    """Return the best weights so far, or None, and where the training stands: at its beginning, or where it stopped."""
    best, state = checkpoint.restore(folder, model) if resume else (None, None)
    fresh = {"epoch": 0, "step": 0, "best": None, "best_epoch": 0, "history": [], "seconds": spent, "resumed": 0,
             "loss": 0.0, "epoch_seconds": 0.0}
    return best, {**state, "resumed": state["resumed"] + 1} if state else fresh


def _fitted(plain, recipe, total_steps, cluster):
    """Return the compiled model that is fitted, and the function that brings its weights into the plain one: itself on
    one device, or one that was built in the strategy's scope with the same weights."""
    if cluster.strategy is None:
        return compile_model(plain, recipe, total_steps), lambda: None
    import keras

    import registry

    framing = recipe.framing
    keras.utils.set_random_seed(recipe.seed)
    with cluster.strategy.scope():
        model = registry.build(framing.inputs, framing.outputs, recipe.architecture, recipe.size, **recipe.options)
        learner = compile_model(model, recipe, total_steps)
    for variable, value in zip(model.variables, plain.variables):
        variable.assign(value.numpy())

    def bring():
        for variable, value in zip(plain.variables, model.variables):
            variable.assign(value.numpy())

    return learner, bring


def _fit(model, recipe, cluster, console):
    """Return the function of (batches, steps, watch) that trains for some steps and returns the mean loss: Keras's own
    where it does what is wanted. The console, if any, is told where that is not proven."""
    if cluster.strategy is None and recipe.accumulation == recipe.steps_per_execution == 1:
        return lambda batches, steps, watch: model.fit(
            batches, epochs=1, steps_per_epoch=steps, shuffle=False, verbose=0, callbacks=[watch]).history["loss"][-1]
    from recipes.distributed.trainer import Trainer, proven

    if console:
        proven(console)
    trainer = Trainer(model, cluster, recipe.accumulation, recipe.steps_per_execution)
    trainer.apart()
    return trainer.fit


def _finished(state, recipe):
    waited = len(state["history"]) - state["best_epoch"]
    return (recipe.patience and waited >= recipe.patience) or (
        recipe.minutes and state["seconds"] >= recipe.minutes * 60)


def _one_epoch(model, recipe, train_part, steps, state, watch, fit, save):
    """Train the rest of the epoch that the state stands in, and count its steps and loss in the state; on the way it is
    saved every so many minutes."""
    if state["step"] == steps:  # all that is missing is the validation
        return
    batches = pipeline.epoch(train_part, recipe.batch_size, recipe.seed, state["epoch"], model)
    batches = batches.skip(state["step"])
    batches = pipeline.taken(model, batches)
    watch.epoch, before, start = state["epoch"], watch.step, time.perf_counter()

    def now(loss):
        done = watch.step - before
        total = state["loss"] * state["step"] + loss * done
        return {"step": state["step"] + done, "loss": total / max(state["step"] + done, 1)}

    def keep(loss):
        save({**state, **now(loss), "epoch_seconds": state["epoch_seconds"] + time.perf_counter() - start})

    watch.keep_every(recipe.save_minutes * 60, keep)
    state.update(now(fit(batches, steps - state["step"], watch)))
    watch.rest()


def _end_epoch(model, recipe, validate, state, best, folder, console, watch):
    """Validate, note the epoch in history.csv and the logs, and return the best weights so far; where a signal came the
    state is left at the epoch's last step."""
    trained = _averaged(model, recipe)
    values = watch.unless_stopped(lambda: validate(model))
    if values and (state["best"] is None or _better(recipe, values[recipe.metric], state["best"])):
        best = model.get_weights()
        state["best"], state["best_epoch"] = values[recipe.metric], state["epoch"] + 1
    if trained is not None:
        _assign(model, trained)
    if not values:
        return best
    spent = state["epoch_seconds"]
    rate = float(model.optimizer.learning_rate.numpy())
    row = {"epoch": state["epoch"] + 1, "loss": state["loss"], "learning_rate": rate, "seconds": spent,
           **{f"val_{k}": float(v) for k, v in values.items()}}
    state["history"].append(row)
    state.update(epoch=state["epoch"] + 1, step=0, loss=0.0, epoch_seconds=0.0)
    write_history(folder, state["history"])
    told = "  ".join(f"{k} {v:.4f}" for k, v in row.items() if k not in ("epoch", "seconds", "learning_rate"))
    console.print(f"epoch {row['epoch']:3d}/{recipe.epochs}  {told}  {spent:.1f} s", highlight=False)
    return best


def _better(recipe, value, best):
    """Return whether a figure is as good as the best so far: of equals the later is kept, which has learned more."""
    if recipe.keep == "last":
        return True
    return value <= best if recipe.metric in FALLING else value >= best


def _averaged(model, recipe):
    """Put the average of the weights into the model and return the weights it replaced; None without average."""
    if not recipe.ema:
        return None
    trained = [v.numpy() for v in model.trainable_variables]
    _assign(model, [v.numpy() for v in model.optimizer._model_variables_moving_average])
    return trained


def _assign(model, values):
    for variable, value in zip(model.trainable_variables, values):
        variable.assign(value)


def write_history(folder, history):
    """Write history.csv whole, and the newest row for TensorBoard."""
    import tensorflow as tf

    folder = Path(folder)
    try:
        with (folder / "history.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(history[-1]))
            writer.writeheader()
            writer.writerows(history)
        with tf.summary.create_file_writer(str(folder / "logs")).as_default():
            for key, value in history[-1].items():
                tf.summary.scalar(key, value, step=history[-1]["epoch"])
    except OSError as error:
        raise UserError(f"cannot write into {folder}: {error.strerror or error}. Free some space or choose another "
                        "--out; the last checkpoint is kept.") from error

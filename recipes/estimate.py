"""What a training will take on this machine, measured on a few steps."""
import dataclasses
import time


def estimate(recipe, data, steps=5):
    """Return a sentence with parameters, memory, and the time of a step and an epoch.

    Args:
        recipe: the settings.
        data: raw `Data`; a few batches of its training part are used.
        steps: training steps that are timed after two of warming up.
    """
    import registry
    from recipes import device, pipeline, width
    from recipes.train import compile_model
    from registry import cost

    device.configure(recipe)
    framing = recipe.framing.adapt(lambda: data.splits["train"].take(2000).as_numpy_iterator())
    recipe = width.solved(dataclasses.replace(recipe, framing=framing))
    few = dataclasses.replace(data, splits={"train": data.splits["train"].take(recipe.batch_size * 8)})
    part = pipeline.part(recipe, few, "train")
    model = registry.build(framing.inputs, framing.outputs, recipe.architecture, recipe.size, **recipe.options)
    learner = compile_model(model, recipe, 1000)
    batches = iter(pipeline.taken(learner, pipeline.epoch(part, recipe.batch_size, 0, 0, model)))
    batch = next(batches)
    for _ in range(2):
        learner.train_on_batch(*batch)
    start = time.perf_counter()
    for _ in range(steps):
        learner.train_on_batch(*batch)
    step = (time.perf_counter() - start) / steps
    if part.play:
        step += _played(batches, max(steps, part.play.between(recipe.batch_size)))
        epoch, memory = step * pipeline.steps_per_epoch(part, recipe.batch_size), device.peak_rss_mb()
    else:
        epoch = step * max(1, data.counts["train"] // recipe.batch_size)
        memory = device.peak_rss_mb() + data.counts["train"] * part.bytes / max(part.count, 1) / 2**20
    whole, together = epoch * recipe.epochs * recipe.members, f" of {recipe.members} models" * (recipe.members > 1)
    return (f"{model.count_params():,} parameters, {cost.flops(model, *part.mean_lengths):,} FLOPs an example forward; "
            f"about {memory:,.0f} MB of memory; {step * 1000:.0f} ms a step, {epoch:.0f} s an epoch, "
            f"{whole / 60:.1f} minutes for {recipe.epochs} epochs{together} on this machine")


def _played(batches, count):
    """Return the seconds that it takes to play what a batch is made of, a mean over some."""
    start = time.perf_counter()
    for _ in range(count):
        next(batches)
    return (time.perf_counter() - start) / count

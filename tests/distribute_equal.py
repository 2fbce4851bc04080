"""Prints the largest difference of weights between one device by Keras's own `fit` and replicas by the `Trainer`, for
small models of many kinds: ``python tests/distribute_equal.py REPLICAS CASE…``. Run by tests/test_distribute.py."""
import json
import os
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="2")

from recipes.distributed import cluster as clusters  # noqa: E402

STEPS, BATCH = 4, 10
SGD = {"optimizer": "sgd", "learning_rate": 0.05, "weight_decay": 0.01}
CASES = {  # input, output, architecture, settings
    "label": ("vector", "label", "mlp", {}),
    "adam_clipped": ("vector", "label", "mlp", {"optimizer": "adam", "clip_norm": 0.05, "ema": 0.9}),
    "convolution": ("image", "label", "vgg", {}),
    "tags": ("word_seq", "tags", "bilstm", {"clip_norm": 0.1}),
    "tags_adam": ("word_seq", "tags", "bilstm", {"optimizer": "adam", "ema": 0.9}),
    "crf": ("word_seq", "crf", "bilstm", {}),
    "tree": ("word_seq", "tree", "bilstm", {"clip_norm": 1.0}),
    "text": ("word_seq", "text", "seq2seq", {}),
    "transcript": ("audio", "text", "crnn", {"clip_norm": 1.0}),
    "neighbours": ("word", "distribution", "skipgram", {}),
    "rows": ("click_log", "distribution", "deepfm", {"optimizer": "rows", "learning_rate": 0.001}),
    "added_loss": ("click_log", "distribution", "autoencoder", {}),
    "series": ("series", "vector", "patchtst", {"learning_rate": 1e-3}),
    "following": ("word_seq", "distribution", "lstm", {}),
    "low_convolution": ("image", "label", "vgg", {}),  # products in bfloat16, all else in float32
    "mixed_convolution": ("image", "label", "vgg", {}),
    "mixed_tags": ("word_seq", "tags", "bilstm", {"ema": 0.9})}


def setting(name):
    """Return (recipe, batches) of a case: batches of 10, the last of one example, so that a replica gets none."""
    import registry
    from recipes import pipeline, sources
    from recipes.recipe import Recipe
    from registry import building
    from registry.framing import Framing

    inputs, outputs, architecture, settings = CASES[name]
    if outputs == "crf":
        framing = Framing(registry.WordSeq(num_buckets=500, embedding=8), registry.Tags(crf=True))
    else:
        framing = building.framing_for((inputs, outputs), architecture)
    recipe = Recipe("test", framing, architecture=architecture, size="tiny", **{**SGD, **settings})
    raw = sources.sample_data(framing).splits["train"].take(BATCH * (STEPS - 1) + 1)
    examples = pipeline.encode(framing, raw).examples
    if hasattr(framing.inputs, "length"):
        return recipe, examples.padded_batch(BATCH, padding_values=pipeline._padding(examples.element_spec))
    return recipe, examples.batch(BATCH)


def trained(recipe, batches, cluster, **options):
    """Return the weights before and after the batches, by Keras's `fit` where there is no cluster."""
    import keras

    import registry
    from recipes import pipeline, train
    from recipes.distributed.trainer import Trainer
    from recipes.distributed.trial import still

    keras.utils.set_random_seed(0)
    framing = recipe.framing
    model = registry.build(framing.inputs, framing.outputs, recipe.architecture, recipe.size)
    learner, bring = train._fitted(model, recipe, 2 * STEPS, cluster or clusters.ALONE)
    still(learner)
    before = weights(model)
    batches = pipeline.taken(learner, batches)
    if cluster is None:
        learner.fit(batches, shuffle=False, verbose=0)
    else:
        trainer = Trainer(learner, cluster, **options)
        trainer.fit(batches, STEPS, Watch())
        bring()
    averages = learner.optimizer._model_variables_moving_average if recipe.ema else []
    after = weights(model) + [v.numpy() for v in averages]
    if cluster is not None:
        stopped(trainer, batches)
    return before, after


def stopped(trainer, batches):
    """Take one more step after a signal, which all workers learn from one; what it was must not get lost."""
    watch = Watch("SIGTERM")
    trainer.fit(batches, 1, watch)
    assert watch.stopped == "SIGTERM", watch.stopped


def weights(model):
    return [v.numpy() for v in model.variables if "seed" not in v.path]


class Watch:
    def __init__(self, stopped=None):
        self.stopped = stopped

    def after(self, count, loss):
        self.loss = loss


def differences(replicas, names):
    """Return {case: the largest difference between both ways, "CASE moved": between before and after}."""
    import keras
    import numpy as np

    from recipes import device

    cluster = clusters.begin("mirrored" if replicas > 1 else "none", replicas)
    found = {}
    for case in names:
        name, _, options = case.partition(":")
        device.bfloat16_kernels(name.startswith("low"))
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16" if name.startswith("mixed") else "float32")
        recipe, batches = setting(name)
        (before, one), (_, other) = (
            trained(recipe, batches, None), trained(recipe, batches, cluster, **json.loads(options or "{}")))
        found[case] = max(float(np.abs(a - b).max(initial=0)) for a, b in zip(one, other, strict=True))
        found[case + " moved"] = max(float(np.abs(a - b).max(initial=0)) for a, b in zip(before, one))
        print(case, found[case], found[case + " moved"], file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    print(json.dumps(differences(int(sys.argv[1]), sys.argv[2:] or list(CASES))))

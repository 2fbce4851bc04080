"""Steps that give each replica a share of the batch, and all of them the update that one device would make.

Keras's own `fit` takes the mean of the replicas' means, clips each replica's gradient before the sum, and fails with
several workers, with accumulation and with several steps a call (keras #20585, #20582, #19246). Here the loop is ours,
and the only private part of Keras in it is the sum of gradients in the optimizer, which is put before the clipping.

Shapes: B batch, R replicas, K micro-batches.
"""
from contextlib import nullcontext

from recipes.distributed.shares import added, share, summed, total_loss
from registry.errors import UserError

PROVEN = "3.15"  # the Keras that the tests of this file passed with
INTERRUPT, TERMINATE = 1.0, 1e6  # what a signal counts in the sum over workers


class Trainer:
    """Trains a compiled model on the replicas of a cluster; `model` was built and compiled in its strategy's scope.

    Args:
        model: a compiled functional model whose loss is a function of (targets, scores). What it gives is a loss for
            each example, or one number: a mean over units, which are the targets from 0 upwards where the function has
            no `units`, a function of the targets, of its own.
        cluster: a `Cluster`; one device too.
        accumulation: micro-batches, K, that each replica's share is divided into.
        steps: in a call, so that Python is between fewer of them.
    """

    def __init__(self, model, cluster, accumulation=1, steps=1):
        import tensorflow as tf

        self.model, self.cluster = model, cluster
        self.accumulation, self.steps = accumulation, steps
        self.exact = False  # True: batch norm in two passes on one device too, whose kernel loses digits in large maps
        self.strategy = cluster.strategy or tf.distribute.get_strategy()
        self.stop = tf.Variable(0.0, trainable=False)
        self.run = tf.function(self._several, reduce_retracing=True)
        self.clip, model.optimizer.global_clipnorm = model.optimizer.global_clipnorm, None  # done here, as by Keras on
        _sum_first(model.optimizer)  # one device: a row that stands twice in a gradient counts twice

    def fit(self, batches, steps, watch):
        """Train for so many steps, or until a worker is told to stop, and return the mean loss of the examples.

        Args:
            batches: a data set of (numbers, targets), of all replicas together; the same on every worker.
            steps: how many of them.
            watch: a `Watcher`; told of each call's steps and of the mean loss so far.
        """
        import tensorflow as tf

        iterator = iter(self.strategy.distribute_datasets_from_function(lambda _: self._shares(batches)))
        done, loss, examples = 0, 0.0, 0.0
        while done < steps:
            count = min(self.steps, steps - done)
            self.stop.assign({None: 0.0, "SIGINT": INTERRUPT}.get(watch.stopped, TERMINATE))
            found = self.run(iterator, tf.constant(count)).numpy()
            done, loss, examples = done + count, loss + float(found[0]), examples + float(found[1])
            watch.after(count, loss / max(examples, 1.0))
            if found[2]:
                watch.stopped = "SIGTERM" if found[2] > TERMINATE / 2 else "SIGINT"
                break
        return loss / max(examples, 1.0)

    def reduce_seconds(self, times=20):
        """Return the median seconds in which replicas sum as many numbers as the model has weights that learn, with
        nothing else to do."""
        import statistics
        import time

        import tensorflow as tf

        weights = self.model.trainable_variables
        run = tf.function(lambda: self.strategy.run(lambda: summed([v.value * 1.0 for v in weights])))
        spent = []
        for _ in range(times + 1):  # the first is traced
            start = time.perf_counter()
            tf.nest.map_structure(lambda x: x.numpy(), self.strategy.experimental_local_results(run())[0][-1])
            spent.append(time.perf_counter() - start)
        return statistics.median(spent[1:])

    def apart(self):
        """Let the random layers of each replica draw for themselves: Keras gives all replicas the same seeds, so that
        neighbours in the batch would have the same noise. Replica 0 draws what is saved in checkpoints."""
        import keras

        states = [v for v in self.model.non_trainable_variables if "seed_generator_state" in v.path]
        local = self.strategy.num_replicas_in_sync // self.cluster.workers
        for state in {id(s): s for s in states}.values():
            for i, one in enumerate(self.strategy.experimental_local_results(state.value)):
                shift = 7919 * (self.cluster.worker * local + i)
                one.assign(keras.ops.convert_to_numpy(one) + keras.ops.convert_to_numpy([shift, 0]).astype(state.dtype))

    def _shares(self, batches):
        """Return the rows of each batch for each replica of this worker, one after the other."""
        import tensorflow as tf

        replicas, local = self.cluster.replicas, self.cluster.replicas // self.cluster.workers
        first = self.cluster.worker * local
        if replicas == 1:
            return batches.map(lambda *data: (data, 1.0))

        def divided(*data):
            return tf.data.Dataset.range(first, first + local).map(lambda i: share(data, i, replicas))

        shares = batches.flat_map(divided).prefetch(4 * local)
        return shares.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))  # we count steps

    def _several(self, iterator, count):
        """Take `count` steps and return the sums of loss times examples, examples, and signals to stop."""
        import tensorflow as tf

        if self.steps == 1:
            return self._one(next(iterator))
        told = tf.zeros(3)
        for _ in tf.range(count):
            tf.autograph.experimental.set_loop_options(parallel_iterations=1)  # a step begins when the last is done
            told += self._one(next(iterator))
        return told

    def _counting(self, real):
        from zoo.layers.batch_norm import counting

        alone = self.cluster.replicas == 1 and self.accumulation == 1 and not self.exact
        return nullcontext() if alone else counting(real)

    def _one(self, data):
        found = self.strategy.run(self._step, args=data)
        return self.strategy.experimental_local_results(found)[0]

    def _step(self, data, real):
        """Make one update in each replica: with the gradient of the whole batch's loss, the same in all."""
        import tensorflow as tf

        gradients, told = self._gradients(data, real)
        places = [i for i, g in enumerate(gradients) if g is not None]
        given = [gradients[i] for i in places]
        of_rows = [isinstance(g, tf.IndexedSlices) for g in given]
        squares = sum(tf.reduce_sum(tf.square(g.values)) for g, rows in zip(given, of_rows) if rows)
        stop = self.stop / (self.cluster.replicas // self.cluster.workers)
        # of their own, and in float64: beside gradients in bfloat16 the rewrite of the graph would round counts too
        told = summed(tf.cast(tf.concat([told, tf.stack([squares, stop])], 0), tf.float64))
        if self.steps > 1 and self.cluster.replicas > 1:  # replicas' numbers of rows get mixed up in a loop
            given = [tf.convert_to_tensor(g) for g in given]
        given = summed(given)
        total, units, examples, squares, stop = tf.unstack(tf.cast(told, tf.float32))
        each = 1 / tf.maximum(units, 1e-6)
        squares += sum(tf.reduce_sum(tf.square(g)) for g, rows in zip(given, of_rows) if not rows)
        scale = each * self.clip / tf.maximum(each * tf.sqrt(squares), self.clip) if self.clip else each
        variables = self.model.trainable_variables
        self.model.optimizer.apply([tf.math.scalar_mul(scale, g) for g in given], [variables[i] for i in places])
        return tf.stack([total * each * examples, examples, stop])

    def _gradients(self, data, real):
        """Return the gradients of the sum of this replica's losses, and (its total, its units, its examples).

        Args:
            data: (numbers, targets).
            real: 0 where they are not this replica's own, see `share`.
        """
        import tensorflow as tf

        gradients, told = None, tf.zeros(3)
        for k in range(self.accumulation):
            before = [g for g in tf.nest.flatten(gradients, expand_composites=True) if g is not None]
            with tf.control_dependencies(before) if before else nullcontext():  # one after the other, to save memory
                part, own = share(data, k, self.accumulation) if self.accumulation > 1 else (data, 1.0)
                with tf.GradientTape() as tape, self._counting(own * real):
                    total, units = (one * own * real for one in total_loss(self.model, *part))
                found = tape.gradient(total, self.model.trainable_variables)
                told += tf.stack([total, units, tf.cast(tf.shape(part[1])[0], tf.float32) * own * real])
            gradients = found if gradients is None else [added(a, b) for a, b in zip(gradients, found)]
        return gradients, told


def _sum_first(optimizer):
    """Let the optimizer take gradients that are summed over replicas already, so that it clips the sum."""
    import keras

    if not hasattr(optimizer, "_all_reduce_sum_gradients"):
        raise UserError(f"Keras {keras.__version__} sums gradients in another place than Keras {PROVEN}, with which "
                        f"training on several devices was proven: install keras {PROVEN}, or take --strategy none.")
    optimizer._all_reduce_sum_gradients = list


def proven(console):
    """Say so where another Keras is installed than the one that distributed training was proven with."""
    import keras

    if not keras.__version__.startswith(PROVEN + "."):
        console.print(f"distributed training was proven with Keras {PROVEN}, this is {keras.__version__}: "
                      "`python -m recipes verify NAME --replicas 2` tells whether it is exact here.", style="yellow",
                      highlight=False)

"""Which devices and processes train together: one device, those of a machine, or the workers of a cluster.

Workers run the same program on the same data in the same order. Only the chief, worker 0, writes; what it alone decides
the others are told.
"""
import functools
import json
import os
from dataclasses import dataclass

from recipes.distributed import environment
from registry import quiet
from registry.errors import UserError, unknown

STRATEGIES = ("auto", "none", "mirrored", "multi_worker", "tpu")
PARAMETER_SERVER = ("received --strategy parameter_server: Keras 3 cannot train by parameter servers (keras #18624), "
                    "and their updates come late, so that no run equals another. Take multi_worker, whose workers "
                    "update together.")
BLOCK = 4096  # numbers sent at a time


@dataclass(frozen=True)
class Cluster:
    """The devices that train together, and this process's place among its workers.

    Args:
        strategy: a `tf.distribute.Strategy`, or None for one device.
        name: of the strategy.
        workers, worker: how many processes there are, and which of them this is, from 0.
    """

    strategy: object = None
    name: str = "none"
    workers: int = 1
    worker: int = 0

    @property
    def chief(self):
        return self.worker == 0

    @property
    def replicas(self):
        return self.strategy.num_replicas_in_sync if self.strategy else 1

    @property
    def described(self):
        return {"strategy": self.name, "replicas": self.replicas, "workers": self.workers}

    def told(self, value=None):
        """Return the chief's value on all workers, once all have come to this place.

        Args:
            value: what JSON can hold; that of other workers is not looked at.
        """
        if self.workers == 1:
            return value
        import numpy as np

        said = json.dumps(value).encode() if self.chief else b""
        length = int(self._sent(np.full(BLOCK, len(said)))[0])
        said = said.ljust(-(-length // BLOCK) * BLOCK)
        blocks = [self._sent(np.frombuffer(said[i : i + BLOCK], "uint8") if self.chief else np.zeros(BLOCK))
                  for i in range(0, length, BLOCK)]
        return json.loads(np.concatenate(blocks).astype("uint8").tobytes()[:length])

    def _sent(self, numbers):
        """Return the chief's numbers (BLOCK,)."""
        import tensorflow as tf

        found = self.strategy.run(_from_first(), args=(tf.constant(numbers, tf.int32),))
        return self.strategy.experimental_local_results(found)[0].numpy()


@functools.cache
def _from_first():
    """Return the function that gives all replicas the numbers of the first: a sum to which all others give 0."""
    import tensorflow as tf

    @tf.function
    def sent(numbers):
        context = tf.distribute.get_replica_context()
        first = tf.cast(tf.equal(context.replica_id_in_sync_group, 0), tf.int32)
        return context.all_reduce(tf.distribute.ReduceOp.SUM, numbers * first)

    return sent


ALONE = Cluster()


def begin(name="auto", replicas=None):
    """Return the `Cluster` of this process; call it before TensorFlow's first operation.

    Args:
        name: "auto" (several workers where the environment names them, all visible GPUs where there are several, else
            one device without any strategy), "none", "mirrored", "multi_worker", or "tpu", which is not tested.
        replicas: the first so many GPUs, or so many logical devices of the CPU; all GPUs, or one CPU, where it is None.

    Raises:
        UserError: an unknown strategy, or one that this machine or this environment cannot give.
    """
    if name == "parameter_server":
        raise UserError(PARAMETER_SERVER)
    if name not in STRATEGIES:
        raise unknown("strategy", name, STRATEGIES)
    if name == "none" and (replicas or 1) > 1:
        raise UserError(f"received --replicas {replicas} with --strategy none, which trains on one device: leave out "
                        f"one of them.")
    if name == "auto":
        name = "multi_worker" if environment.several() else "mirrored" if _plenty(replicas) else "none"
    if name == "multi_worker":
        environment.task()  # before TensorFlow counts the GPUs, of which a worker may have a share
    if name != "none":
        quiet.start()
    return {"none": _alone, "mirrored": _mirrored, "multi_worker": _workers, "tpu": _tpu}[name](replicas)


def _plenty(replicas):
    """Return whether there are several devices to train on; TensorFlow is asked only where there may be a GPU."""
    if replicas is not None:
        return replicas > 1
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    return not hidden and len(environment.gpu_files()) > 1 and len(_gpus()) > 1


def _gpus():
    import tensorflow as tf

    return tf.config.list_physical_devices("GPU")


def _alone(replicas):
    return ALONE


def _mirrored(replicas):
    import tensorflow as tf

    gpus = _gpus()
    if gpus and (replicas or 1) > len(gpus):
        raise UserError(f"received --replicas {replicas}: this machine has {len(gpus)} GPUs. Ask for no more, or hide "
                        "them with CUDA_VISIBLE_DEVICES=-1 to simulate replicas on the CPU.")
    if gpus:
        return Cluster(tf.distribute.MirroredStrategy([f"GPU:{i}" for i in range(replicas or len(gpus))]), "mirrored")
    count = replicas or 1
    try:
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    except RuntimeError as error:
        if len(tf.config.list_logical_devices("CPU")) < count:
            raise UserError(f"received --replicas {count} when TensorFlow was running already: devices are divided "
                            "once in a process. Start a new one.") from error
    return Cluster(tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(count)]), "mirrored")


def _workers(replicas):
    import tensorflow as tf

    task = environment.task()
    gpus = _gpus()
    if (replicas or 1) > max(len(gpus), 1):
        raise UserError(f"received --replicas {replicas} with --strategy multi_worker: a worker trains on its GPUs, of "
                        f"which there are {len(gpus)} here, or on one CPU. Start more workers.")
    if gpus and replicas:
        tf.config.set_visible_devices(gpus[:replicas], "GPU")
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    return Cluster(strategy, "multi_worker", task.workers, task.worker)


def _tpu(replicas):
    import tensorflow as tf

    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver.connect(tpu="local")
    except (ValueError, tf.errors.OpError) as error:
        raise UserError(f"received --strategy tpu: TensorFlow finds none here ({str(error).splitlines()[0]}). Leave it "
                        "out, or take mirrored.") from error
    return Cluster(tf.distribute.TPUStrategy(resolver), "tpu")

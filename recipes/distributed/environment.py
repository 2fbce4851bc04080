"""Where a process learns of the cluster that it belongs to: TF_CONFIG, Slurm, or a Kubernetes job with an index."""
import json
import os
from dataclasses import dataclass
from pathlib import Path

from registry.errors import UserError

HOSTS = "TASKZOO_HOSTS"  # "host:port,host:port", the chief first, beside Kubernetes's JOB_COMPLETION_INDEX
WAYS = ("set TF_CONFIG, start it by `srun` with several tasks, or as a Kubernetes job with completionMode Indexed and "
        f"{HOSTS}=host:port,…; `python -m recipes launch` starts workers on this machine (docs/distributed.md)")


@dataclass(frozen=True)
class Task:
    """How many workers there are, and which of them this process is, from 0."""

    workers: int
    worker: int


def gpu_files():
    """Return the files by which Linux offers NVIDIA's GPUs: what can be seen of them without TensorFlow."""
    return sorted(Path("/dev").glob("nvidia[0-9]*"))


def several():
    """Tell whether the environment names a cluster of more than one worker."""
    if os.environ.get("TF_CONFIG") or os.environ.get(HOSTS):
        return task().workers > 1
    return "SLURM_PROCID" in os.environ and int(os.environ.get("SLURM_STEP_NUM_TASKS", "1")) > 1


def task():
    """Return this process's `Task`, and leave the cluster in TF_CONFIG, where TensorFlow looks for it.

    Raises:
        UserError: the environment names no cluster, or one that cannot be understood.
    """
    if not os.environ.get("TF_CONFIG"):
        found = _kubernetes() if os.environ.get(HOSTS) else _slurm() if "SLURM_PROCID" in os.environ else None
        if found is None:
            raise UserError(f"received --strategy multi_worker, and nothing here tells who the workers are: {WAYS}.")
        workers, index = found
        os.environ["TF_CONFIG"] = config(workers, index)
    try:
        told = json.loads(os.environ["TF_CONFIG"])
        workers, kind, index = told["cluster"]["worker"], told["task"]["type"], int(told["task"]["index"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"TF_CONFIG={os.environ['TF_CONFIG']!r} cannot be understood ({type(error).__name__}: "
                        f"{error}): expected the like of {config(['host0:2222', 'host1:2222'], 0)}.") from error
    if set(told["cluster"]) != {"worker"} or kind != "worker" or not 0 <= index < len(workers):
        raise UserError(f"TF_CONFIG names task {kind} {index} of {sorted(told['cluster'])}: expected workers only, "
                        f"worker 0 being the chief, and an index from 0 to {len(workers) - 1}.")
    return Task(len(workers), index)


def config(workers, index):
    """Return TF_CONFIG for worker `index` of a list of "host:port"."""
    return json.dumps({"cluster": {"worker": list(workers)}, "task": {"type": "worker", "index": index}})


def _kubernetes():
    """Return the workers and this one's index in an Indexed Job."""
    workers, index = os.environ[HOSTS].split(","), os.environ.get("JOB_COMPLETION_INDEX", "")
    if not index.isdecimal() or int(index) >= len(workers):
        raise UserError(f"received JOB_COMPLETION_INDEX={index!r} with {len(workers)} hosts in {HOSTS}: expected a "
                        f"number from 0 to {len(workers) - 1}, as a Kubernetes job of completionMode Indexed sets it.")
    return workers, int(index)


def _slurm():
    """Return the workers and this one's index among the tasks of a Slurm step."""
    import tensorflow as tf

    # where nobody has divided the GPUs of a node yet it does; without any it would count no tasks
    divided = "CUDA_VISIBLE_DEVICES" in os.environ or not gpu_files()
    options = {"gpus_per_node": 2**16, "gpus_per_task": 1, "auto_set_gpu": False} if divided else {}
    try:
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(**options)
        workers = resolver.cluster_spec().as_dict()["worker"]
    except (RuntimeError, ValueError, KeyError) as error:
        raise UserError(f"Slurm's environment cannot be understood ({error}): start the program with srun inside a "
                        "job, or set TF_CONFIG.") from error
    return workers, resolver.get_task_info()[1]

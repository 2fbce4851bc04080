"""What this machine has, and the settings of TensorFlow that suit it."""
import functools
import os
from pathlib import Path


def configure(recipe):
    """Set precision and, where TensorFlow has done nothing yet, threads for a recipe."""
    import keras
    import tensorflow as tf

    from recipes.recipe import resolved_architecture

    threads(resolved_architecture(recipe), recipe.framing.pair)
    if tf.config.list_physical_devices("GPU"):
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16" if reduced(recipe) else "float32")
    else:
        bfloat16_kernels(reduced(recipe))


def threads(architecture, pair):
    """Set TensorFlow's threads on CPUs as an architecture's `THREADS` asks: how many work at an operation, and how many
    operations at a time. Only before TensorFlow's first operation, so before data is read."""
    from registry import quiet, table

    quiet.start()
    import tensorflow as tf

    wanted = getattr(table.module(architecture, pair), "THREADS", None)
    if wanted and not tf.config.list_physical_devices("GPU"):
        try:
            tf.config.threading.set_intra_op_parallelism_threads(wanted[0])
            tf.config.threading.set_inter_op_parallelism_threads(wanted[1])
        except RuntimeError:
            pass  # TensorFlow runs already, as in a notebook: slower, not wrong


def reduced(recipe):
    """Tell whether products are computed in bfloat16 for a recipe on this device."""
    return recipe.precision == "bfloat16" or (recipe.precision == "auto" and has_bfloat16())


def bfloat16_kernels(on):
    """Let oneDNN compute matrix products and convolutions in bfloat16; weights and results stay float32."""
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": on})


@functools.lru_cache
def has_bfloat16():
    """Return whether the device computes in bfloat16; on CPUs that do not it is emulated, and much slower."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        return tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0,))[0] >= 8
    return any(flag in cpu_flags() for flag in ("avx512_bf16", "amx_bf16"))


@functools.lru_cache
def cpu_flags():
    """Return the flags that Linux tells of the CPU; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.split(":")[1].split() for line in lines if line.startswith("flags")), ()))


def describe():
    """Return versions, device and command: what one needs to reproduce a figure."""
    import platform
    import shlex
    import subprocess
    import sys
    from importlib.metadata import version

    import tensorflow as tf

    packages = ("tensorflow", "keras", "tensorflow-datasets", "keras-tuner", "numpy", "scikit-learn", "scipy")
    root = Path(__file__).parent.parent
    git = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    try:
        state = subprocess.run(git, capture_output=True, text=True, timeout=5).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        state = ""
    gpus = [tf.config.experimental.get_device_details(g).get("device_name") for g in
            tf.config.list_physical_devices("GPU")]
    return {"python": platform.python_version(), **{name: version(name) for name in packages},
            "platform": platform.platform(), "cpu": cpu_name(), "cpu_count": cores(), "gpus": gpus,
            "bfloat16": has_bfloat16(), "git": state, "command": shlex.join(["python", "-m", "recipes", *sys.argv[1:]])}


def cores():
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def cpu_name():
    """Return the CPU's model name."""
    import platform

    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def peak_rss_mb():
    """Return the largest memory this process has held, in MB."""
    import resource
    import sys

    try:  # what `resource` tells on Linux is not less than what the process had that started this one
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
    except (OSError, StopIteration):
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used / (2**20 if sys.platform == "darwin" else 1024)

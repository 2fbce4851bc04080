"""What this device can do at most, measured: operations and bytes a second.

Measured once and kept in ~/.cache/taskzoo/peaks.json (XDG_CACHE_HOME), for each device, TensorFlow and number of cores.
"""
import json
import os
import time
from pathlib import Path

from recipes import device
from recipes import folder as folders
from registry.errors import UserError

TIMES = 20  # of which the best counts: others may be using the machine too
SIDE = 2048  # of the matrices
BYTES = 2**28  # that are copied


def matrix(bfloat16=False, again=False):
    """Return the floating-point operations a second of a product of 2048 x 2048 matrices.

    Args:
        bfloat16: in bfloat16, otherwise in float32.
        again: measure, though it is known.
    """
    return _kept("bfloat16" if bfloat16 else "float32", lambda: _matrix(bfloat16), again)


def bandwidth(again=False):
    """Return the bytes a second that are read and written in a copy of 256 MB; `again` as for `matrix`."""
    return _kept("bytes", _bandwidth, again)


def _matrix(bfloat16):
    import tensorflow as tf

    a = tf.cast(tf.random.stateless_normal((SIDE, SIDE), (0, 1)), tf.bfloat16 if bfloat16 else tf.float32)
    product = tf.function(lambda a: tf.reduce_sum(tf.cast(tf.matmul(a, a), tf.float32)))
    return 2 * SIDE**3 / best(lambda: product(a).numpy())


def _bandwidth():
    import tensorflow as tf

    a = tf.zeros(BYTES // 4)
    copy = tf.function(lambda a: a + 1.0)
    rest = tf.function(lambda a: a[0])  # so that nothing is copied to Python
    return 2 * BYTES / best(lambda: rest(copy(a)).numpy())


def best(work):
    """Return the seconds of the fastest of some calls, after one that is not timed."""
    work()
    seconds = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _kept(name, measure, again):
    """Return what was measured on this device before, else measure it and keep it where that can be written."""
    path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "taskzoo" / "peaks.json"
    try:
        known = json.loads(path.read_text())
    except (OSError, ValueError):
        known = {}
    here = known.setdefault(_device(), {})
    if name not in here or again:
        here[name] = measure()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            folders.write_json(path, known)
        except (OSError, UserError):
            pass
    return here[name]


def _device():
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    name = (tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU") if gpus
            else f"{device.cores()} cores of {device.cpu_name()}")
    return f"{name}, TensorFlow {tf.__version__}"

"""Keep TensorFlow's own messages off the terminal: its C++ part writes to standard error whatever its settings."""
import contextlib
import gc
import os
import re
import sys

MESSAGE = re.compile(rb"[IWE]\d{4} \d\d.*\.cc:\d+\]|WARNING: All log messages before absl|To enable the following")
UNUSED = ("sklearn", "pandas", "matplotlib")  # by us of Keras: wrappers, data frames, galleries


def start():
    """Import TensorFlow and find the devices without its messages, and on a terminal without its later ones."""
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        with _sooner() if _own_process() else contextlib.nullcontext():
            import tensorflow as tf

        tf.config.list_physical_devices("GPU")
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
    if os.isatty(2):
        _sift()


def _own_process():
    """Tell whether this process is a command of ours, and not someone's who may use Keras in other ways too."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    begun = spec.name if spec else os.path.basename(sys.argv[0])
    return begun.partition(".")[0] in ("recipes", "registry", "taskzoo")


@contextlib.contextmanager
def _sooner():
    """Import in here as if `UNUSED` were not installed, and without looking for garbage in what stays."""
    new = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(new))
    gc.disable()
    try:
        yield
    finally:
        for name in new:
            del sys.modules[name]
        gc.freeze()
        gc.enable()


def _sift():
    """Let C++'s lines on standard error through but for TensorFlow's messages; Python writes there as before."""
    import threading

    terminal = os.dup(2)
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    source, sink = os.pipe()
    os.dup2(sink, 2)
    os.close(sink)

    def pass_on():
        with os.fdopen(source, "rb") as lines:
            for line in lines:
                if not MESSAGE.match(line):
                    os.write(terminal, line)

    threading.Thread(target=pass_on, daemon=True).start()

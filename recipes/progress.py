"""What a training shows while it runs, and how it is stopped: progress bar, NaN, Ctrl-C, time."""
import math
import signal
import time

from registry.errors import UserError


def watcher(total_steps, first_step, epochs, console):
    """Return a Keras callback that shows progress with the time left and obeys signals.

    It has `stopped` (the reason, or None) and `step` (steps done in all). On SIGINT and SIGTERM training stops
    after the current step, so that it can be saved.
    """
    import keras
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    class Watcher(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.step, self.stopped, self.epoch = first_step, None, 0
            columns = (TextColumn("epoch {task.fields[epoch]}/" + str(epochs)), BarColumn(), MofNCompleteColumn(),
                       TextColumn("loss {task.fields[loss]:.4f}"), TimeElapsedColumn(), TextColumn("left"),
                       TimeRemainingColumn())
            self.bar = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
            self.task = self.bar.add_task("", total=total_steps, completed=first_step, epoch=0, loss=math.nan)

        def on_train_batch_end(self, batch, logs=None):
            self.step += 1
            loss = (logs or {}).get("loss", 0.0)
            if not math.isfinite(loss):
                raise UserError(f"the loss became {loss} at step {self.step} (epoch {self.epoch + 1}): lower the "
                                "learning rate (--set learning_rate=…) or set --set clip_norm=1.0; "
                                "the last good checkpoint is kept.")
            self.bar.update(self.task, completed=self.step, loss=loss, epoch=self.epoch + 1)
            if self.stopped:
                self.model.stop_training = True

        def __enter__(self):
            self.before = {s: signal.signal(s, self._signalled) for s in _signals()}
            self.bar.start()
            return self

        def __exit__(self, *_):
            self.bar.stop()
            for number, handler in self.before.items():
                signal.signal(number, handler)

        def _signalled(self, number, frame):
            if self.stopped:
                raise KeyboardInterrupt
            self.stopped = signal.Signals(number).name

    return Watcher()


def _signals():
    import threading

    if threading.current_thread() is not threading.main_thread():
        return ()
    return (signal.SIGINT, signal.SIGTERM)


def clock():
    """Return a function that tells the seconds since now."""
    start = time.perf_counter()
    return lambda: time.perf_counter() - start

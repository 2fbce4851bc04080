"""What a training shows while it runs, and how it is stopped: progress bar, forecast, NaN, Ctrl-C."""
import math
import os
import signal
import time
from pathlib import Path

import keras
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from recipes import device, stopping
from registry.errors import UserError

WARM, TIMED = 5, 20  # steps that are waited for, and timed, before the forecast
ALIVE = "TASKZOO_ALIVE"  # names a file that is touched after each step, by which `launch` sees who hangs


class Watcher(keras.callbacks.Callback):
    """Show progress with the time left, stop at a loss that is no number, and obey signals.

    On SIGINT and SIGTERM training stops after the current step, and validation at once, so that all can be saved;
    `stopped` then names the signal. A second one stops at once.

    Args:
        steps: in an epoch.
        epochs: in all.
        first_step: steps that were done before.
        console: a `rich.console.Console`.
    """

    def __init__(self, steps, epochs, first_step, console):
        super().__init__()
        self.steps, self.epochs, self.console = steps, epochs, console
        self.step, self.epoch, self.stopped = first_step, 0, None
        self.begun, self.warmed, self.timed, self.breaks = first_step, 0.0, False, False
        self.alive = Path(os.environ[ALIVE]) if ALIVE in os.environ else None
        self.keep_every(0, None)
        columns = (TextColumn("epoch {task.fields[epoch]}/" + str(epochs)), BarColumn(), MofNCompleteColumn(),
                   TextColumn("loss {task.fields[loss]:.4f}"), TimeElapsedColumn(), TextColumn("left"),
                   TimeRemainingColumn())
        self.bar = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self.task = self.bar.add_task("", total=steps * epochs, completed=first_step, epoch=0, loss=math.nan)

    def keep_every(self, seconds, keep):
        """Call a function of the mean loss so far every so many seconds, after a step; never where it is 0."""
        self.seconds, self.keep, self.kept = seconds, keep, time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.after(1, (logs or {}).get("loss", 0.0))
        if self.stopped:
            self.model.stop_training = True

    def after(self, count, loss):
        """Tell of so many steps that were done, and of the mean loss so far."""
        self.step += count
        if not math.isfinite(loss):
            raise UserError(f"the loss became {loss} at step {self.step} (epoch {self.epoch + 1}): lower the "
                            "learning rate (--set learning_rate=…) or set --set clip_norm=1.0; "
                            "the last good checkpoint is kept.")
        self.bar.update(self.task, completed=self.step, loss=loss, epoch=self.epoch + 1)
        self._forecast(self.step - self.begun)
        if self.alive:
            self.alive.touch()
        if self.seconds and time.perf_counter() - self.kept > self.seconds:
            self.keep(loss)
            self.kept = time.perf_counter()

    def rest(self):
        """Tell `launch` that no steps are to be expected for a while, as in validation."""
        if self.alive:
            self.alive.unlink(missing_ok=True)

    def _forecast(self, done):
        """Say once what the training will take, measured on its own first steps; nothing where an epoch is as short."""
        if self.steps < WARM + TIMED or self.timed or done < WARM:
            return
        if not self.warmed:
            self.warmed, self.begun_timing = time.perf_counter(), done
        elif done >= self.begun_timing + TIMED:
            self.timed = True
            step = (time.perf_counter() - self.warmed) / (done - self.begun_timing)
            self.console.print(f"{step * 1000:.0f} ms a step: about {step * self.steps:.0f} s an epoch, "
                               f"{step * (self.steps * self.epochs - self.begun) / 60:.1f} minutes in all; "
                               f"{device.peak_rss_mb():,.0f} MB of memory so far", highlight=False)

    def unless_stopped(self, work):
        """Return what a function returns, or None where a signal came, which breaks it off."""
        if self.stopped:
            return None
        try:
            self.breaks = True
            try:
                return work()
            finally:
                self.breaks = False
        except stopping.Interrupted:
            return None

    def __enter__(self):
        self.handling = stopping.handling(self._signalled, signal.SIGINT, signal.SIGTERM)
        self.handling.__enter__()
        self.bar.start()
        return self

    def __exit__(self, *_):
        self.bar.stop()
        self.rest()
        self.handling.__exit__(None, None, None)

    def _signalled(self, number, frame):
        if self.stopped:
            raise KeyboardInterrupt
        self.stopped = signal.Signals(number).name
        if self.breaks:
            raise stopping.Interrupted("validation was broken off", self.stopped)

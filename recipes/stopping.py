"""How a command is stopped by a signal: what it has is saved, and its exit status tells schedulers to start it anew."""
import contextlib
import signal
import threading


class Interrupted(KeyboardInterrupt):
    """A signal came, what was done is saved, and the message says how to go on.

    `status` is the exit status: 75 (EX_TEMPFAIL) after SIGTERM, which schedulers send before they take the machine and
    may be told to requeue; 130 after SIGINT.
    """

    def __init__(self, message, by="SIGINT"):
        super().__init__(message)
        self.by, self.status = by, 75 if by == "SIGTERM" else 130


@contextlib.contextmanager
def handling(handler, *numbers):
    """Let a function of (number, frame) handle signals in here; threads other than the main one get none."""
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, handler) for number in numbers if main}
    try:
        yield
    finally:
        for number, one in before.items():
            signal.signal(number, one)


def terminated(number, frame):
    """Handle SIGTERM where nothing is there to be saved."""
    raise Interrupted("stopped by SIGTERM", "SIGTERM")

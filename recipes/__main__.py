"""``python -m recipes``: train, compare, explain and export models for pairs of input and output domains."""
import functools
import importlib
import os
import signal
import sys

import typer
from typer.core import TyperGroup

from recipes import stopping

VERBS = ("list", "fetch", "check", "run", "tune", "evaluate", "predict", "report", "compare", "export", "doctor",
         "launch", "verify", "scaling", "bench")


class Verbs(TyperGroup):
    """The verbs; a command line that cannot be understood is told in one line too."""

    def main(self, args=None, prog_name=None, standalone_mode=True, **extra):
        try:
            status = super().main(args, prog_name, standalone_mode=False, **extra)
        except Exception as error:
            if not hasattr(error, "format_message"):  # Typer's own errors have it, whichever Click they come from
                raise
            status = _usage(error, sys.argv[1:] if args is None else args)
        if not standalone_mode:
            return status
        sys.exit(status if isinstance(status, int) else 0)


def _usage(error, received):
    """Print what is wrong with the command line, or the help where it was empty; return the exit status."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return error.exit_code
    told = error.format_message().rstrip(".")
    verb = f"{received[0]} " if received[0] in VERBS else ""
    _say(f"received {' '.join(received)!r}: {told}{'' if told[-1] in '?!' else '.'} "
         f"`python -m recipes {verb}--help` shows what is expected.")
    return error.exit_code


def _say(message):
    """Print an error on one line."""
    print("error:", " ".join(str(message).split()), file=sys.stderr)


app = typer.Typer(cls=Verbs, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
                  rich_markup_mode=None, help=__doc__)


def guarded(verb):
    """Return the verb with the user's mistakes told in a line: status 2, and 130 or 75 where it was interrupted."""

    @functools.wraps(verb)
    def run(*args, **kwargs):
        from registry.errors import UserError

        try:
            with stopping.handling(stopping.terminated, signal.SIGTERM):
                return verb(*args, **kwargs)
        except UserError as error:
            _say(error)
            raise typer.Exit(2) from error
        except KeyboardInterrupt as error:
            print(f"interrupted{f': {error}' if str(error) else ''}", file=sys.stderr)
            raise typer.Exit(getattr(error, "status", 130)) from error
        except Exception as error:
            if _peer_lost(error):
                _say("another worker of the cluster was lost; start all again with the same --folder, or --resume")
                raise typer.Exit(75) from error
            mistake = _mistake_inside(error)
            if mistake is None or os.environ.get("TASKZOO_DEBUG"):
                raise
            _say(mistake)
            raise typer.Exit(2) from error

    return run


def _peer_lost(error):
    """Tell whether TensorFlow gave up waiting for another worker, which has its own tale to tell."""
    lost = type(error).__name__ in ("UnavailableError", "AbortedError", "CancelledError", "DeadlineExceededError")
    return bool(os.environ.get("TF_CONFIG")) and (lost or "ollective ops is aborted" in str(error))


def _mistake_inside(error):
    """Return what the user can mend in an error that TensorFlow, memory or the disk raised, or None."""
    import errno

    from recipes.datasets.source import user_error

    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT):
        return (f"cannot write {error.filename or 'a file'}: {error.strerror}. Free some space or choose another "
                f"folder.")
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return (f"out of memory or disk space ({str(error).strip()[:200] or 'MemoryError'}): lower --set batch_size, "
                f"take a smaller --size, or free some space.")
    return user_error(error)


for name in VERBS:
    module = importlib.import_module(f"recipes.commands.{name}")
    app.command(name)(guarded(getattr(module, name)))


def main():
    """Run a verb; exit status 0 done, 1 a figure missed or a check failed, 2 your mistake, 75 to be started again, 130
    interrupted."""
    app(prog_name="python -m recipes")


if __name__ == "__main__":
    main()

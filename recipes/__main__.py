"""``python -m recipes``: train, compare, explain and export models for pairs of input and output domains."""
import functools
import importlib
import os
import sys

import typer

VERBS = ("list", "fetch", "check", "run", "evaluate", "predict", "report", "compare", "export", "doctor")
app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
                  rich_markup_mode=None, help=__doc__)


def guarded(verb):
    """Return the verb with the user's mistakes told in a line: status 2, and 130 where it was interrupted."""

    @functools.wraps(verb)
    def run(*args, **kwargs):
        from registry.errors import UserError

        try:
            return verb(*args, **kwargs)
        except UserError as error:
            print(f"error: {error}", file=sys.stderr)
            raise typer.Exit(2) from error
        except KeyboardInterrupt as error:
            print(f"interrupted{f': {error}' if str(error) else ''}", file=sys.stderr)
            raise typer.Exit(130) from error
        except Exception as error:
            mistake = _mistake_inside(error)
            if mistake is None or os.environ.get("TASKZOO_DEBUG"):
                raise
            print(f"error: {mistake}", file=sys.stderr)
            raise typer.Exit(2) from error

    return run


def _mistake_inside(error):
    """Return what the user can mend in an error that TensorFlow, memory or the disk raised, or None."""
    import errno

    from recipes.datasets.source import user_error

    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT):
        return f"cannot write {error.filename}: {error.strerror}. Free some space or choose another folder."
    return user_error(error)


for name in VERBS:
    module = importlib.import_module(f"recipes.commands.{name}")
    app.command(name)(guarded(getattr(module, name)))


def main():
    """Run a verb; exit status 0 done, 1 a figure missed or a check failed, 2 your mistake, 130 interrupted."""
    app(prog_name="python -m recipes")


if __name__ == "__main__":
    main()

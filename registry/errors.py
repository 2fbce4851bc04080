"""Errors that a user can mend: one line that says what came, what was expected and what to do."""
import difflib


class UserError(Exception):
    """The user's mistake. The command line prints the message on one line and exits with status 2."""


class MissingData(UserError):
    """A data set, file or run folder that is not there."""


def nearest(word, choices):
    """Return `` Did you mean 'x'?`` for the choice nearest to `word`, or the empty string."""
    match = difflib.get_close_matches(str(word), [str(c) for c in choices], n=1, cutoff=0.5)
    return f" Did you mean {match[0]!r}?" if match else ""


def unknown(kind, word, choices):
    """Return the UserError for a name that is not among `choices`."""
    listed = ", ".join(str(c) for c in choices)
    return UserError(f"unknown {kind} {word!r}: choose one of {listed}.{nearest(word, choices)}")

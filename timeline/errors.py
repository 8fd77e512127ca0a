"""What can go wrong, as kinds of error that a user can act on.

Every message says what was given, what was expected, where, and what to do.
The command line prints the message and exits with :attr:`TimelineError.exit_code`;
a traceback is shown only with ``--debug``.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class TimelineError(Exception):
    """Base of every error this program raises on purpose."""

    exit_code = 1


class ModelError(TimelineError):
    """A model, mechanism, clock or field is declared wrongly."""

    exit_code = 2


class ConfigError(TimelineError):
    """One or more problems of a config file; each is one line of the message.

    Parameters
    ----------
    problems
        One sentence a problem, each naming file, key path, what was given and
        what was expected.

    Examples
    --------
    >>> str(ConfigError(["a.toml: seed: given -1, expected a whole number from 0 on"]))
    'a.toml: seed: given -1, expected a whole number from 0 on'
    """

    exit_code = 2

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class RunError(TimelineError):
    """A simulation had to stop: an impossible speed, a forbidden NaN, a runaway loop."""


class StoreError(TimelineError):
    """A result folder is truncated, edited by hand, in use, or on a disk that fails."""


class PathError(StoreError):
    """A path that was given cannot serve: nothing is there, it is of another kind, or it may not be written."""

    exit_code = 2


def nearest(given: str, names: Iterable[str]) -> str:
    """Return ``'; did you mean "x"?'``, or an empty string if no name is near.

    Examples
    --------
    >>> nearest("leek", ["leaks", "steps"])
    '; did you mean "leaks"?'
    >>> nearest("LEAKS", ["leaks", "steps"])
    '; did you mean "leaks"?'
    >>> nearest("zzz", ["leaks"])
    ''
    """
    by_letters = {name.lower(): name for name in sorted(names, reverse=True)}
    found = get_close_matches(given.lower(), sorted(by_letters), n=1, cutoff=0.6)
    return f'; did you mean "{by_letters[found[0]]}"?' if found else ""

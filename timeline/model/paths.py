"""Paths: how a number is named, and the one place that follows a name to it.

A path names a number of a state, of the parameters or of the levers: ``"a.pressure"``, ``"steps[3].kept"``.
"""

from __future__ import annotations

from typing import Any


def steps(path: str) -> tuple[str, ...]:
    """Return the names and numbers of a path, from the outside in.

    Examples
    --------
    >>> steps("a.pressure"), steps("steps[3].kept"), steps("")
    (('a', 'pressure'), ('steps', '3', 'kept'), ())
    """
    return tuple(path.replace("]", "").replace("[", ".").split(".")) if path else ()


def owner_of(path: str) -> str:
    """Return the path of the record that holds a number; empty for the outermost.

    Examples
    --------
    >>> owner_of("steps[3].kept"), owner_of("day")
    ('steps[3]', '')
    """
    return path.rpartition(".")[0]


def own_name(path: str) -> str:
    """Return a number's own name.

    Examples
    --------
    >>> own_name("s.a.pressure"), own_name("day")
    ('pressure', 'day')
    """
    return path.rpartition(".")[2]


def follow(value: Any, path: str) -> Any:
    """Return what lies at a path of an object; the object itself at an empty one.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> follow(SimpleNamespace(steps=[SimpleNamespace(kept=True)]), "steps[0].kept")
    True
    """
    for step in steps(path):
        value = value[int(step)] if step.isdecimal() else getattr(value, step)
    return value


def column(records: Any, path: str) -> Any:
    """Return a field of NumPy records, all of them at once.

    Parameters
    ----------
    records
        Structured array, shape (n,).
    path
        Without numbers: of an array's members all are returned, shape (n, members).

    Examples
    --------
    >>> import numpy as np
    >>> records = np.zeros(2, np.dtype([("a", np.dtype([("pressure", float)]))]))
    >>> column(records, "a.pressure").tolist()
    [0.0, 0.0]
    """
    for step in steps(path):
        records = records[step]
    return records

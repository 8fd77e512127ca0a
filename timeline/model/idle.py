"""Idle parameters: what a mechanism asks for that cannot matter in one model, though it does in another.

A mechanism shared by several models reads all its parameters in each of them. Where a model lacks what a parameter
speaks of, it says so: the parameter is held at its default, is no assumption, and no config may set it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from timeline.errors import ModelError, nearest
from timeline.model.records import Field, Parameter, Record, compose


@dataclass(frozen=True)
class Idle:
    """Parameters that cannot matter in a model, and why.

    Attributes
    ----------
    because
        Completes "the model does not use it: ...", e.g. ``"there are no talks in it"``.
    paths
        The parameters, each as ``"mechanism.name"``.

    Examples
    --------
    >>> Idle("there are no talks in it", ("steps.candour_public",)).paths
    ('steps.candour_public',)
    """

    because: str
    paths: tuple[str, ...]


def held(parameters: type[Record], names: Collection[str]) -> type[Record]:
    """Return a mechanism's parameters with those of these names held at their defaults, as numbers like any other."""
    if not names:
        return parameters
    fields = parameters.fields.items()
    return compose(parameters.__name__, {name: _held(part) if name in names else part for name, part in fields})


def _held(part: object) -> Field:
    assert isinstance(part, Parameter)
    return Field(part.in_days, part.meaning)


def idle_names(idle: Iterable[Idle], mechanism: str) -> frozenset[str]:
    """Return the names of a mechanism's idle parameters.

    Examples
    --------
    >>> idle_names([Idle("there are no talks in it", ("steps.candour_public", "accord.hurry"))], "accord")
    frozenset({'hurry'})
    """
    split = (path.partition(".") for each in idle for path in each.paths)
    return frozenset(name for owner, _, name in split if owner == mechanism)


def why_idle(idle: Iterable[Idle], path: str) -> str:
    """Return why a model does not use a parameter; empty if it does, or there is none of that path.

    Examples
    --------
    >>> why_idle([Idle("there are no talks in it", ("steps.candour_public",))], "steps.candour_public")
    'there are no talks in it'
    """
    return next((each.because for each in idle if path in each.paths), "")


def check_idle(where: str, idle: Iterable[Idle], parameters: Iterable[str]) -> None:
    """Refuse an idle parameter that there is not, one named twice, and one without a reason.

    Parameters
    ----------
    where
        Names the model.
    idle
        What it declares.
    parameters
        The paths of all its mechanisms' parameters.
    """
    known, named = set(parameters), set[str]()
    for each in idle:
        if not each.because:
            raise ModelError(f"{where}, idle {each.paths}: no reason given, expected why the model does not use them")
        for path in each.paths:
            if path not in known:
                raise ModelError(
                    f'{where}, idle: "{path}" names no parameter of a mechanism of the model{nearest(path, known)}'
                )
            if path in named:
                raise ModelError(f'{where}, idle: "{path}" is named twice, expected once')
            named.add(path)

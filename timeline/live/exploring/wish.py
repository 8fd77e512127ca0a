"""A wish: what a page asks for, as plain data; its shape is checked here, its meaning by the room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from timeline.live.replies import PageError

#: Assumptions that are moved at a time.
MOST_MOVED = 60
_KEYS = ("scenario", "levers", "pinned", "assumptions")


@dataclass(frozen=True)
class Wish:
    """What is asked.

    Attributes
    ----------
    scenario
        In which of the config's worlds; the first if empty.
    levers
        Of the cadence that is being made, as a config writes them.
    pinned
        Those of the cadence that it is compared with besides the baseline, if one is pinned.
    assumptions
        What is assumed otherwise, by path, in the declared unit.
    """

    scenario: str = ""
    levers: Mapping[str, Any] = field(default_factory=dict)
    pinned: Mapping[str, Any] | None = None
    assumptions: Mapping[str, Any] = field(default_factory=dict)


def read_wish(given: object) -> Wish:
    """Read a wish from what a page has sent.

    Raises
    ------
    PageError
        If it has another shape.

    Examples
    --------
    >>> read_wish({"levers": {"keep": 0.4}}).levers
    {'keep': 0.4}
    >>> read_wish({"file": "/etc/passwd"})
    Traceback (most recent call last):
    timeline.live.replies.PageError: the page has asked for "file", expected scenario, levers, pinned or assumptions
    """
    if not isinstance(given, dict):
        raise PageError("the page has sent no state, expected an object")
    for key in given:
        if key not in _KEYS:
            raise PageError(f'the page has asked for "{key}", expected {", ".join(_KEYS[:-1])} or {_KEYS[-1]}')
    scenario, pinned = given.get("scenario", ""), given.get("pinned")
    if not isinstance(scenario, str):
        raise PageError("scenario: the page has sent no name")
    levers, assumptions = given.get("levers", {}), given.get("assumptions", {})
    for name, table in (("levers", levers), ("pinned", pinned or {}), ("assumptions", assumptions)):
        if not isinstance(table, dict):
            raise PageError(f"{name}: the page has sent no table")
    if len(assumptions) > MOST_MOVED:
        raise PageError(f"assumptions: given {len(assumptions)}, expected at most {MOST_MOVED}; put some back")
    return Wish(scenario, levers, pinned, assumptions)

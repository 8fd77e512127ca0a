"""A law from outside for a clock of the model, with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from timeline.model.laws import Law


@dataclass(frozen=True)
class FittedClock:
    """One law of a config's ``[laws]``.

    Attributes
    ----------
    clock
        The name of the clock, or of one of its members.
    law
        The law, in days.
    given
        As it was written.
    fitted
        Where it comes from: file, hash, how many spells and ends, what was decided; empty if nobody says.
    """

    clock: str
    law: Law
    given: Mapping[str, Any]
    fitted: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        """Where it comes from, as plain data: a date is its text."""
        plain = (int, float, str, list)
        return {name: value if isinstance(value, plain) else str(value) for name, value in self.fitted.items()}


def law_content(law: Law) -> dict[str, Any]:
    """Return what decides the lifetimes of a law, as keys are made of it."""
    return {
        "kind": law.kind.name.lower(),
        "numbers": [law.first, law.second],
        "knots": [list(line) for line in law.knots],
        "hazards": [list(line) for line in law.hazards],
    }

"""What an experiment was given, as it stands on its page: cadences, scenarios and assumptions in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from timeline.pages.context import Assumption
from timeline.study.resolved import LedgerLine, ResolvedScenario


def in_words(given: Mapping[str, Any]) -> str:
    """Return a cadence's table in a line.

    Examples
    --------
    >>> in_words({"starts": "accord", "announced": True, "rules": [{"every": "90 days", "share": 0.6}]})
    'starts accord; announced; rules: every 90 days, share 0.6'
    >>> in_words({})
    'every lever at its default'
    """
    return "; ".join(_levers(given)) or "every lever at its default"


def _levers(given: Mapping[str, Any]) -> list[str]:
    said = []
    for key, value in given.items():
        name = key.replace("_", " ")
        if isinstance(value, bool):
            said.append(name if value else f"not {name}")
        elif isinstance(value, list):
            said.append(f"{name}: {' / '.join(', '.join(_levers(table)) for table in value)}")
        elif isinstance(value, Mapping):
            said.append(f"{name}: {', '.join(_levers(value))}")
        else:
            said.append(f"{name} {value}")
    return said


def scenario_in_words(scenario: ResolvedScenario) -> str:
    """Return what a scenario assumes in a line: its own account, and what it changes."""
    changes = [f"{path} = {value}" for path, value in scenario.given.items()]
    changes += [f"without {name}" for name in scenario.without]
    changes += [
        f"{event.clock} {event.days:g} days after {event.since or 'the start'} (injected)" for event in scenario.inject
    ]
    return "; ".join(part for part in (scenario.about.rstrip("."), ", ".join(changes)) if part) or (
        "the parameters as they are"
    )


def assumption(line: LedgerLine) -> Assumption:
    """Return a line of the ledger as it stands on the page."""
    return Assumption(
        parameter=line.path,
        value=_text(line.value),
        unit=line.unit,
        low=_text(line.low),
        high=_text(line.high),
        evidence=line.evidence,
        source=line.source,
        mechanism=line.mechanism,
        meaning=line.meaning,
        changed=line.changed,
        used_by=", ".join(line.used_by),
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)

"""What an experiment was given, as it stands on its page: cadences, scenarios and assumptions in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from timeline.pages.context import Assumption
from timeline.study.resolved import LedgerLine, ResolvedLaw, ResolvedScenario, ResolvedStart
from timeline.words import years_and_days


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
    begins = "" if scenario.start is None else start_in_words(scenario.start)
    return "; ".join(part for part in (scenario.about.rstrip("."), ", ".join(changes), begins) if part) or (
        "the parameters as they are"
    )


def start_in_words(start: ResolvedStart) -> str:
    """Return where timelines begin in a line.

    Examples
    --------
    >>> start_in_words(ResolvedStart(400.0, {"phase": "accord", "accord_day": "after 1 year", "a.pressure": "0.4"}))
    'begins after 1 year, 34 days with phase accord, accord day after 1 year, a.pressure 0.4'
    """
    given = ", ".join(f"{path.replace('_', ' ')} {said}" for path, said in start.state.items())
    return f"begins after {years_and_days(start.day)}" + (f" with {given}" if given else "")


def law_in_words(law: ResolvedLaw) -> str:
    """Return which law a clock was given, and where it comes from, in a sentence.

    Examples
    --------
    >>> fitted = {"file": "leaders.csv", "spells": 830, "events": 764}
    >>> law_in_words(ResolvedLaw("succession", {"law": "weibull", "shape": 0.6}, fitted))
    'Given by the config: succession lives by a weibull law (shape 0.6), fitted to leaders.csv (830 spells, 764 ended).'
    """
    numbers = [f"{name} {value}" for name, value in law.given.items() if name != "law" and not isinstance(value, list)]
    said = f" ({', '.join(numbers)})" if numbers else ""
    told = (("spells", "spells"), ("events", "ended"))
    counts = [f"{law.fitted[name]:,} {word}" for name, word in told if isinstance(law.fitted.get(name), int)]
    source = f", fitted to {law.fitted['file']}" if "file" in law.fitted else ""
    source += f" ({', '.join(counts)})" if source and counts else ""
    return f"Given by the config: {law.clock} lives by a {law.given.get('law')} law{said}{source}."


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

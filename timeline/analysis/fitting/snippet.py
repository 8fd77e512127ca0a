"""A fitted law as the lines of a config, with where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from timeline.analysis.fitting.fitted import LIFE_TABLE, FittedLaw

#: Parameters that are durations, and those that are rates.
_DURATIONS = ("scale", "median")
_RATES = ("rate", "fast", "slow")
_WIDTH = 100


@dataclass(frozen=True)
class Provenance:
    """Where a law comes from.

    Attributes
    ----------
    file, sha256
        The file's name, and the hash of its bytes.
    dated
        Of which day the data are.
    spells, events
        How many went into it, and how many of them have ended.
    group
        Which of the file's spells they are; empty if all.
    citation
        Whom to cite.
    choices
        What was decided, a sentence each.
    """

    file: str
    sha256: str
    dated: date
    spells: int
    events: int
    group: str = ""
    citation: str = ""
    choices: tuple[str, ...] = ()


def as_config(law: FittedLaw, provenance: Provenance, clock: str = "CLOCK") -> str:
    """Return the lines of a config that give a clock this law.

    Parameters
    ----------
    law
        The law.
    provenance
        Where it comes from.
    clock
        The name of the clock.

    Examples
    --------
    >>> law = FittedLaw("exponential", {"rate": 0.01}, (), -12.5, 27.0, 0.08, 90.0)
    >>> text = as_config(law, Provenance("truces.csv", "ab" * 32, date(2020, 1, 2), 12, 9))
    >>> print(text.partition("[laws.CLOCK.fitted]")[0])
    [laws.CLOCK]
    law = "exponential"
    rate = "0.01 per day"
    <BLANKLINE>
    """
    table = f"laws.{clock}" if clock.replace("-", "").replace("_", "").isalnum() else f"laws.{_text(clock)}"
    lines = [f"[{table}]", f"law = {_text(law.law)}"]
    if law.law == LIFE_TABLE:
        lines += _listed("knots", law.knots) + _listed("hazards", list(law.parameters.values()))
    else:
        lines += [f"{name} = {_value(name, value)}" for name, value in law.parameters.items()]
    lines += ["", f"[{table}.fitted]", f"file = {_text(provenance.file)}", f"sha256 = {_text(provenance.sha256)}"]
    lines += [
        f"dated = {provenance.dated.isoformat()}",
        f"spells = {provenance.spells}",
        f"events = {provenance.events}",
    ]
    lines += [f"group = {_text(provenance.group)}"] if provenance.group else []
    lines += [f"cite = {_text(provenance.citation)}"] if provenance.citation else []
    lines += [f"aic = {law.aic:.1f}", f"farthest_from_curve = {law.distance:.4f}"]
    if provenance.choices:
        lines += ["choices = [", *(f"    {_text(choice)}," for choice in provenance.choices), "]"]
    return "\n".join(lines) + "\n"


def _value(name: str, value: float) -> str:
    number = _number(value)
    return (
        _text(f"{number} days" if name in _DURATIONS else f"{number} per day")
        if name in (*_DURATIONS, *_RATES)
        else number
    )


def _number(value: float) -> str:
    """Return seven digits: more differ between machines, and mean nothing."""
    text = repr(float(f"{value:.7g}"))
    return text


def _listed(name: str, values: Sequence[float]) -> list[str]:
    """Return a list, in days and per day, on as many lines as it takes."""
    lines, line = [f"{name} = ["], "   "
    for value in values:
        item = f" {_number(value)},"
        if len(line) + len(item) > _WIDTH:
            lines.append(line)
            line = "   "
        line += item
    return [*lines, line, "]"]


def _text(text: str) -> str:
    """Return a text as TOML writes it."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'

"""Wanted: the measure that a table of a config names, and an amount of it, read the same way in every table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from timeline.model.units import parse_duration
from timeline.model.values import shown

if TYPE_CHECKING:
    from timeline.analysis.measures import Measure

#: More names would hide the one that was meant.
_MOST_NAMED = 3

_POINTS = re.compile(r"\s*(-?(?:\d+\.?\d*|\.\d+))\s*(?:%|(?:percentage )?points?)\s*")
_EXPECTED = {
    "days": 'a duration such as "5 days"',
    "share": 'a share such as 0.005, "0.5 points" or "0.5%"',
    "index": "a number such as 0.01",
    "count": "a number such as 0.5",
}
_MEASURED_IN = {"days": "days", "share": "shares", "index": "an index from 0 to 1", "count": "numbers"}


def find_measure(text: str, known: Mapping[str, Measure], horizon: float, follow_up: float) -> Measure:
    """Return the measure that a text of a config means.

    Parameters
    ----------
    text
        What the config says.
    known
        The measures that there are, by key.
    horizon, follow_up
        Of the config's analysis, days.

    Raises
    ------
    ValueError
        With what was given, what was expected and the nearest names.
    """
    from timeline.analysis.measures import say_days  # here, because polars is slow to import
    from timeline.analysis.naming import measure_key

    words = " ".join(text.lower().replace("_", " ").split())
    window = words.startswith("rmst ") and words[5:6].isdigit()
    if window and f"rmst_in_force_{(days := parse_duration(words[5:])):.0f}" not in known:
        if days > horizon:
            raise ValueError(f"given {shown(text)}, expected no more than the horizon, {say_days(horizon)}")
        if days > follow_up:
            raise ValueError(
                f"given {shown(text)}, expected no more than the follow-up, {say_days(follow_up)}; "
                "lengthen follow_up under [analysis], and add it to rmst there"
            )
    try:
        return known[measure_key(text, known)]
    except ValueError:
        if window:
            raise
    near = get_close_matches(words, [measure_words(key) for key in known], n=_MOST_NAMED, cutoff=0.5)
    hint = f"; did you mean {' or '.join(map(shown, near))}?" if near else f", such as {some_measures(known)}"
    raise ValueError(f"given {shown(text)}, expected a measure{hint}")


def some_measures(keys: Iterable[str]) -> str:
    """Return the first few of some measures as a config writes them.

    Examples
    --------
    >>> some_measures(["in_force_end", "rmst_in_force_365"])
    '"in force" or "rmst 1 year"'
    """
    return " or ".join(shown(measure_words(key)) for key in list(keys)[:_MOST_NAMED])


def measure_words(key: str) -> str:
    """Return a measure's key as a config writes it.

    Examples
    --------
    >>> measure_words("in_force_end"), measure_words("rmst_in_force_365"), measure_words("time_to_accord")
    ('in force', 'rmst 1 year', 'time to accord')
    """
    from timeline.analysis.measures import say_days  # here, because polars is slow to import

    days = key.removeprefix("rmst_in_force_")
    if days != key and days.isdigit():
        # A key names whole days; a quarter of a day is missing from a year.
        years = round(int(days) / 365.25)
        return f"rmst {say_days(years * 365.25 if f'{years * 365.25:.0f}' == days else int(days))}"
    short = {"in_force_end": "in force", "in_force_verified_end": "in force verified"}
    return short.get(key, key.replace("_", " "))


def read_amount(given: object, measure: Measure, why_some: str, why_less: str) -> float:
    """Return an amount of a measure: in days, as a share, on the index, or a count.

    Parameters
    ----------
    given
        As the config says it.
    measure
        What it is an amount of.
    why_some, why_less
        Why it has to be more than 0, and less than the largest value that the measure can have.

    Raises
    ------
    ValueError
        With what was given and what was expected.
    """
    expected = _EXPECTED[measure.unit]
    value = _amount(given, measure.unit)
    if value is None:
        name, unit = measure_words(measure.key), _MEASURED_IN[measure.unit]
        raise ValueError(f'given {shown(given)}, expected {expected}: "{name}" is measured in {unit}')
    if not value > 0:
        raise ValueError(f"given {shown(given)}, expected {expected}, more than 0: {why_some}")
    if math.isinf(value) and math.isinf(measure.span):
        raise ValueError(f"given {shown(given)}, expected {expected}, and finite")
    if value >= measure.span:
        most = say_width(measure.span, measure.unit)
        raise ValueError(f"given {shown(given)}, expected less than {most}: {why_less}")
    return value


def say_width(width: float, unit: str) -> str:
    """Say an amount of a measure as people do.

    Examples
    --------
    >>> say_width(5.02, "days"), say_width(0.005, "share"), say_width(0.01, "index")
    ('5.02 days', '0.5 points', '0.01')
    """
    if unit == "days":
        return f"{width:,.0f} days" if width >= 1_000 else f"{width:.3g} days"
    return f"{100 * width:.3g} points" if unit == "share" else f"{width:.3g}"


def _amount(given: object, unit: str) -> float | None:
    """Return an amount in days, or as a number; None if it has not the unit."""
    if unit == "days":
        try:
            return parse_duration(given)
        except ValueError:
            # A duration below 0 is a duration all the same.
            return 0.0 if isinstance(given, str) and re.fullmatch(r"\s*-.*\D\s*", given) else None
    if isinstance(given, str):
        found = _POINTS.fullmatch(given) if unit == "share" else None
        return float(found[1]) / 100 if found else None
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    return float(given)

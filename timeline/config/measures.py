"""Wanted: the measure that a table of a config names, and an amount of it, read the same way in every table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from timeline.errors import nearest
from timeline.model.units import nearest_amount, parse_duration, parse_unit
from timeline.model.values import shown
from timeline.study.window import Window
from timeline.words import measure_words, say_days, say_width

if TYPE_CHECKING:
    from timeline.study.yardsticks import Yardstick

#: More names would hide the one that was meant.
_MOST_NAMED = 3

#: Short names of measures whose keys nobody would guess.
_SHORT = {"in force": "in_force_end", "in force verified": "in_force_verified_end"}
_POINTS = re.compile(r"\s*(-?(?:\d+\.?\d*|\.\d+))\s*(?:%|(?:percentage )?points?)\s*")
_NUMBER = re.compile(r"\d+\.?\d*|\.\d+")
_EXPECTED = {
    "days": 'a duration such as "5 days"',
    "share": 'a share such as 0.005, "0.5 points" or "0.5%"',
    "index": "a number such as 0.01",
    "count": "a number such as 0.5",
}
_MEASURED_IN = {"days": "days", "share": "shares", "index": "an index from 0 to 1", "count": "numbers"}


def find_measure(text: str, known: Mapping[str, Yardstick], window: Window) -> Yardstick:
    """Return the measure that a text of a config means.

    Parameters
    ----------
    text
        What the config says.
    known
        The measures that there are, by key.
    window
        Of the config's analysis.

    Raises
    ------
    ValueError
        With what was given, what was expected and the nearest names.
    """
    words = " ".join(text.lower().replace("_", " ").split())
    asks_mean = words.startswith("rmst ") and words[5:6].isdigit()
    if asks_mean and f"rmst_in_force_{(days := _days_of_mean(text, words)):.0f}" not in known:
        if days > window.horizon:
            raise ValueError(f"given {shown(text)}, expected no more than the horizon, {say_days(window.horizon)}")
        if days > window.follow_up:
            raise ValueError(
                f"given {shown(text)}, expected no more than the follow-up, {say_days(window.follow_up)}; "
                "lengthen follow_up under [analysis], and add it to rmst there"
            )
    try:
        return known[measure_key(text, known)]
    except ValueError:
        if asks_mean:
            raise
    near = get_close_matches(words, [measure_words(key) for key in known], n=_MOST_NAMED, cutoff=0.5)
    hint = f"; did you mean {' or '.join(map(shown, near))}?" if near else f", such as {some_measures(known)}"
    raise ValueError(f"given {shown(text)}, expected a measure{hint}")


def _days_of_mean(text: str, words: str) -> float:
    try:
        return parse_duration(words[5:])
    except ValueError:
        hint = _meant(words[5:], "days").replace('"', '"rmst ', 1)
        raise ValueError(f'given {shown(text)}, expected a measure such as "rmst 5 years"{hint}') from None


def measure_key(text: str, known: Iterable[str]) -> str:
    """Return the key of the measure that a text means.

    Parameters
    ----------
    text
        A measure's key, the key with spaces, ``"in force"``, or ``"rmst 5 years"``: mean days in force within the
        first five years, over all replications.
    known
        The keys of the measures that there are.

    Raises
    ------
    ValueError
        With what was given, what was expected and the nearest name.

    Examples
    --------
    >>> measure_key("rmst 5 years", ["in_force_end", "rmst_in_force_1826"])
    'rmst_in_force_1826'
    >>> measure_key("in force", ["in_force_end", "rmst_in_force_1826"])
    'in_force_end'
    >>> measure_key("rmst 3 years", ["in_force_end", "rmst_in_force_1826"])
    Traceback (most recent call last):
    ValueError: given "rmst 3 years", but there is no mean up to "3 years"; add it to rmst under [analysis]
    """
    keys = list(known)
    words = " ".join(text.lower().split())
    key = _SHORT.get(words, words.replace(" ", "_"))
    if text in keys:
        return text
    if key in keys:
        return key
    if words.startswith("rmst ") and words[5:6].isdigit():
        key = f"rmst_in_force_{parse_duration(words[5:]):.0f}"
        if key in keys:
            return key
        raise ValueError(
            f"given {shown(text)}, but there is no mean up to {shown(words[5:])}; add it to rmst under [analysis]"
        )
    names = [*(short for short, meant in _SHORT.items() if meant in keys), *keys]
    raise ValueError(
        f'given {shown(text)}, expected a measure: "rmst 5 years", or one of {", ".join(names)}{nearest(text, names)}'
    )


def some_measures(keys: Iterable[str]) -> str:
    """Return the first few of some measures as a config writes them.

    Examples
    --------
    >>> some_measures(["in_force_end", "rmst_in_force_365"])
    '"in force" or "rmst 1 year"'
    """
    return " or ".join(shown(measure_words(key)) for key in list(keys)[:_MOST_NAMED])


def read_amount(given: object, measure: Yardstick, why_some: str, why_less: str) -> float:
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
    value = amount_in(given, measure.unit)
    if value is None:
        name, unit = measure_words(measure.key), _MEASURED_IN[measure.unit]
        raise ValueError(
            f'given {shown(given)}, expected {expected}: "{name}" is measured in {unit}{_meant(given, measure.unit)}'
        )
    if not value > 0:
        raise ValueError(f"given {shown(given)}, expected {expected}, more than 0: {why_some}")
    if math.isinf(value) and math.isinf(measure.span):
        raise ValueError(f"given {shown(given)}, expected {expected}, and finite")
    if value >= measure.span:
        most = say_width(measure.span, measure.unit)
        raise ValueError(f"given {shown(given)}, expected less than {most}: {why_less}")
    return value


def _meant(given: object, unit: str) -> str:
    """Return ``'; did you mean "5 days"?'`` for an amount whose unit is mistyped, or an empty text.

    Examples
    --------
    >>> _meant("5 dyas", "days"), _meant("0.5 pionts", "share"), _meant(True, "share")
    ('; did you mean "5 days"?', '; did you mean "0.5 points"?', '')
    """
    number, _, word = given.strip().partition(" ") if isinstance(given, str) else ("", "", "")
    if unit == "days":
        return nearest_amount(number, word.strip(), parse_unit("days")) if _NUMBER.fullmatch(number) else ""
    near = nearest(word.strip(), ["points"]) if unit == "share" and _NUMBER.fullmatch(number) else ""
    return near.replace("points", f"{number} points")


def amount_in(given: object, unit: str) -> float | None:
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

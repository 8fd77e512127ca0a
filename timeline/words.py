"""Numbers as words: how shares, days and lists are written in captions and in the report.

Nothing here draws, so that the report can state a result without loading a plotting library.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta

#: Not the names of the standard library, which follow the language of the machine.
MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

YEAR = 365.25
"""Days in a year, everywhere in this program."""

MONTE_CARLO = (
    "Intervals are 95% Monte Carlo error: it shrinks with more replications "
    "and says nothing of how unsure the assumptions are."
)
"""The sentence that every caption with an error ends on."""

UNKNOWN = "unknown"

#: What begins a formula, also in the wide forms of East Asian keyboards; none of an empty text.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
#: A number, or a sign alone.
_PLAIN_NUMBER = re.compile(r"[+-]|[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")

#: Marks that turn the direction of writing, or isolate a part of a line from it.
_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def decimals_for(half_width: float) -> int:
    """Return how many decimals of a percentage an interval of this half-width can carry.

    Parameters
    ----------
    half_width
        Half the width of the interval, as a share.

    Examples
    --------
    >>> decimals_for(0.004), decimals_for(0.02), decimals_for(float("nan"))
    (1, 0, 0)
    """
    return 1 if half_width < 0.01 else 0


def percent(share: float, decimals: int = 1) -> str:
    """Write a share as a percentage.

    Examples
    --------
    >>> percent(0.4134), percent(0.4134, 0), percent(float("nan"))
    ('41.3%', '41%', 'unknown')
    """
    if not math.isfinite(share):
        return UNKNOWN
    return f"{_zero(share * 100, decimals):.{decimals}f}%"


def visible(values: Iterable[float], decimals: int) -> int:
    """Return how many decimals keep every number but 0 from reading as 0: a limit must not lose its sign.

    Examples
    --------
    >>> visible([-0.017, 0.79], 1), visible([0.0, 3.0], 0), visible([1e-12, 2.0], 0)
    (2, 0, 6)
    """
    known = [abs(value) for value in values if math.isfinite(value) and value != 0]
    return next((d for d in range(decimals, 6) if all(round(value, d) > 0 for value in known)), 6)


def points_reach(low: float, high: float, decimals: int = 1) -> str:
    """Write an interval of a difference of shares in percentage points, without the word; no limit is rounded to 0.

    Examples
    --------
    >>> points_reach(-0.00017, 0.0079), points_reach(0.004, 0.075, 0), points_reach(0.0, 0.02, 0)
    ('−0.02 to 0.79', '0.4 to 7.5', '0 to 2')
    """
    d = visible([low * 100, high * 100], decimals)
    return f"{points(low, d)} to {points(high, d)}"


def points(share: float, decimals: int = 1) -> str:
    """Write a difference of shares in percentage points, without the word.

    Examples
    --------
    >>> points(-0.0812), points(0.0812, 0)
    ('−8.1', '8')
    """
    return number(share * 100, decimals)


def number(value: float, decimals: int = 1) -> str:
    """Write a number with a real minus sign.

    Examples
    --------
    >>> number(-3.14159, 2), number(-0.001)
    ('−3.14', '0.0')
    """
    if not math.isfinite(value):
        return UNKNOWN
    return f"{_zero(value, decimals):.{decimals}f}".replace("-", "−")


def span(days: float) -> str:
    """Write a duration as people say it.

    Examples
    --------
    >>> span(5478.75), span(1826.0), span(365.25), span(90.0), span(913.125)
    ('15 years', '5 years', '1 year', '90 days', '2.5 years')
    >>> span(1 / 24), span(0.01)
    ('1 hour', '14 minutes')
    """
    if 0 < days < 0.99:
        return _within_a_day(days)
    years = days / YEAR
    if years >= 0.99 and abs(years - round(years)) < 0.01:
        return counted(round(years), "year")
    if years >= 1.5:
        return f"{years:.1f} years"
    return counted(round(days), "day")


def say_days(days: float) -> str:
    """Say a number of days in the largest unit that fits without a remainder.

    Examples
    --------
    >>> say_days(1826.25), say_days(365.25), say_days(90)
    ('5 years', '1 year', '90 days')
    """
    if 0 < days < 0.99:
        return _within_a_day(days)
    years = days / 365.25
    if years >= 1 and abs(years - round(years)) < 0.002:
        return "1 year" if round(years) == 1 else f"{round(years)} years"
    return "1 day" if days == 1 else f"{days:.6g} days"


def years_and_days(days: float) -> str:
    """Write how long something took, or how long after the start it came, in whole years and days.

    Examples
    --------
    >>> years_and_days(12.0), years_and_days(800.0), years_and_days(730.5), years_and_days(0.2)
    ('12 days', '2 years, 69 days', '2 years', 'less than a day')
    """
    year, rest = divmod(days, YEAR)
    parts = [counted(int(year), "year")] if year else []
    parts += [counted(math.floor(rest), "day")] if rest >= 1 else []
    return ", ".join(parts) or "less than a day"


def moment(day: float, starts: date | None = None) -> str:
    """Write when something happened, for a column or before a colon.

    Parameters
    ----------
    day
        Days since the start.
    starts
        The calendar date of the start, if the config gives one.

    Examples
    --------
    >>> moment(1019.5), moment(1019.5, date(1993, 1, 20))
    ('2 years, 289 days', '5 November 1995')
    """
    if starts is None:
        return years_and_days(day)
    on = starts + timedelta(days=math.floor(day))
    return f"{on.day} {MONTH_NAMES[on.month - 1]} {on.year}"


def when(day: float, starts: date | None = None) -> str:
    """Write when something happened, within a sentence.

    Examples
    --------
    >>> when(1019.5), when(1019.5, date(1993, 1, 20))
    ('after 2 years, 289 days', 'on 5 November 1995')
    """
    return f"{'after' if starts is None else 'on'} {moment(day, starts)}"


def measure_words(key: str) -> str:
    """Return a measure's key as a config writes it.

    Examples
    --------
    >>> measure_words("in_force_end"), measure_words("rmst_in_force_365"), measure_words("time_to_accord")
    ('in force', 'rmst 1 year', 'time to accord')
    """
    days = key.removeprefix("rmst_in_force_")
    if days != key and days.isdigit():
        # A key names whole days; a quarter of a day is missing from a year.
        years = round(int(days) / 365.25)
        return f"rmst {say_days(years * 365.25 if f'{years * 365.25:.0f}' == days else int(days))}"
    short = {"in_force_end": "in force", "in_force_verified_end": "in force verified"}
    return short.get(key, key.replace("_", " "))


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


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> counted(1, "year"), counted(12, "cadence"), counted(20000, "replication")
    ('1 year', '12 cadences', '20,000 replications')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listing(items: Iterable[str]) -> str:
    """Join names into a phrase.

    Examples
    --------
    >>> listing(["a"]), listing(["a", "b"]), listing(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    names = list(items)
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]


def shortened(text: str, width: int) -> str:
    """Cut a sentence to so many characters, between words.

    Examples
    --------
    >>> shortened("Leaks end talks.", 16), shortened("Leaks end the talks.", 12)
    ('Leaks end talks', 'Leaks end …')
    """
    text = text.rstrip(".")
    return text if len(text) <= width else text[: width - 1].rsplit(" ", 1)[0] + " …"


def sentence(text: str) -> str:
    """Give a phrase its capital and its full stop.

    Examples
    --------
    >>> sentence("the talks end")
    'The talks end.'
    """
    text = text.strip()
    if not text:
        return text
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def readable(name: str, sides: tuple[str, str] | None = None) -> str:
    """Write the name of a field, state or cause as words.

    Examples
    --------
    >>> readable("a.pressure"), readable("IN_FORCE"), readable("legitimacy_debt")
    ('pressure (a)', 'in force', 'legitimacy debt')
    >>> readable("a.pressure", ("North", "South")), readable("pressure on North")
    ('pressure (North)', 'pressure on North')
    """
    if " " in name:
        return name
    *owners, last = name.split(".")
    words = last.replace("_", " ")
    words = words.lower() if words.isupper() else words
    given = dict(zip(("a", "b"), sides or ("a", "b"), strict=True))
    return f"{words} ({', '.join(given.get(o, o) for o in owners)})" if owners else words


def plain_cell(text: str) -> str:
    """Return a text as a cell of a table that no spreadsheet takes for a formula; a number stays as it is.

    A spreadsheet takes what begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and a formula can run a program or
    send the table away (OWASP, "CSV Injection"). An apostrophe before it makes it text.

    Examples
    --------
    >>> plain_cell("@SUM(A1)"), plain_cell("two - one"), plain_cell("-1.5e3"), plain_cell("-")
    ("'@SUM(A1)", 'two - one', '-1.5e3', '-')
    """
    return f"'{text}" if text[:1] in _FORMULA and not _PLAIN_NUMBER.fullmatch(text) else text


def unshowable(text: str, *, lines: bool = True) -> str:
    """Name the first character of a text that no page, figure or terminal may be given; empty if there is none.

    Control characters reach the terminal, NUL and half characters make a figure ill-formed, and marks that turn the
    direction of writing make a line say something else than it does.

    Parameters
    ----------
    text
        Any text.
    lines
        Whether it may have several lines, and tabs.

    Examples
    --------
    >>> unshowable("one\\ntwo"), unshowable("one\\ntwo", lines=False), unshowable("a\\x1b[31m")
    ('', 'U+000A', 'U+001B')
    """
    if text.isprintable():  # none of them is: nearly every text ends here
        return ""
    allowed = "\n\t" if lines else ""
    return next((f"U+{ord(c):04X}" for c in text if c not in allowed and _cannot_be_shown(c)), "")


def _cannot_be_shown(c: str) -> bool:
    return unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _TURNING or ord(c) & 0xFFFE == 0xFFFE


def _within_a_day(days: float) -> str:
    hours = days * 24
    return counted(round(hours), "hour") if hours > 0.99 else counted(max(round(hours * 60), 1), "minute")


def _zero(value: float, decimals: int) -> float:
    """Round, and turn a negative zero into zero."""
    return round(value, decimals) + 0.0

"""Units: "90 days", "2 per year", "1/insider/year" become days and 1/day.

A year is 365.25 days and a month a twelfth of it. The unit of a parameter also says
what its value can possibly be: a share lies in [0, 1], a rate is never negative.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import permutations

from timeline.errors import nearest

YEAR = 365.25
MONTH = YEAR / 12

#: Units of time, in days.
TIMES = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": MONTH, "year": YEAR}

#: Units of which the model's code sees the natural logarithm, so that what bears on a hazard adds up.
LOGARITHMS = ("hazard ratio", "rate ratio", "odds ratio", "risk ratio")

#: What the plain units mean, and between which bounds such a value can possibly lie.
PLAIN_UNITS = {
    "share": (0.0, 1.0),  # a part of a whole
    "index": (0.0, 1.0),  # a position between none and the most there can be
    "ratio": (0.0, math.inf),  # what something is multiplied by
    # What a hazard, a speed, odds or a chance are multiplied by; the code sees its logarithm.
    **dict.fromkeys(LOGARITHMS, (1e-9, 1e9)),
    "count": (0.0, math.inf),  # a whole number of things
    "number": (-math.inf, math.inf),  # anything
}

#: What people write for a unit of time or a share, though a config spells it out.
_ABBREVIATED = {
    **dict.fromkeys(("h", "hr"), "hour"), "d": "day", **dict.fromkeys(("w", "wk"), "week"),
    **dict.fromkeys(("mo", "mon", "mth"), "month"), **dict.fromkeys(("y", "yr"), "year"),
    **dict.fromkeys(("percent", "pct"), "%"),
}  # fmt: skip

_DATE = re.compile(r"\s*\d{4}-\d{1,2}-\d{1,2}\s*")
_SIZE = r"(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_QUANTITY = re.compile(rf"\s*([-+]?{_SIZE})\s*(.*?)\s*$")


@dataclass(frozen=True)
class Unit:
    """A parsed unit.

    Attributes
    ----------
    text
        The unit as it was written.
    factor
        Multiply a value in this unit by it to get days, or 1/day.
    dimension
        Powers of ``time`` and of counted things, sorted by name, zero powers left out.
    low, high
        The bounds of what a value in this unit can possibly be, both included.
    logarithm
        Whether the model's code sees the natural logarithm of a value.
    """

    text: str
    factor: float
    dimension: tuple[tuple[str, int], ...]
    low: float
    high: float
    logarithm: bool = False

    def seen(self, value: float) -> float:
        """Return what the model's code sees of a value in this unit: days, 1/day, a logarithm or the value itself.

        Examples
        --------
        >>> parse_unit("years").seen(2.0), parse_unit("hazard ratio").seen(1.0)
        (730.5, 0.0)
        """
        return math.log(value) if self.logarithm else value * self.factor

    def written(self, seen: float) -> float:
        """Return in this unit what the model's code sees; the inverse of `seen`."""
        # Fifteen digits: the way there and back may change the last one.
        return float(f"{math.exp(seen) if self.logarithm else seen / self.factor:.15g}")


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


@cache
def parse_unit(text: str) -> Unit:
    """Parse a unit such as ``"days"``, ``"share"``, ``"1/insider/year"`` or ``"per year"``.

    Raises
    ------
    ValueError
        If the text is no unit; the message says what a unit looks like.

    Examples
    --------
    >>> parse_unit("1/insider/year").dimension
    (('insider', -1), ('time', -1))
    >>> parse_unit("per month").factor == 1 / MONTH
    True
    >>> parse_unit("share").high
    1.0
    """
    if text in PLAIN_UNITS:
        low, high = PLAIN_UNITS[text]
        return Unit(text, 1.0, (), low, high, text in LOGARITHMS)
    if text == "%":
        return Unit(text, 0.01, (), 0.0, 1.0)
    words = re.sub(r"\bper\b", "/", text).replace("/", " / ").split()
    powers: dict[str, int] = {}
    factor, sign = 1.0, 1
    expects_word = True
    for word in words:
        if word == "/":
            if expects_word and (powers or sign < 0):
                raise ValueError(_not_a_unit(text))
            sign, expects_word = -1, True
            continue
        if not expects_word or not re.fullmatch(r"1|[A-Za-z]+", word):
            raise ValueError(_not_a_unit(text))
        expects_word = False
        if word == "1":
            continue
        name = _singular(word.lower())
        if name not in TIMES and get_close_matches(name, TIMES, cutoff=0.7):
            # "1/yeer" is no hazard per something called a yeer.
            raise ValueError(_not_a_unit(text) + nearest(name, TIMES))
        if name in TIMES:
            factor *= TIMES[name] ** sign
            name = "time"
        powers[name] = powers.get(name, 0) + sign
    if expects_word or not words:
        raise ValueError(_not_a_unit(text))
    dimension = tuple(sorted((name, power) for name, power in powers.items() if power))
    return Unit(text, factor, dimension, 0.0, math.inf)


def _not_a_unit(text: str) -> str:
    return f'"{text}" is no unit; expected e.g. "days", "per year", "1/insider/year" or "share"'


def parse_quantity(given: object, unit: Unit) -> float:
    """Return ``given`` as the model's code sees it: in days, 1/day, the plain unit, or as a logarithm.

    A bare number is taken to be in ``unit``; a text carries its own unit, which must
    have the same dimension.

    Raises
    ------
    ValueError
        With a sentence that says what was given and what was expected.

    Examples
    --------
    >>> parse_quantity("2 years", parse_unit("days"))
    730.5
    >>> parse_quantity("5e-3 per insider per year", parse_unit("1/insider/year")) * YEAR
    0.005
    >>> parse_quantity("40%", parse_unit("share"))
    0.4
    >>> parse_quantity(1, parse_unit("hazard ratio"))
    0.0
    """
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        raise ValueError(f"given {given!r}, expected {expected(unit)}")
    if isinstance(given, str):
        value = _read_text(given, unit)
    else:
        try:
            value = float(given) * unit.factor
        except OverflowError:
            raise ValueError(f"given a huge number, expected {expected(unit)}") from None
    if not math.isfinite(value):
        raise ValueError(f"given {_shown(given)}, expected {expected(unit)}, a finite number")
    if not unit.low <= value <= unit.high:
        bounds = f"between {unit.low:g} and {unit.high:g}" if unit.high < math.inf else f"{unit.low:g} or more"
        raise ValueError(f"given {_shown(given)}, expected {expected(unit)}, {bounds}")
    return math.log(value) if unit.logarithm else value


def _read_text(given: str, unit: Unit) -> float:
    """Return a text with a number and a unit of the same dimension in days, 1/day or the plain unit."""
    match = _QUANTITY.fullmatch(given)
    if match is None or _DATE.fullmatch(given):
        date = ", which is a date" if match else ""
        raise ValueError(f'given "{given}"{date}, expected {expected(unit)}')
    number, written = match[1], match[2]
    if not written and unit.dimension:
        # Of a rate there is one; fifteen may be days as well as years.
        hint = "" if unit.dimension == (("time", 1),) else f'; did you mean "{number} {_spoken(unit)}"?'
        raise ValueError(f'given "{given}" without a unit, expected {expected(unit)}{hint}')
    try:
        own = parse_unit(written) if written else unit
    except ValueError:
        own = None
    if own is None or own.dimension != unit.dimension:
        raise ValueError(f'given "{given}", expected {expected(unit)}{nearest_amount(number, written, unit)}')
    return float(number.replace("_", "")) * own.factor


def nearest_amount(number: str, written: str, unit: Unit) -> str:
    """Return ``'; did you mean "15 years"?'`` for what is no amount in a unit, or an empty text if none is near.

    Examples
    --------
    >>> nearest_amount("15", "yrs", parse_unit("days"))
    '; did you mean "15 years"?'
    """
    counted = [name for name, _ in unit.dimension if name != "time"]
    known = [*counted, *TIMES] if unit.dimension else ["%", unit.text]
    for text in (written, written.replace(" ", "")) if "per" not in written else (written,):
        spelled = re.sub(r"[A-Za-z]+", lambda word: _nearest_word(word[0], known), text)
        try:
            fits = parse_unit(spelled).dimension == unit.dimension
        except ValueError:
            continue
        if fits and spelled != written:
            # A duration of more than one is said in the plural.
            many = "s" if spelled in TIMES and float(number.replace("_", "")) != 1 else ""
            return f'; did you mean "{number}{"" if spelled == "%" else " "}{spelled}{many}"?'
    return ""


def _nearest_word(word: str, known: list[str]) -> str:
    name = _singular(word.lower())
    short = _ABBREVIATED.get(name) or _ABBREVIATED.get(name.removesuffix("s"))
    if name == "per" or short in known:
        return short or name
    near = get_close_matches(name, known, n=1)
    return near[0] if near else name


def _shown(given: object) -> str:
    return f'"{given}"' if isinstance(given, str) else f"{given}"


def expected(unit: Unit) -> str:
    """Say in words what a value in this unit looks like.

    Examples
    --------
    >>> expected(parse_unit("days"))
    'a duration such as "90 days"'
    >>> expected(parse_unit("share"))
    'a share'
    """
    if unit.text in PLAIN_UNITS:
        article = "an" if unit.text[0] in "aeiou" else "a"
        return f"{article} {unit.text}"
    if unit.dimension == (("time", 1),):
        return 'a duration such as "90 days"'
    return f'a value in {unit.text}, such as "2 {_spoken(unit)}"'


def text_pattern(unit: Unit) -> str:
    """Return a regular expression of the texts that state an amount in a unit, in the spellings that pages show.

    Whatever it matches is read by `parse_quantity`, bounds aside; capitals and further spaces are read as well.

    Examples
    --------
    >>> bool(re.fullmatch(text_pattern(parse_unit("days")), "1.5 months"))
    True
    >>> rate = text_pattern(parse_unit("1/insider/year"))
    >>> [bool(re.fullmatch(rate, text)) for text in ("2e-3/year", "2 per insider/day")]
    [False, True]
    >>> bool(re.fullmatch(text_pattern(parse_unit("share")), "40%"))
    True
    """
    sign = "-?" if unit.low < 0 else ""
    if not unit.dimension:
        word = unit.text if unit.text in PLAIN_UNITS else "%"
        return f"^{sign}{_SIZE} ?(?:%|{word})?$"
    above = [_word_pattern(name) for name, power in unit.dimension for _ in range(power)]
    below = [_word_pattern(name) for name, power in unit.dimension for _ in range(-power)]
    orders = ["".join(f" ?(?:/|per) ?{word}" for word in order) for order in permutations(below)]
    under = orders[0] if len(orders) == 1 else f"(?:{'|'.join(orders)})"
    return f"^{sign}{_SIZE}{'' if not above else ' ?' + ' '.join(above)}{under}$"


def _word_pattern(name: str) -> str:
    return f"(?:{'|'.join(TIMES)})s?" if name == "time" else f"{name}s?"


def _spoken(unit: Unit) -> str:
    return unit.text[1:].replace("/", " per ").strip() if unit.text.startswith("1/") else unit.text


def parse_duration(given: object) -> float:
    """Return a text such as ``"15 years"`` in days; a bare number is refused.

    Examples
    --------
    >>> parse_duration("2 weeks")
    14.0
    """
    if not isinstance(given, str):
        raise ValueError(f'given {given!r}, expected a duration such as "15 years"')
    return parse_quantity(given, parse_unit("days"))

"""Dates as they are written, each as the first and the last day that it may be.

"1992-04-25" is one day, "1992-04" any day of a month, "1992" any day of a year. Days count from 1970-01-01, those
before it are negative, on the calendar of today.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from timeline.keeping.given_tables import GivenTable

#: Years that a date may have: what lies beyond is a slip, or a code for "not known".
YEARS = (1000, 2999)
#: What a month or a day that is not known is written as, beside nothing.
_UNKNOWN_PARTS = (0, 99, 88, 77, -9, -99, -999, -8)

#: Ways to write a date: name, pattern with the parts in order, which part is the year, month, day.
_WRITTEN = {
    "year-month-day": r"^(?<y>\d{4})-(?<m>\d{1,2})-(?<d>\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?$",
    "year/month/day": r"^(?<y>\d{4})/(?<m>\d{1,2})/(?<d>\d{1,2})$",
    "year-month": r"^(?<y>\d{4})-(?<m>\d{1,2})$",
    "year": r"^(?<y>\d{4})(?:\.0+)?$",
    "year as a fraction": r"^(?<f>\d{4}\.\d+)$",
}
#: A date in slashes or points may begin with the day or with the month; the whole column says which.
_DIVIDED = r"^(\d{1,2})[./](\d{1,2})[./](\d{4})$"
DAY_FIRST, MONTH_FIRST = "day/month/year", "month/day/year"
ORDERS = (DAY_FIRST, MONTH_FIRST)


@dataclass(frozen=True)
class DateColumns:
    """Where a date stands: in one column, or in one each for year, month and day.

    Attributes
    ----------
    columns
        One name; or two or three, the year's first.
    open
        Cells that say that it has not come, such as "0" for a year.
    """

    columns: tuple[str, ...]
    open: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called in a message."""
        return ", ".join(self.columns)


@dataclass
class Order:
    """How dates with slashes are written, as far as has been seen: the day first, or the month.

    Attributes
    ----------
    given
        What somebody said of it; None to find it out from the cells.
    found
        What a cell has shown, and where.
    """

    given: str | None = None
    found: str | None = None
    ambiguous: int = 0

    @property
    def settled(self) -> str | None:
        """The order, if it is known."""
        return self.given or self.found


def bounds(table: GivenTable, where: DateColumns, order: Order) -> pl.DataFrame:
    """Return (low, high) in days since 1970, null where no date is given.

    Parameters
    ----------
    table
        A piece of a table; takes what is wrong with its cells.
    where
        The columns.
    order
        How dates with slashes are written in these columns; learns from the cells.
    """
    if len(where.columns) > 1:
        return _parts(table, where)
    (column,) = where.columns
    cells = table.rows[column]
    if where.open:
        cells = cells.set(cells.is_in(list(where.open)).fill_null(False), None)
    parts = _read(table, column, cells, order)
    found = _bounds(parts)
    known = cells.is_not_null()
    table.refuse(
        column, known & found["low"].is_null(),
        f"a date from {YEARS[0]} to {YEARS[1]} such as 1992-04-25, 1992-04 or 1992",
        "correct it, or leave it empty if it is not known",
    )  # fmt: skip
    return found


def _read(table: GivenTable, column: str, cells: pl.Series, order: Order) -> pl.DataFrame:
    """Return y, m, d, and f: the year as a fraction."""
    frame = cells.to_frame("cell")
    groups = [
        frame.select(pl.col("cell").str.extract_groups(_plain(pattern))).unnest("cell").cast(pl.Float64, strict=False)
        for pattern in _WRITTEN.values()
    ]
    parts = {name: [g[name] for g in groups if name in g.columns] for name in "ymdf"}
    slashed = frame.select(pl.col("cell").str.extract_groups(_DIVIDED)).unnest("cell").cast(pl.Float64, strict=False)
    first, second, year = (slashed[name] for name in slashed.columns)
    if year.null_count() < len(year):
        _look_at_order(table, column, first, second, order)
        day_first = order.settled != MONTH_FIRST
        parts["y"].append(year)
        parts["m"].append(second if day_first else first)
        parts["d"].append(first if day_first else second)
    return pl.DataFrame({name: _first(columns, len(cells)) for name, columns in parts.items()})


def _plain(pattern: str) -> str:
    return re.sub(r"\(\?<(\w)>", r"(?P<\1>", pattern)


def _first(columns: Sequence[pl.Series], height: int) -> pl.Series:
    if not columns:
        return pl.repeat(None, height, dtype=pl.Float64, eager=True)
    table = pl.DataFrame([column.alias(str(k)) for k, column in enumerate(columns)])
    return table.select(pl.coalesce(pl.all())).to_series()


def _look_at_order(table: GivenTable, column: str, first: pl.Series, second: pl.Series, order: Order) -> None:
    """Learn from a part above 12 which is the day; refuse the cells that say otherwise than those before."""
    days, months = (first > 12) & (second <= 12), (second > 12) & (first <= 12)
    if order.settled is None and (days.any() or months.any()):
        order.found = DAY_FIRST if days.any() else MONTH_FIRST
        if days.any() and months.any():
            order.found = DAY_FIRST if (days.arg_max() or 0) < (months.arg_max() or 0) else MONTH_FIRST
    order.ambiguous += int(((first <= 12) & (second <= 12) & (first != second)).sum())
    other = months if order.settled == DAY_FIRST else days
    said = "this was given" if order.given else "other cells of the column are written so"
    table.refuse(
        column, other, f"a date as {order.settled}, for {said}",
        "write all dates of the column alike, best as 1992-04-25",
    )  # fmt: skip


def _parts(table: GivenTable, where: DateColumns) -> pl.DataFrame:
    """Return the bounds of a date whose parts stand in columns of their own; a part that is not known is none."""
    values = {}
    for name, column, low, high in zip("ymd", where.columns, (*YEARS[:1], 1, 1), (*YEARS[1:], 12, 31), strict=False):
        cells = table.rows[column]
        if where.open and name == "y":
            cells = cells.set(cells.is_in(list(where.open)).fill_null(False), None)
        number = cells.cast(pl.Float64, strict=False)
        unknown = number.is_in([float(part) for part in _UNKNOWN_PARTS]).fill_null(False)
        good = number.is_between(low, high) & (number == number.round())
        table.refuse(
            column, cells.is_not_null() & ~unknown & ~good.fill_null(False), f"a whole number from {low} to {high}",
            "correct it, or leave it empty if it is not known",
        )  # fmt: skip
        values[name] = number.set(~good.fill_null(False), None)
    empty = pl.repeat(None, table.rows.height, dtype=pl.Float64, eager=True)
    parts = pl.DataFrame({name: values.get(name, empty) for name in "ymd"}).with_columns(empty.alias("f"))
    found = _bounds(parts)
    known = parts["y"].is_not_null()
    table.refuse(where.columns[-1], known & found["low"].is_null(), "a day that the month has", "correct it")
    return found


def _bounds(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the first and the last day that dates may be, from year, month and day as far as they are known."""
    whole = parts.with_columns(pl.col(name).cast(pl.Int32) for name in "ymd")
    y, m, d, f = (pl.col(name) for name in "ymdf")
    sound = y.is_between(*YEARS) & (m.is_between(1, 12) | m.is_null())
    year = pl.when(sound).then(y)
    begins, ends = pl.date(year, m.fill_null(1), 1), pl.date(year, m.fill_null(12), 1).dt.month_end()
    # A day counts only in a known month, and must be one that the month has.
    given = m.is_not_null() & d.is_not_null()
    day = pl.when(d.is_between(1, ends.dt.day())).then(begins.dt.epoch("d") + d - 1)
    since = pl.date(pl.when(f.floor().is_between(*YEARS)).then(f.floor()), 1, 1).dt.epoch("d")
    of_fraction = since + ((f - f.floor()) * 365.25).round()
    return whole.select(
        pl.coalesce(pl.when(given).then(day).otherwise(end.dt.epoch("d")), of_fraction).cast(pl.Float64).alias(name)
        for name, end in (("low", begins), ("high", ends))
    )


def days_since_epoch(day: date) -> float:
    """Return a date in days since 1970-01-01."""
    return float((day - date(1970, 1, 1)).days)


def say_day(days: float) -> str:
    """Return a day since 1970-01-01 as a date.

    Examples
    --------
    >>> say_day(-1.0)
    '1969-12-31'
    """
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(days)).isoformat()

"""Excerpts: what a page shows of more scenarios than can be drawn and read. The tables beside it hold all."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

MOST_MAPPED = 24
"""Scenarios side by side in one figure: the names of more could not be read."""
MOST_LISTED = 64
"""Scenarios of which the page says what they assume and has a table of cadences."""
MOST_ROWS = 200
"""Differences between scenarios in one table of the page."""


def evenly(names: Sequence[str], most: int = MOST_MAPPED) -> tuple[str, ...]:
    """Return at most so many names, spread evenly over the list, the first and the last among them.

    Examples
    --------
    >>> evenly("abcdefg", 3), evenly("ab", 3)
    (('a', 'd', 'g'), ('a', 'b'))
    """
    if len(names) <= most:
        return tuple(names)
    return tuple(names[round(at * (len(names) - 1) / (most - 1))] for at in range(most))


def largest(frame: pl.DataFrame, column: str = "difference", most: int = MOST_ROWS) -> pl.DataFrame:
    """Return the rows with the largest values either way, at most so many, in their order.

    Examples
    --------
    >>> largest(pl.DataFrame({"difference": [0.1, -0.4, None, 0.2]}), most=2)["difference"].to_list()
    [-0.4, 0.2]
    """
    if frame.height <= most:
        return frame
    size = pl.col(column).abs().fill_null(0.0).rank("ordinal", descending=True)
    return frame.filter(size <= most)


def of_all(shown: int, number: int, what: str) -> str:
    """Say that not all are shown; nothing where all are.

    Examples
    --------
    >>> of_all(24, 1000, "drawn"), of_all(5, 5, "drawn")
    ('Drawn are 24 of 1,000 scenarios, spread evenly over the list; the tables hold all.', '')
    """
    if shown == number:
        return ""
    return f"{what.capitalize()} are {shown} of {number:,} scenarios, spread evenly over the list; the tables hold all."

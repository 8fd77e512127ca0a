"""Which rows of a table are asked for: conditions such as ``entered>=1946``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from timeline.errors import ConfigError

_SIGNS: dict[str, Callable[[Any, Any], pl.Series]] = {
    ">=": operator.ge, "<=": operator.le, "!=": operator.ne, "=": operator.eq, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_WRITTEN = re.compile(r"^\s*(.+?)\s*(>=|<=|!=|==|=|>|<)\s*(.*?)\s*$")


@dataclass(frozen=True)
class Condition:
    """A column, a sign and a value: compared as numbers if both are, else letter by letter.

    Examples
    --------
    >>> import polars as pl
    >>> read_condition("entered>=1946").holds(pl.Series(["1945-05-08", "1946-01-01", None])).to_list()
    [False, True, None]
    >>> read_condition("age<9").holds(pl.Series(["10", "8"])).to_list()
    [False, True]
    """

    column: str
    sign: str
    value: str

    def holds(self, cells: pl.Series) -> pl.Series:
        """Return for which cells it holds; null where a cell says nothing."""
        compare = _SIGNS[self.sign]
        try:
            wanted = float(self.value)
        except ValueError:
            return compare(cells, self.value)
        numbers = cells.cast(pl.Float64, strict=False)
        return compare(cells, self.value).zip_with(numbers.is_null(), compare(numbers, wanted))

    def __str__(self) -> str:
        return f"{self.column}{self.sign}{self.value}"


def read_condition(text: str) -> Condition:
    """Read a condition.

    Raises
    ------
    ConfigError
        If it is none.
    """
    found = _WRITTEN.match(text)
    if found is None:
        raise ConfigError(f"--where: given {text!r}, expected a column, a sign and a value, such as entered>=1946")
    column, sign, value = found.groups()
    return Condition(column, "=" if sign == "==" else sign, value)

"""Shares of a run: what each of several jobs plays that know nothing of one another.

A share is made of whole parts of arms, so that joining shares only copies files. It depends on the arms, the
replications and the number of shares alone.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from timeline.errors import ConfigError
from timeline.keeping.part_files import parts_of


@dataclass(frozen=True)
class Share:
    """One of several shares: number ``part`` (from 1) of ``of``.

    Examples
    --------
    >>> str(Share(3, 100))
    '3/100'
    """

    part: int
    of: int

    def __str__(self) -> str:
        return f"{self.part}/{self.of}"


def read_share(given: str) -> Share:
    """Return the share that ``"3/100"`` names.

    Raises
    ------
    ConfigError
        If it names none.

    Examples
    --------
    >>> read_share("3/100")
    Share(part=3, of=100)
    >>> read_share("5/3")
    Traceback (most recent call last):
    ...
    timeline.errors.ConfigError: --part: given "5/3", expected two whole numbers such as 3/100, the first from 1 to the
    second
    """
    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", given, re.ASCII)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise ConfigError(
            f'--part: given "{given}", expected two whole numbers such as 3/100, the first from 1 to the second'
        )
    return Share(int(found[1]), int(found[2]))


def shares_of(arms: Sequence[str], replications: int, of: int) -> list[dict[str, list[tuple[int, int]]]]:
    """Divide the parts of a run's arms, the largest first, each to the share that has least yet.

    Parameters
    ----------
    arms
        The arms' keys, in the config's order.
    replications
        Of each arm.
    of
        How many shares.

    Returns
    -------
    list
        Of each share {arm: [(first replication, count)]}.

    Examples
    --------
    >>> shares_of(["x", "y"], 2_500, 2)
    [{'x': [(0, 1000), (1000, 1000), (2000, 500)]}, {'y': [(0, 1000), (1000, 1000), (2000, 500)]}]
    """
    found: list[dict[str, list[tuple[int, int]]]] = [{} for _ in range(of)]
    loads = [(0, number) for number in range(of)]
    for first, count, arm in _units(arms, replications):
        load, number = heapq.heappop(loads)
        found[number].setdefault(arm, []).append((first, count))
        heapq.heappush(loads, (load + count, number))
    return found


def _units(arms: Sequence[str], replications: int) -> Iterator[tuple[int, int, str]]:
    units = [(first, count, number) for number in range(len(arms)) for first, count in parts_of(replications)]
    for first, count, number in sorted(units, key=lambda unit: (-unit[1], unit[0], unit[2])):
        yield first, count, arms[number]

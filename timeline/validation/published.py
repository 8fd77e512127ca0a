"""What was published of a record: how long agreements last, on a few days, with whom to cite."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from timeline.errors import ModelError
from timeline.words import unshowable


@dataclass(frozen=True)
class PublishedRecord:
    """Survival of real agreements since signature on a few days, as figures that ship with a workspace.

    A workspace declares it in ``models/claims.py``: ``PUBLISHED`` maps a model's name to its record. Pages compare
    with it where no folder of data is given.

    Attributes
    ----------
    name
        What the record is, in a few words.
    source
        Whom to cite.
    agreements, endings, processes
        How many went into it, how many of them failed, and of how many peace processes they are.
    years
        Years since signature, rising, above 0.
    survival, low, high
        Shares that still stand then, with a band of 95%.
    at_risk
        How many agreements are still watched then.
    also
        Further sentences on what the record says, each with its source.

    Raises
    ------
    ModelError
        If the figures cannot be a survival curve.

    Examples
    --------
    >>> PublishedRecord("Truces", "Fortna 2008", 9, 4, 8, (1.0,), (0.7,), (0.4,), (0.9,), (6,)).years
    (1.0,)
    """

    name: str
    source: str
    agreements: int
    endings: int
    processes: int
    years: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    at_risk: tuple[int, ...]
    also: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for text in (self.name, self.source, *self.also):
            if bad := unshowable(text, lines=False):
                raise ModelError(f"published record {self.name!a}: given the character {bad}, expected one line")
        columns = (self.years, self.survival, self.low, self.high, self.at_risk)
        if not self.years or len(set(map(len, columns))) > 1:
            self._refuse(
                f"{', '.join(str(len(column)) for column in columns)} figures", "as many in each, at least one"
            )
        if not all(before < after for before, after in pairwise((0.0, *self.years, float("inf")))):
            self._refuse(f"years {self.years}", "them to rise from above 0")
        for year, share, low, high in zip(self.years, self.survival, self.low, self.high, strict=True):
            if not 0 <= low <= share <= high <= 1:
                self._refuse(f"{low}, {share}, {high} after {year:g} years", "shares from 0 to 1, the limits around it")
        if any(later > earlier for earlier, later in pairwise((1.0, *self.survival))):
            self._refuse(f"survival {self.survival}", "it never to rise")
        if any(later > earlier for earlier, later in pairwise((self.agreements, *self.at_risk))):
            self._refuse(f"{self.agreements} agreements, at risk {self.at_risk}", "never more than before")
        if not 0 <= self.endings <= self.agreements or min(self.agreements, *self.at_risk) < 1:
            self._refuse(
                f"{self.endings} endings of {self.agreements} agreements", "some of the agreements, one at least"
            )

    def _refuse(self, given: str, expected: str) -> None:
        raise ModelError(f'published record "{self.name}": given {given}, expected {expected}; see its source')

"""What the library needs of a check: something that a workspace holds its models against, and draws itself.

A workspace declares its checks in ``models/claims.py``: ``CHECKS`` maps a model's name to them. The library
plays the model, asks each check to measure it, and puts what comes of it on a page. What a check is about
is the workspace's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from timeline.model.declarations import Model, Sampled


class Check(Protocol):
    """What a model is held against.

    Attributes
    ----------
    name
        Id of its place on the page, a word.
    heading, lead
        Its title there, and what it asks for, in a sentence or two.
    alt
        What its figure shows, for those who cannot see it.
    integrals
        Paths of the indices and flags whose time integral it reads.
    samples
        What else has to be kept of a timeline.

    Notes
    -----
    A check that reads a file of the folder of data may have a method ``read(data)``. It is called before anything is
    played, and raises what is wrong with the file.
    """

    @property
    def name(self) -> str: ...

    @property
    def heading(self) -> str: ...

    @property
    def lead(self) -> str: ...

    @property
    def alt(self) -> str: ...

    @property
    def integrals(self) -> Sequence[str]: ...

    @property
    def samples(self) -> Sequence[Sampled]: ...

    def measure(self, model: Model, data: Path | None) -> Checked:
        """Hold a model against it.

        Parameters
        ----------
        model
            From `timeline.validation.pairs.observing`, with `integrals` and `samples` among what it keeps.
        data
            The folder of the publishers' files, or None.
        """


@dataclass(frozen=True)
class CheckRow:
    """A row of the table of checks.

    Attributes
    ----------
    what
        What is compared.
    found, expected
        What the model does, and what it should do.
    holds
        None where it was skipped.
    """

    what: str
    found: str
    expected: str
    holds: bool | None


class Checked(Protocol):
    """What came of a check.

    Attributes
    ----------
    rows
        Its part of the table.
    holds
        Whether all of them hold; None if it was skipped.
    caption
        The finding in words, under the figure; a sentence why not, where there is none.
    """

    @property
    def rows(self) -> Sequence[CheckRow]: ...

    @property
    def holds(self) -> bool | None: ...

    @property
    def caption(self) -> str: ...

    def figure(self) -> Figure | None:
        """Draw it. The page draws it in the house's style (`timeline.plots.style.styled`)."""


@dataclass(frozen=True)
class Skipped:
    """A check that could not be made, and why."""

    what: str
    expected: str
    caption: str
    holds: None = None

    @property
    def rows(self) -> tuple[CheckRow, ...]:
        return (CheckRow(self.what, "–", self.expected, None),)

    def figure(self) -> None:
        """Nothing was found that could be drawn."""


def skipped_without(data: Path | None, file: str, what: str, expected: str) -> Skipped | None:
    """Return the check as skipped if a publisher's file is absent, None if it is there.

    Parameters
    ----------
    data
        The folder, or None if none was given.
    file
        Its name in there.
    what, expected
        The row of the table.

    Examples
    --------
    >>> skipped_without(None, "spells.csv", "Leaders in office", "as in the record").rows[0].holds is None
    True
    """
    if data is None:
        why = f"No folder of data was given (--data or TIMELINE_DATA), so the model could not be held against {file}."
    elif not (data / file).is_file():
        why = f"The folder of data, {data}, has no {file}, so the model could not be held against it."
    else:
        return None
    return Skipped(what, expected, why)

"""A model held against the record and against the claims it was built on."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from timeline.errors import TimelineError
from timeline.front.progress import Listener
from timeline.front.workspaces import open_workspace, records
from timeline.validation.claims import load_claims

if TYPE_CHECKING:
    from timeline.pages.examination import Examined
    from timeline.pages.net import NetRow
    from timeline.validation.checks import CheckRow
    from timeline.validation.net import NetVerdict
    from timeline.validation.pairs import Verdict
    from timeline.workspace import Workspace


@dataclass(frozen=True)
class Examination:
    """What was found, and its page.

    Attributes
    ----------
    workspace
        Of the model.
    found
        What was measured: the record, the closed form, the claims.
    data
        The folder of the publishers' files; None if there was none.
    """

    workspace: Workspace
    found: Examined
    data: Path | None

    @property
    def checks(self) -> list[CheckRow]:
        """One row for each comparison: what, found, expected, and whether it holds; None if it was skipped."""
        from timeline.pages.examination import check_rows

        return check_rows(self.found)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What was found on each claim."""
        return self.found.verdicts

    @property
    def contrasts(self) -> list[NetRow]:
        """The net contrasts as text, by essay."""
        from timeline.pages.net import net_row

        return [net_row(verdict) for verdict in self.found.contrasts]

    @property
    def finding(self) -> str:
        """What the net contrasts say, in words, and how to read them; empty if there are none."""
        from timeline.pages.net import net_finding, net_reading

        said = net_finding(self.found.contrasts)
        return f"{said} {net_reading(self.found.pairs)}" if said else ""

    def report(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write the page; returns where it lies.

        Parameters
        ----------
        path
            The file; ``results/validation/<model>/validation.html`` if left out.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        from timeline.pages.examination import write_page

        name = self.found.model.name
        page = Path(path) if path else self.workspace.results / "validation" / name / "validation.html"
        # The folder of data lies elsewhere for everybody; the page does not name it.
        command = [
            "timeline",
            "examine",
            name,
            *(["--data", "DATA"] if self.data else []),
            *_with_pairs(self.found.pairs),
        ]
        return write_page(self.found, page, shlex.join(command))


def has_claims(model: str, workspace: str | os.PathLike[str] = ".") -> bool:
    """Say whether a workspace's ``models/claims.py`` declares a claim about a model.

    Raises
    ------
    ConfigError, ModelError
        If there is no such workspace or model, or the file cannot be loaded.

    Examples
    --------
    >>> has_claims("backchannel")
    True
    """
    declared = load_claims(open_workspace(workspace), model)
    return any(claim.model == model for claim in getattr(declared, "CLAIMS", ()))


def examine(
    model: str,
    data: str | os.PathLike[str] | None = None,
    *,
    workspace: str | os.PathLike[str] = ".",
    pairs: int | None = None,
    listener: Listener | None = None,
) -> Examination:
    """Compare a model's laws with the record, and put every claim about it to the test.

    Parameters
    ----------
    model
        Its name.
    data
        The folder of the publishers' files; the workspace's ``data/`` if left out.
    workspace
        A folder in the model's workspace.
    pairs
        Replications of each setting of a net contrast; 8,000 if left out.
    listener
        Told what is being done.

    Raises
    ------
    TimelineError
        If the workspace declares nothing about this model, or a claim or a net contrast cannot be put to the test.
    """
    from timeline.pages.examination import validate_model
    from timeline.validation.net import PAIRS

    at = open_workspace(workspace)
    folder = records(at) if data is None else Path(data)
    said = (listener or Listener()).said
    return Examination(at, validate_model(at, model, folder, said, PAIRS if pairs is None else pairs), folder)


def write_essays(
    path: str | os.PathLike[str] | None = None,
    *,
    workspace: str | os.PathLike[str] = ".",
    pairs: int | None = None,
    listener: Listener | None = None,
) -> Path:
    """Hold every claim of the essays against the models that speak to it, and write a page of Markdown about it.

    Parameters
    ----------
    path
        The file; ``docs/what-the-essays-claim.md`` of the workspace if left out.
    workspace
        A folder in the workspace.
    pairs
        Replications of each setting; 8,000 if left out.
    listener
        Told what is being done.

    Raises
    ------
    TimelineError
        If the workspace declares no claims of essays, one of them has no net contrast, or a contrast cannot be played.
    StoreError
        If the page cannot be written.
    """
    from timeline.keeping.files import write_aside
    from timeline.pages.net import essays_page
    from timeline.validation.net import PAIRS, contrasts, net_rows

    at = open_workspace(workspace)
    many = PAIRS if pairs is None else pairs
    say = (listener or Listener()).said
    found: list[NetVerdict] = []
    declared = None
    for name in at.models():
        declared = load_claims(at, name)
        rows, measures = net_rows(declared, name)
        rows = tuple(row for row in rows if row.answers)
        if rows:
            say(f"{name}: {len(rows)} net contrasts ...")
            found += contrasts(at.load(name), rows, measures, many)
    reading = getattr(declared, "READING", {})
    if not reading:
        raise TimelineError(
            "models/claims.py declares no READING, so there is no claim of an essay to hold anything against"
        )
    command = shlex.join(["timeline", "examine", "--essays", *_with_pairs(many)])
    text = essays_page(found, reading, dict(getattr(declared, "ESSAYS", {})), many, command)
    page = Path(path) if path else at.root / "docs" / "what-the-essays-claim.md"
    write_aside(page, text.encode())
    return page


def _with_pairs(pairs: int) -> list[str]:
    from timeline.validation.net import PAIRS

    return [] if pairs == PAIRS else ["--pairs", str(pairs)]

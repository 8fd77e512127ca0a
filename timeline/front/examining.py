"""A model held against the record and against the claims it was built on."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from timeline.front.progress import Listener
from timeline.front.workspaces import open_workspace, records
from timeline.validation.claims import load_claims

if TYPE_CHECKING:
    from timeline.pages.examination import Examined
    from timeline.validation.checks import CheckRow
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
        command = ["timeline", "examine", name, *(["--data", "DATA"] if self.data else [])]
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
    listener
        Told what is being done.

    Raises
    ------
    TimelineError
        If the workspace declares nothing about this model, or a claim cannot be put to the test.
    """
    from timeline.pages.examination import validate_model

    at = open_workspace(workspace)
    folder = records(at) if data is None else Path(data)
    return Examination(at, validate_model(at, model, folder, (listener or Listener()).said), folder)

"""Pictures in files: a place is checked before anything is played for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from timeline.errors import StoreError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = (".png", ".svg", ".pdf")


def require_picture(
    path: str | os.PathLike[str], endings: Sequence[str] = PICTURES, *, option: str = "--picture"
) -> None:
    """Refuse a picture's file that could not be written.

    Parameters
    ----------
    path
        The file.
    endings
        What its name may end in.
    option
        What names it, for the message.

    Raises
    ------
    ConfigError
        If its name ends otherwise, or its folder is missing or may not be written.

    Examples
    --------
    >>> require_picture("timeline.gif")
    Traceback (most recent call last):
    timeline.errors.ConfigError: --picture: given "timeline.gif", expected a file name ending in .png, .svg, .pdf
    """
    from timeline.keeping.files import require_place

    require_place(option, Path(path), endings)


def save_picture(figure: Figure, path: str | os.PathLike[str], *, option: str = "--picture") -> None:
    """Write a figure into a file, of the kind that its name ends in.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    try:
        figure.savefig(path, dpi=150)
    except OSError as problem:
        raise StoreError(
            f'{option}: "{path}" cannot be written ({problem.strerror}); give a file in another folder'
        ) from None

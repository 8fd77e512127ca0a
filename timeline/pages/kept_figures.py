"""Figures kept from one page to the next: what would be drawn alike is not drawn again.

Drawing takes most of the time of a page, and a page is built again after every run, mostly of the same rows. Beside
the figures lies a record of what each was drawn from: the numbers, the program, matplotlib and its fonts. A figure
stays if all of that is the same and its files are as they were written; else it is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from timeline.errors import StoreError
from timeline.keeping.files import read_inside
from timeline.keeping.program import running_program
from timeline.study.keys import digest

if TYPE_CHECKING:
    from timeline.pages.drawing import Drawing

RECORD = "drawn.json"


class KeptFigures:
    """The figures of a folder.

    Parameters
    ----------
    folder
        With the files and their record; it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._record = _read(folder)

    def find(self, name: str, key: str) -> tuple[str, bytes] | None:
        """Return a figure as SVG and PNG; None if it was drawn from anything else, or is not as it was written."""
        known = self._record.get(name)
        if not key or not isinstance(known, dict) or known.get("key") != key:
            return None
        try:
            svg, png = (read_inside(self._folder, f"{name}.{kind}") for kind in ("svg", "png"))
            intact = (known.get("svg"), known.get("png")) == (digest(svg), digest(png))
            return (svg.decode(), png) if intact else None
        except (OSError, StoreError, UnicodeDecodeError):
            return None


def record(drawings: Iterable[Drawing]) -> bytes:
    """Return what is kept beside the figures; see `KeptFigures`."""
    known = {
        drawing.name: {"key": drawing.key, "svg": digest(drawing.svg.encode()), "png": digest(drawing.png)}
        for drawing in drawings
    }
    return (json.dumps(known, indent=1) + "\n").encode()


def key_of(name: str, figure: Callable[..., object], given: Mapping[str, Any]) -> str:
    """Return a key that stands for all that a figure is drawn from; empty if there is something it cannot stand for.

    Parameters
    ----------
    name
        The figure's name.
    figure
        The function that draws it.
    given
        What it is called with.

    Examples
    --------
    >>> from timeline.plots.style import sheet
    >>> one, other = (key_of("best", sheet, {"frame": pl.DataFrame({"day": [day]})}) for day in (1.0, 2.0))
    >>> len(one), one == other, key_of("best", sheet, {"frame": object()})
    (64, False, '')
    """
    try:
        return _digest("figure", _program(), name, _code(figure), _told(given))
    except _Untold:
        return ""


@lru_cache(maxsize=1)
def _program() -> str:
    """Return a hash of what draws: this program and its libraries, the fonts, and matplotlib's settings."""
    import matplotlib
    from matplotlib import font_manager, ft2font

    program = running_program()
    if not program:
        raise _Untold
    fonts = (font_manager.findfont(f"DejaVu Sans:{weight}") for weight in ("regular", "bold"))
    return _digest(
        "program",
        program,
        *(digest(Path(font).read_bytes()) for font in fonts),
        ft2font.__freetype_version__,
        repr(sorted(matplotlib.rcParams.items())),
    )


class _Untold(Exception):  # noqa: N818 - it is no error
    """Something has no words that stand for it and for nothing else."""


def _told(value: object) -> str:
    """Return a hash of a value and of its type, the same in every process."""
    kind = type(value).__name__
    if value is None or isinstance(value, (bool, int, str, bytes)):
        return _digest(kind, repr(value))
    if isinstance(value, float):
        return _digest(kind, float(value).hex())
    if isinstance(value, pl.DataFrame):
        return _digest(kind, repr(value.schema), digest(value.rechunk().write_ipc(None).getvalue()))
    if isinstance(value, np.ndarray) and value.dtype != object:
        return _digest(kind, value.dtype.str, repr(value.shape), digest(value.tobytes()))
    if isinstance(value, Mapping):
        return _digest(kind, *(_told(part) for item in value.items() for part in item))
    if isinstance(value, (list, tuple)):
        return _digest(kind, *map(_told, value))
    if is_dataclass(value) and not isinstance(value, type):
        named = ((each.name, getattr(value, each.name)) for each in fields(value))
        return _digest(kind, *(_told(part) for pair in named for part in pair))
    raise _Untold


def _code(function: Callable[..., object]) -> str:
    name = getattr(function, "__qualname__", "<")
    if "<" in name:  # made at run time: its name does not say what it does
        raise _Untold
    return f"{function.__module__}.{name}"


def _digest(*parts: str) -> str:
    return digest(json.dumps(parts).encode())


def _read(folder: Path) -> dict[str, Any]:
    """Return the record of a folder; one that cannot be read, or is a link, counts as none."""
    if folder.is_symlink():
        return {}
    try:
        known = json.loads(read_inside(folder, RECORD))
    except (OSError, StoreError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}

"""A page of findings: an answer, parts with a figure and tables, and the command that makes it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from timeline.pages.tables import Table
from timeline.pages.writing import fill, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from timeline.pages.drawing import Drawing


@dataclass(frozen=True)
class FindingsPart:
    """A part of a page.

    Attributes
    ----------
    name, head
        For links and files; its heading.
    said
        Paragraphs.
    drawing
        Its figure, if it has one.
    tables
        Tables, each with what it is called before it is unfolded.
    """

    name: str
    head: str
    said: Sequence[str] = ()
    drawing: Drawing | None = None
    tables: Sequence[tuple[str, Table | None]] = field(default=())


def drawn(name: str, figure: Callable[[], Figure], caption: str, alt: str) -> Drawing:
    """Return a figure as a page shows it."""
    from timeline.pages.drawing import Drawing
    from timeline.plots.style import png, svg

    made = figure()
    return Drawing(section=name, name=name, caption=caption, alt=alt, svg=svg(made, name), png=png(made))


def write_findings(
    folder: Path,
    page: str,
    title: str,
    answer: str,
    parts: Sequence[FindingsPart],
    command: str,
    files: Mapping[str, bytes],
) -> Path:
    """Write a page, its figures and given files into a folder; return the page's path.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    beside = dict(files)
    for part in parts:
        if part.drawing is not None:
            beside |= {
                f"figures/{part.name}.svg": part.drawing.svg.encode(),
                f"figures/{part.name}.png": part.drawing.png,
            }
    text = fill("findings.html.j2", title=title, answer=answer, parts=parts, command=command, filters={"brief": str})
    return write_whole(folder, page, text, beside)

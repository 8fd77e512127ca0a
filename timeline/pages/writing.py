"""The writer of all pages: one environment for templates, figures set into the text, folders replaced whole.

A page holds everything it shows and asks no network for anything.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup, escape

from timeline.keeping.files import cannot_write
from timeline.words import MONTE_CARLO, sentence

if TYPE_CHECKING:
    from timeline.pages.drawing import Drawing

TEMPLATES = Path(__file__).parent / "templates"

#: How the folder begins in which a page and its files are written before they are renamed into place.
_ASIDE = ".report-"


def fill(template: str, *, filters: Mapping[str, Callable[..., Any]] | None = None, **given: Any) -> str:
    """Return a page as text.

    Parameters
    ----------
    template
        The template's name.
    filters
        What it calls besides ``sentence``.
    given
        What it is told besides the style, ``inline`` and the sentence on Monte Carlo error.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        extensions=["jinja2.ext.do"],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(sentence=sentence, **(filters or {}))
    page = environment.get_template(template).render(
        style=Markup(part("report.css")), inline=inline, monte_carlo=MONTE_CARLO, **given
    )
    return re.sub(r"[ \t]+\n", "\n", page)


def part(name: str) -> str:
    """Return a style or a script that lies with the templates."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def allowed(script: str) -> str:
    """Name a script as a content policy does, so that a browser runs this one and no other.

    Examples
    --------
    >>> allowed("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def inline(drawing: Drawing) -> Markup:
    """Return a figure's SVG for inside the page: with words for those who cannot see it, free of namespaces.

    Inside HTML the namespaces go without saying, and without them the page holds no address at all.
    """
    text = re.sub(r' xmlns(?::\w+)?="[^"]*"', "", drawing.svg).replace("xlink:href=", "href=")
    text = re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"', r"\1", text, count=1)
    label = str(escape(drawing.alt))
    return Markup(text.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1))


def write_whole(folder: Path, page: str, text: str, files: Mapping[str, bytes]) -> Path:
    """Write a page and the files beside it.

    Parameters
    ----------
    folder
        Where; made if absent.
    page
        The page's file name.
    text
        The page.
    files
        By path below the folder, such as ``figures/best.svg``. Folders in it belong to the page and are replaced
        whole, so that nothing stale stays behind.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    StoreError
        If it cannot be written.

    Notes
    -----
    All is written aside first and then renamed into place, the page last: a reader sees the old page or the new one,
    never a half.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(_ASIDE + "*"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder))
        try:
            for name, data in {**files, page: text.encode()}.items():
                (aside / name).parent.mkdir(exist_ok=True)
                (aside / name).write_bytes(data)
            for name in dict.fromkeys(name.split("/")[0] for name in files):
                _replace(aside / name, folder / name, aside / f"old-{name}")
            os.replace(aside / page, folder / page)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as problem:
        raise cannot_write(folder / page, problem) from None
    return folder / page


def _replace(new: Path, place: Path, old: Path) -> None:
    """Put a file or a folder in place of another."""
    if place.is_dir():
        os.replace(place, old)
    os.replace(new, place)

"""The pages that are kept: listed, found by their keys, and two of them compared."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from timeline.errors import ConfigError, PathError
from timeline.front.workspaces import open_workspace
from timeline.keeping.store import MANIFEST, RESOLVED
from timeline.pages.shelf import PAGE, PageRecord, earlier, read_record


@dataclass(frozen=True)
class KeptPage:
    """A page that is kept, and what it is of.

    Attributes
    ----------
    name
        The run's name, or the config's path below ``configs/``.
    path
        The page.
    record
        What it is of; None for a page of an older program, or a run that has no page yet.
    newest
        Whether it is the newest of its run's folder.
    """

    name: str
    path: Path
    record: PageRecord | None
    newest: bool

    @property
    def run(self) -> str:
        """The key of its rows."""
        folder = self.path.parent
        return folder.name if self.newest else folder.parent.parent.name

    @property
    def key(self) -> str:
        """The page's key; empty if it says nothing of what it is of."""
        return "" if self.record is None else self.record.key

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        record = self.record
        said: dict[str, Any] = {"title": None, "seed": None, "replications": None, "answer": None}
        if record is not None:
            said = {
                "title": record.config["title"],
                "seed": record.config["seed"],
                "replications": record.replications,
                "answer": record.answer,
            }
        there = str(self.path) if self.path.is_file() else None
        return {
            "name": self.name,
            "run": self.run,
            "page": self.key or None,
            "newest": self.newest,
            **said,
            "path": there,
        }


@dataclass(frozen=True)
class ComparedPages:
    """Two pages side by side.

    Attributes
    ----------
    one, other
        The pages.
    differences
        (what, in the one, in the other), with dotted paths into the resolved config; None where it is not given.
    """

    one: KeptPage
    other: KeptPage
    differences: tuple[tuple[str, Any, Any], ...]


def kept_pages(inside: str | os.PathLike[str] = ".") -> list[KeptPage]:
    """List the pages below a folder of results, by name and run; the newest page of a run first.

    Parameters
    ----------
    inside
        A folder of results, or a workspace or any folder in it, for the workspace's results.

    Raises
    ------
    ConfigError
        If the folder is neither.
    """
    place = Path(os.path.abspath(inside))
    try:
        results = open_workspace(place).results
    except ConfigError:
        if next(_runs(place), None) is None:
            raise
        results = place
    below = place if place.is_relative_to(results) or next(_runs(results), None) is None else results
    return [page for folder in _runs(below) for page in _pages(folder, _name_of(folder, results))]


def choose_page(key: str, inside: str | os.PathLike[str] = ".") -> KeptPage:
    """Return the page that a key names, or the beginning of one, or the path of a page or its folder.

    Raises
    ------
    PathError
        If no page, or several, are called so.
    """
    place = Path(key)
    folder = place.parent if place.name == PAGE else place
    if (folder / PAGE).is_file():
        return KeptPage(folder.name, folder / PAGE, read_record(folder), (folder / MANIFEST).exists())
    pages = [page for page in kept_pages(inside) if page.path.is_file()]
    named = [page for page in pages if key and page.key.startswith(key)]
    named = named or [page for page in pages if key and page.newest and key in (page.run, page.name)]
    if len(named) == 1:
        return named[0]
    expected = "the key of a page, the first letters of one, or the path of a page; `timeline runs` lists them"
    if not named:
        raise PathError(f'{inside}: given "{key}", but no page is called so; expected {expected}')
    several = ", ".join(page.key or str(page.path) for page in named)
    raise PathError(f'{inside}: given "{key}", but {len(named)} pages are called so ({several}); expected {expected}')


def compare_pages(one: KeptPage, other: KeptPage) -> ComparedPages:
    """Say in what two pages differ: in what was asked, in the model, in what they came to.

    Raises
    ------
    PathError
        If one of them does not say what it is of.
    """
    first, second = (_facts(page) for page in (one, other))
    differences = [
        (path, first.get(path), second.get(path))
        for path in dict.fromkeys([*first, *second])
        if first.get(path) != second.get(path)
    ]
    return ComparedPages(one, other, tuple(differences))


def _facts(page: KeptPage) -> dict[str, Any]:
    if page.record is None:
        raise PathError(
            f"{page.path}: does not say what it is of, expected a page.json beside it; build the page again by "
            "`timeline report`"
        )
    record = page.record
    arms = {f"{arm['scenario']} / {arm['cadence']}": arm["key"] for arm in record.of["arms"]}
    return {
        "run": record.run,
        **dict(_flat("", {**record.config, "replications": record.replications})),
        **dict(_flat("arms", arms)),
        "record of real agreements": record.compared or None,
    }


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from _flat(f"{path}.{name}" if path else str(name), part)
    else:
        yield path, value


def _runs(results: Path) -> Iterator[Path]:
    """Yield the folders of runs below a folder, by path; links are not followed."""
    for folder, below, files in os.walk(results):
        below.sort()
        if MANIFEST in files and {PAGE, RESOLVED} & {*files}:
            below.clear()
            yield Path(folder)
        elif "shards" in below:
            below.remove("shards")


def _name_of(folder: Path, results: Path) -> str:
    name = folder.parent.relative_to(results).as_posix() if folder.parent.is_relative_to(results) else "."
    return folder.parent.name if name == "." else name


def _pages(folder: Path, name: str) -> Iterator[KeptPage]:
    newest = KeptPage(name, folder / PAGE, read_record(folder), newest=True)
    yield newest
    for place in earlier(folder):
        if place.name != newest.key:
            yield KeptPage(name, place / PAGE, read_record(place), newest=False)

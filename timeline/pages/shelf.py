"""The pages of a run's folder: what each is of, and the earlier ones that are kept.

The newest page lies in the folder itself. Beside it stands `RECORD`, which says of what the page is. A run's folder
serves many pages, since other cadences, or more replications, add to the same rows: before a page of another question
takes its place, it moves to ``pages/<key>/``, with its figures and tables.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from timeline.errors import PathError
from timeline.keeping.files import cannot_write
from timeline.study.keys import key_of
from timeline.study.resolved import Resolved

PAGE = "report.html"
BRIEF = "brief.html"
RECORD = "page.json"
EARLIER = "pages"

_FORMAT = "crisis-timeline page"
_KEY = re.compile(r"[0-9a-f]{12}")
_ASIDE = ".page-"
_BELONGING = (PAGE, BRIEF, RECORD, "figures", "tables")


@dataclass(frozen=True)
class PageRecord:
    """What a page is of.

    Attributes
    ----------
    run
        The key of the run whose rows it shows.
    replications
        Of each arm.
    answer
        What it says.
    of
        The resolved config, model and arms, as plain data.
    compared
        What of a record of real agreements it shows, as a hash; empty if none was given.
    """

    run: str
    replications: int
    answer: str
    of: Mapping[str, Any]
    compared: str = ""

    @classmethod
    def about(cls, resolved: Resolved, run: str, replications: int, answer: str, compared: str = "") -> PageRecord:
        """Return the record of a page; the command that made it, and from where, decides nothing of it."""
        of = {name: part for name, part in resolved.to_json().items() if name not in ("command", "precision")}
        return cls(run, replications, answer, of, compared)

    @cached_property
    def key(self) -> str:
        """A short hash of all that decides the page."""
        return key_of({"run": self.run, "replications": self.replications, "of": self.of, "compared": self.compared})

    @property
    def config(self) -> Mapping[str, Any]:
        """The config as it was understood."""
        config: Mapping[str, Any] = self.of["config"]
        return config

    def to_bytes(self) -> bytes:
        """Return the file that stands beside the page."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__}
        content = {"format": _FORMAT, "page": self.key, **own}
        return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def read_record(folder: Path) -> PageRecord | None:
    """Return what the page of a folder is of; None if there is none, or it says nothing that can be read.

    A record may come from a stranger: it is taken only if its key is that of its content.
    """
    try:
        content = json.loads((folder / RECORD).read_bytes())
        record = PageRecord(**{name: content[name] for name in PageRecord.__dataclass_fields__})
        fits = content["format"] == _FORMAT and content["page"] == record.key
        sound = _is_sound(record)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return record if fits and sound else None


def _is_sound(record: PageRecord) -> bool:
    """Say whether what is shown and compared of a record is of the right kind."""
    arms = [arm[part] for arm in record.of["arms"] for part in ("scenario", "cadence", "key")]
    texts = (record.run, record.answer, record.compared, record.config["title"], *arms)
    numbers = (record.replications, record.config["seed"])
    return all(isinstance(text, str) for text in texts) and all(type(number) is int for number in numbers)


def earlier(folder: Path) -> Iterator[Path]:
    """Yield the folders of a run's earlier pages, by key."""
    if (folder / EARLIER).is_symlink():
        return
    for place in sorted((folder / EARLIER).glob("*")):
        if _KEY.fullmatch(place.name) and place.is_dir() and not place.is_symlink():
            yield place


def shelve(folder: Path, key: str) -> Path | None:
    """Keep the page of a folder, if it is of another question than the one that is about to take its place.

    Parameters
    ----------
    folder
        The run's.
    key
        Of the page that comes.

    Returns
    -------
    Path or None
        Where the earlier page lies now; None if there is none to keep.

    Raises
    ------
    PathError, StoreError
        If it cannot be kept.

    Notes
    -----
    Files of a page are only ever replaced, never changed. So the earlier ones are linked, not copied, where the disk
    can do that; the folder appears whole or not at all.
    """
    record = read_record(folder)
    if record is None or record.key == key or not (folder / PAGE).is_file():
        return None
    shelf, place = folder / EARLIER, folder / EARLIER / record.key
    if shelf.is_symlink():
        raise PathError(f"{shelf}: is a link to elsewhere, expected a folder of earlier pages; remove it")
    try:
        shelf.mkdir(exist_ok=True)
        for left in shelf.glob(_ASIDE + "*"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        if place.exists():
            return place
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=shelf))
        try:
            # Inside, since a temporary folder is its owner's alone.
            (aside / record.key).mkdir()
            _keep(folder, aside / record.key)
            os.replace(aside / record.key, place)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as problem:
        raise cannot_write(place, problem) from None
    return place


def _keep(folder: Path, aside: Path) -> None:
    for path in _files(folder / name for name in _BELONGING):
        target = aside / path.relative_to(folder)
        target.parent.mkdir(exist_ok=True)
        try:
            os.link(path, target)
        except OSError:
            shutil.copy2(path, target)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_symlink():
            continue
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from _files(sorted(path.iterdir()))

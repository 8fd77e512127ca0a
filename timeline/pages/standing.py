"""Whether the page of a run's folder still stands: what decides it is as it was, and no file of it was touched.

Then it need not be built again. The mark of this lies beside the page. A mark can be forged, so it is heeded only where
the model is at hand and the folder one's own; whoever opens a stranger's folder builds the page anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from timeline.errors import StoreError
from timeline.keeping.files import read_inside
from timeline.keeping.program import running_program
from timeline.keeping.store import RESOLVED
from timeline.pages.published import PUBLISHED
from timeline.pages.record import AGREEMENTS, TITLE
from timeline.pages.shelf import BRIEF, PAGE, RECORD, read_record
from timeline.pages.stories import EXAMPLES, EXPLANATION
from timeline.pages.unknown import UNKNOWN
from timeline.study.keys import digest

if TYPE_CHECKING:
    from timeline.keeping.store import Store

MARK = "built.json"


def mark(store: Store, data: Path | None, notes: Sequence[str]) -> None:
    """Remember of what the page was built that lies in a run's folder; see `standing_answer`."""
    if decided := _decided(store, data, notes, store.holds(BRIEF)):
        store.write_json(MARK, {"decided": decided, "files": dict(_files(store.folder))})


def standing_answer(store: Store, data: Path | None, notes: Sequence[str], brief: bool) -> str | None:
    """Return what the page says that lies in a run's folder, if a page built now would be the same.

    Parameters
    ----------
    store
        The run's folder, open; its parts are intact.
    data
        A folder with records of real agreements.
    notes
        What is known before the rows are counted, and shown among the warnings.
    brief
        Whether a brief is wanted beside it; one that lies there is wanted.

    Returns
    -------
    str or None
        None if the page has to be built.
    """
    if not store.holds(MARK) or not (decided := _decided(store, data, notes, brief or store.holds(BRIEF))):
        return None
    try:
        same = store.read_json(MARK) == {"decided": decided, "files": dict(_files(store.folder))}
    except (OSError, StoreError):
        return None
    record = read_record(store.folder) if same else None
    return None if record is None else record.answer


def _decided(store: Store, data: Path | None, notes: Sequence[str], brief: bool) -> str:
    """Return a hash of all that decides a page; empty if the program may be another than its sources say."""
    program = running_program()
    if not program:
        return ""
    # The manifest names each part of the rows by its checksum.
    names = (RESOLVED, PUBLISHED, EXAMPLES, EXPLANATION, UNKNOWN)
    kept = {name: digest(read_inside(store.folder, name)) for name in names if (store.folder / name).is_file()}
    given = [] if data is None else [data / name for name in (AGREEMENTS, TITLE)]
    record = {str(path): digest(path.read_bytes()) for path in given if path.is_file()}
    everything = [program, store.manifest, kept, str(data), record, list(notes), brief]
    return digest(json.dumps(everything, sort_keys=True).encode())


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the files of a page, each with its hash."""
    names = [name for name in (PAGE, BRIEF, RECORD) if (folder / name).is_file()]
    names += (f"{part}/{path.name}" for part in ("figures", "tables") for path in sorted((folder / part).glob("*")))
    for name in names:
        yield name, digest(read_inside(folder, name))

"""Where machine code is kept between runs, and when it is believed.

A folder's name is the fingerprint of all that went into the machine code, so an edited model never meets what
was compiled before the edit. A folder is made aside and renamed into place when it is complete, with a
checksum of each file: half a folder, or a damaged one, is never read.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SUMS = "checksums.json"


def folder() -> Path:
    """Return the folder of all machine code, whether or not it exists."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "crisis-timeline" / "compiled"


def kept(fingerprint: str) -> Path | None:
    """Return the folder of one fingerprint if it is complete and undamaged."""
    found = folder() / fingerprint
    try:
        sums = json.loads((found / _SUMS).read_text(encoding="utf-8"))
        if sums and sums == _sums(found):
            return found
    except (OSError, ValueError):
        pass
    drop(fingerprint)
    return None


def drop(fingerprint: str) -> None:
    """Take away what cannot be believed, if that is possible."""
    shutil.rmtree(folder() / fingerprint, ignore_errors=True)


@contextmanager
def making(fingerprint: str) -> Iterator[Path | None]:
    """Give a folder to compile in; it is kept if all goes well. None where nothing can be written."""
    aside: Path | None = None
    try:
        folder().mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f"{fingerprint}.", dir=folder()))
        # numba files machine code by this file's name, date and size.
        (aside / "program.py").write_text("# A place for machine code; see timeline.engines.compiled.\n", "utf-8")
    except OSError:
        aside = None
    try:
        yield aside
        if aside is not None:
            with suppress(OSError):
                (aside / _SUMS).write_text(json.dumps(_sums(aside)), encoding="utf-8")
                os.rename(aside, folder() / fingerprint)  # fails if another process was faster
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def _sums(place: Path) -> dict[str, str]:
    return {
        path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(place.rglob("*"))
        if path.is_file() and path.name != _SUMS
    }

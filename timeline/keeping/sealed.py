"""Plain data kept beside the rows, sealed: with a checksum, and the name of the run it belongs to.

The seal lies in the file itself, so that a file is whole with one rename. It tells an altered file, not a forged one:
whoever reads what a stranger has sent looks at its shape as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from timeline.model.values import as_json
from timeline.study.keys import canonical, digest
from timeline.words import unshowable

_RUN, _CHECKSUM = "run", "checksum"


class BrokenSealError(ValueError):
    """A kept file is not as it was written; the message says how."""


def seal(content: Mapping[str, object], run: str) -> bytes:
    """Return data as the text of a file.

    Examples
    --------
    >>> unseal(seal({"cadence": "silence"}, "00000000000a"), "00000000000a")
    {'cadence': 'silence'}
    """
    plain = {_RUN: run, **as_json(content)}
    return (json.dumps({**plain, _CHECKSUM: _sum(plain)}, indent=1, ensure_ascii=False) + "\n").encode()


def unseal(data: bytes, run: str) -> dict[str, Any]:
    """Return the data of a file.

    Parameters
    ----------
    data
        The file's content.
    run
        The run it has to belong to.

    Raises
    ------
    BrokenSealError
        If it was cut off, altered, is of another run or an older version, or holds text that cannot be shown.
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise BrokenSealError("is no JSON, it was cut off or altered") from None
    if not isinstance(content, dict):
        raise BrokenSealError("is no table, it was altered or written by an older version")
    if _CHECKSUM not in content:
        raise BrokenSealError("has no checksum, it was altered or written by an older version")
    checksum = content.pop(_CHECKSUM)
    if checksum != _sum(content):
        raise BrokenSealError("was altered: its checksum is not that of its content")
    if content.pop(_RUN, None) != run:
        raise BrokenSealError("belongs to another run")
    if bad := next(_unshowable(content), ""):
        raise BrokenSealError(f"holds the character {bad}, which no page may be given")
    return content


def _sum(plain: Mapping[str, Any]) -> str:
    # As it will be read: what is no text by then would be sorted otherwise.
    return digest(canonical(json.loads(json.dumps(plain))))


def _unshowable(content: object) -> Iterator[str]:
    """Yield characters that cannot be shown, of all texts in some data."""
    if isinstance(content, str):
        yield from filter(None, [unshowable(content)])
    elif isinstance(content, Mapping):
        for name, value in content.items():
            yield from filter(None, [unshowable(name, lines=False)])
            yield from _unshowable(value)
    elif isinstance(content, list):
        for value in content:
            yield from _unshowable(value)

"""Arrays kept in one file: whole or not there, and only read back by whom they were kept for."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from timeline.errors import StoreError
from timeline.keeping.files import write_aside

_KEY, _SUM = "key", "checksum"


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]], key: str) -> None:
    """Keep arrays.

    Parameters
    ----------
    path
        The file.
    arrays
        By name.
    key
        What they belong to.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    room = io.BytesIO()
    np.savez(room, **dict(arrays), **{_KEY: np.array(key), _SUM: np.array(_sum(arrays))})  # type: ignore[arg-type]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_aside(path, room.getvalue())


def read_arrays(path: Path, key: str) -> dict[str, npt.NDArray[Any]] | None:
    """Return what was kept; None if there is no file, or it belongs to something else.

    Raises
    ------
    StoreError
        If the file is damaged.
    """
    if not path.is_file():
        return None
    try:
        # Of a damaged file NumPy would leave the handle open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        own, checksum = str(arrays.pop(_KEY)), str(arrays.pop(_SUM))
    except Exception:
        raise StoreError(f"{path}: was cut off or altered, expected what was kept there; delete it") from None
    if own != key:
        return None
    if checksum != _sum(arrays):
        raise StoreError(f"{path}: was altered: its checksum is not that of its content; delete it")
    return arrays


def _sum(arrays: Mapping[str, npt.NDArray[Any]]) -> str:
    found = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        found.update(f"{name} {array.dtype.str} {array.shape}\n".encode() + array.tobytes())
    return found.hexdigest()

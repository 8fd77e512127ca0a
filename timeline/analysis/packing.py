"""Packing: named tables of whole numbers as few bytes, the same bytes for the same numbers everywhere.

Curves on a grid of days are counts that rise slowly, and many are 0, so neighbours are subtracted, runs of 0
counted, and each number takes as many bytes as it needs (LEB128, zigzag for the sign). No compressor is used: its bytes
depend on its version. A checksum (BLAKE2b, RFC 7693) ends the bytes, and whoever reads them trusts nothing before it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from timeline.arrays import Places
from timeline.errors import StoreError

_CHECK = 16
_MOST = 2**28  # numbers; runs of 0 take no room, so few bytes could ask for any memory
Packed = npt.NDArray[np.uint8]
Tokens = npt.NDArray[np.uint64]


def pack(magic: bytes, tables: Mapping[str, Places]) -> bytes:
    """Write tables of whole numbers of 64 bits.

    Parameters
    ----------
    magic
        What the bytes begin with: what they are, and in which version.
    tables
        Any shapes.

    Examples
    --------
    >>> data = pack(b"test 1", {"days": np.array([[7, 8], [9, 10]])})
    >>> len(data), unpack(b"test 1", data)["days"].tolist()
    (36, [[7, 8], [9, 10]])
    """
    head = [np.array([len(tables)])]
    for name, table in sorted(tables.items()):
        word = np.frombuffer(name.encode(), dtype=np.uint8).astype(np.int64)
        head += [np.array([len(word)]), word, np.array([table.ndim, *table.shape])]
    rows = [np.diff(table.ravel(), prepend=0) for _, table in sorted(tables.items())]
    opening = np.concatenate(head).astype(np.uint64)
    body = _runs(_zigzag(np.concatenate([np.zeros(0, dtype=np.int64), *rows])))
    numbers = np.concatenate([np.array([len(opening)], dtype=np.uint64), opening, body])
    data = magic + _shorten(numbers)
    return data + blake2b(data, digest_size=_CHECK).digest()


def unpack(magic: bytes, data: bytes, what: str = "tables") -> dict[str, Places]:
    """Read what `pack` wrote.

    Raises
    ------
    StoreError
        If the bytes begin otherwise, or are not all that was written.
    """
    kept, check = data[:-_CHECK], data[-_CHECK:]
    if not data.startswith(magic):
        raise StoreError(
            f"{what}: the bytes begin with {bytes(data[: len(magic)])!r}, expected {magic!r}; they are of another "
            "kind or version, make them anew"
        )
    if blake2b(kept, digest_size=_CHECK).digest() != check:
        raise StoreError(
            f"{what}: the checksum of {len(data):,} bytes does not hold, expected them as they were written; "
            "they are cut off or damaged, make them anew"
        )
    try:
        return _tables(_lengthen(np.frombuffer(kept, dtype=np.uint8)[len(magic) :]))
    except (IndexError, ValueError, OverflowError):
        # A checksum can be made by anyone.
        raise StoreError(f"{what}: the bytes are no tables, expected what this program wrote; make them anew") from None


def _tables(numbers: Tokens) -> dict[str, Places]:
    opening = int(numbers[0])
    shapes = _shapes(numbers[1 : 1 + opening].astype(np.int64).tolist())
    sizes = {name: math.prod(shape) for name, shape in shapes.items()}
    body, total = numbers[1 + opening :], sum(sizes.values())
    times = _times(body)
    if total > _MOST or min(sizes.values(), default=0) < 0 or sum(times.tolist()) != total:
        raise ValueError("other numbers than their shapes say")
    flat = _unzigzag(np.repeat(body, times))
    tables, at = {}, 0
    for name, shape in shapes.items():
        tables[name] = np.cumsum(flat[at : at + sizes[name]]).reshape(shape)
        at += sizes[name]
    return tables


def _shapes(head: list[int]) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    at = 1
    for _ in range(head[0]):
        until = at + 1 + head[at]
        name = bytes(head[at + 1 : until]).decode()
        at = until + 1 + head[until]
        shapes[name] = tuple(head[until + 1 : at])
    return shapes


def _zigzag(numbers: Places) -> Tokens:
    return ((numbers << 1) ^ (numbers >> 63)).view(np.uint64)


def _unzigzag(tokens: Tokens) -> Places:
    signed = tokens.view(np.int64)
    return (tokens >> np.uint64(1)).view(np.int64) ^ -(signed & 1)


def _runs(tokens: Tokens) -> Tokens:
    """Write each run of 0 as a 0 and its length."""
    empty = np.concatenate([[False], tokens == 0, [False]])
    begins, ends = np.flatnonzero(empty[1:] & ~empty[:-1]), np.flatnonzero(empty[:-1] & ~empty[1:])
    kept = tokens[~empty[1:-1]]
    before = begins - np.concatenate([[0], np.cumsum(ends - begins)[:-1]]) if len(begins) else begins
    pairs = np.stack([np.zeros_like(begins), ends - begins], axis=1).ravel().astype(np.uint64)
    return np.insert(kept, np.repeat(before, 2), pairs)


def _times(tokens: Tokens) -> Places:
    """How often each token stands for its number: a 0 as often as the length behind it says, the length never."""
    marks = np.flatnonzero(tokens == 0)
    times = np.ones(len(tokens), dtype=np.int64)
    times[marks] = tokens[marks + 1].astype(np.int64)
    times[marks + 1] = 0
    return times


def _shorten(numbers: Tokens) -> bytes:
    """Write each number in groups of 7 bits, the lowest first; the last one has no eighth bit."""
    groups = np.ones(len(numbers), dtype=np.int64)
    for bits in range(7, 64, 7):
        groups += numbers >= np.uint64(1 << bits)
    ends = np.cumsum(groups)
    data = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    for group in range(int(groups.max(initial=0))):
        own = groups > group
        more = groups[own] > group + 1
        part = (numbers[own] >> np.uint64(7 * group)) & np.uint64(127)
        data[(ends - groups)[own] + group] = part.astype(np.uint8) | (more.astype(np.uint8) << 7)
    return data.tobytes()


def _lengthen(data: Packed) -> Tokens:
    ends = np.flatnonzero(data < 128)
    begins = np.concatenate([[0], ends[:-1] + 1])
    groups = ends - begins + 1
    numbers = np.zeros(len(ends), dtype=np.uint64)
    for group in range(int(groups.max(initial=0))):
        own = groups > group
        part = data[begins[own] + group].astype(np.uint64) & np.uint64(127)
        numbers[own] |= part << np.uint64(7 * group)
    return numbers

"""The keyed streams: every random number is a pure function of what it is for.

A uniform depends on (seed, name of the clock or mechanism, replication, firing number,
redraw number, slot) and on nothing else: no generator object, no order of calls, no
global state. So two cadences meet the same luck, a new clock shifts nobody else's
draws, and replication 17 can be played alone.

The generator is Philox 4x32 with ten rounds (Salmon, Moraes, Dror & Shaw 2011,
"Parallel random numbers: as easy as 1, 2, 3", SC'11), a counter-based generator: a
bijection of the counter, chosen by the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

_MASK = 0xFFFFFFFF
_M0, _M1 = 0xD2511F53, 0xCD9E8D57
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_ROUNDS = 10

#: The counter's last word for a lifetime; effects use 1, 2, ... (two uniforms a block).
LIFETIME = 0

Schedule = tuple[tuple[int, int], ...]


def key_schedule(key: tuple[int, int]) -> Schedule:
    """Return the ten round keys of a two-word Philox key."""
    return tuple(((key[0] + r * _W0) & _MASK, (key[1] + r * _W1) & _MASK) for r in range(_ROUNDS))


def philox(schedule: Schedule, c0: int, c1: int, c2: int, c3: int) -> tuple[int, int, int, int]:
    """Return the four 32-bit words of Philox 4x32-10 at a counter.

    Examples
    --------
    >>> [hex(word) for word in philox(key_schedule((0, 0)), 0, 0, 0, 0)]
    ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    for k0, k1 in schedule:
        low, high = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (high >> 32) ^ c1 ^ k0, high & _MASK, (low >> 32) ^ c3 ^ k1, low & _MASK
    return c0, c1, c2, c3


def stream_key(seed: int, kind: str, name: str) -> tuple[int, int]:
    """Return the Philox key of one stream: 64 bits of BLAKE2b over seed, kind and name.

    Parameters
    ----------
    seed
        The experiment's seed, a whole number from 0 on.
    kind
        ``"clock"``, ``"start"`` or ``"inject"``: a mechanism and a clock may share a name.
    name
        The clock's or mechanism's own name, e.g. ``"succession[a]"``.
    """
    digest = blake2b(f"{seed}/{kind}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def unit_interval(high: int, low: int) -> float:
    """Turn two 32-bit words into a number strictly inside (0, 1): 52 bits and a half.

    Examples
    --------
    >>> unit_interval(0, 0) == 2.0**-53
    True
    >>> unit_interval(0xFFFFFFFF, 0xFFFFFFFF) == 1 - 2.0**-53
    True
    """
    return ((high << 20 | low >> 12) + 0.5) * 2.0**-52


class Uniforms(Sequence[float]):
    """The independent uniforms that belong to one firing: what ``u`` is in a model's code.

    Parameters
    ----------
    schedule
        The stream's round keys.
    replication
        The replication's number.
    count
        How many uniforms the clock declared; reading past them is an ``IndexError``.
    """

    __slots__ = ("_blocks", "_count", "_firing", "_replication", "_schedule")

    def __init__(self, schedule: Schedule, replication: int, count: int, firing: int = 0) -> None:
        self._schedule = schedule
        self._replication = replication
        self._count = count
        self._firing = firing
        self._blocks: dict[int, tuple[int, int, int, int]] = {}

    def at(self, firing: int) -> Uniforms:
        """Move on to the uniforms of another firing; returns itself."""
        self._firing = firing
        self._blocks.clear()
        return self

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, slot: int) -> float:  # type: ignore[override]
        if not 0 <= slot < self._count:
            raise IndexError(f"uniform {slot} read, but {self._count} declared")
        block = slot >> 1
        words = self._blocks.get(block)
        if words is None:
            words = philox(self._schedule, self._replication, self._firing, 0, 1 + block)
            self._blocks[block] = words
        return unit_interval(words[2], words[3]) if slot & 1 else unit_interval(words[0], words[1])


def lifetime_uniform(schedule: Schedule, replication: int, firing: int, redraw: int) -> float:
    """Return the uniform that decides a clock's lifetime."""
    words = philox(schedule, replication, firing, redraw, LIFETIME)
    return unit_interval(words[0], words[1])

"""Kept: the values of every measure of a run's arms, until all scenarios are through.

Rows come scenario by scenario, and a difference between two scenarios is taken replication by replication. So what
each measure reads of each timeline is kept, a bit where it is a share and a number where it is not, in memory as long
as that is little and in a temporary file beyond. A run of 200,000 replications of 42 arms keeps about 1 GB.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from timeline.analysis.pieces import ArmNames
from timeline.analysis.samples import Sample
from timeline.arrays import Flags, Floats
from timeline.study.yardsticks import Yardstick

_IN_MEMORY = 2**26  # bytes; more are written to a temporary file


class SharedSamples(NamedTuple):
    """What a measure reads of some replications of k arms; replications that some arm lacks are left out.

    Attributes
    ----------
    values
        Shape (k, w); 0 where a replication does not count.
    among
        Shape (k, w): whether it counts.
    """

    values: Floats
    among: Flags


class _Stored(NamedTuple):
    """Where numbers lie in the file, and whether they are bits."""

    at: int
    size: int
    bits: bool


@dataclass
class _Piece:
    """Some replications of one arm: from which number to which, and which of them there are (None if all)."""

    first: int
    end: int
    count: int
    there: _Stored | None
    values: dict[str, tuple[_Stored, _Stored | None]] = field(default_factory=dict)


class KeptSamples:
    """Keeps what measures read of each timeline of several arms.

    Parameters
    ----------
    only
        Keys of the measures that are kept; all if left out.

    Examples
    --------
    >>> signed = Yardstick("signed", "Signed", "all replications", "share", "higher", "share", "signed")
    >>> kept = KeptSamples()
    >>> for name, values in {"calm": [1.0, 0.0, 1.0], "tense": [0.0, 0.0, 1.0]}.items():
    ...     kept.add((name, "silence"), np.array([0, 1, 4]), {signed: Sample(np.array(values), np.ones(3, bool))})
    >>> kept.end, kept.read(signed, [("calm", "silence"), ("tense", "silence")], 1, 5).values.tolist()
    (5, [[0.0, 1.0], [0.0, 1.0]])
    """

    def __init__(self, only: Collection[str] | None = None) -> None:
        self._only = only
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._pieces: dict[ArmNames, list[_Piece]] = {}
        self._last: tuple[tuple[object, ...], SharedSamples] | None = None
        self.end = 0

    def add(self, arm: ArmNames, replication: npt.NDArray[np.int64], samples: Mapping[Yardstick, Sample]) -> None:
        """Keep the next replications of an arm.

        Parameters
        ----------
        arm
            Its scenario and cadence.
        replication
            Their numbers, rising, shape (n,).
        samples
            What each measure reads of them.
        """
        if not len(replication):
            return
        first, end = int(replication[0]), int(replication[-1]) + 1
        there = None
        if end - first > len(replication):
            mask = np.zeros(end - first, dtype=np.bool_)
            mask[replication - first] = True
            there = self._store(mask)
        piece = _Piece(first, end, len(replication), there)
        wanted = [measure for measure in samples if self._only is None or measure.key in self._only]
        for measure in wanted:
            values, among = samples[measure]
            shares = measure.statistic == "share"
            counts = None if among.all() else self._store(among)
            piece.values[measure.key] = (self._store(values > 0 if shares else values), counts)
        self._pieces.setdefault(arm, []).append(piece)
        self.end, self._last = max(self.end, end), None

    def arms(self, measure: Yardstick) -> list[ArmNames]:
        """Return the arms of which a measure is kept, in order."""
        return [arm for arm, pieces in self._pieces.items() if measure.key in pieces[0].values]

    def read(self, measure: Yardstick, arms: Sequence[ArmNames], first: int, end: int) -> SharedSamples:
        """Return what a measure reads of the replications from one number up to another that all arms have.

        What was read last is at hand: estimates come first, then the errors, of scenarios and of advantages alike.
        """
        asked = (measure.key, tuple(arms), first, end)
        if self._last is None or self._last[0] != asked:
            self._last = asked, self._read(measure.key, arms, first, end)
        return self._last[1]

    def _read(self, key: str, arms: Sequence[ArmNames], first: int, end: int) -> SharedSamples:
        shape = (len(arms), end - first)
        values, among, there = np.zeros(shape), np.zeros(shape, dtype=np.bool_), np.ones(shape[1], dtype=np.bool_)
        for at, arm in enumerate(arms):
            own = np.zeros(shape[1], dtype=np.bool_)
            for piece in self._pieces[arm]:
                if piece.first < end and piece.end > first:
                    self._fill(piece, key, first, (values[at], among[at], own))
            there &= own
        return SharedSamples(values, among) if there.all() else SharedSamples(values[:, there], among[:, there])

    def _fill(self, piece: _Piece, key: str, first: int, out: tuple[Floats, Flags, Flags]) -> None:
        """Put a piece's replications where they belong among those from a first one on."""
        stored, counts = piece.values[key]
        begin = piece.first - first
        if piece.there is None and counts is None and begin >= 0 and begin + piece.count <= len(out[2]):
            whole = slice(begin, begin + piece.count)  # most pieces are
            out[0][whole], out[1][whole], out[2][whole] = self._load(stored, piece.count), True, True
            return
        numbers = np.arange(piece.first, piece.end) - first
        if piece.there is not None:
            numbers = numbers[self._load(piece.there, piece.end - piece.first) > 0]
        inside = (numbers >= 0) & (numbers < len(out[2]))
        numbers = numbers[inside]
        members = np.ones(len(numbers)) if counts is None else self._load(counts, piece.count)[inside]
        values, among, there = out
        values[numbers], among[numbers], there[numbers] = self._load(stored, piece.count)[inside], members > 0, True

    def _store(self, numbers: Floats | Flags) -> _Stored:
        bits = numbers.dtype == np.bool_
        data = np.packbits(numbers > 0).tobytes() if bits else np.ascontiguousarray(numbers, np.float64).tobytes()
        at = self._file.seek(0, 2)
        self._file.write(data)
        return _Stored(at, len(data), bits)

    def _load(self, stored: _Stored, count: int) -> Floats:
        self._file.seek(stored.at)
        data = self._file.read(stored.size)
        if stored.bits:
            return np.unpackbits(np.frombuffer(data, dtype=np.uint8), count=count).astype(np.float64)
        return np.frombuffer(data, dtype=np.float64)

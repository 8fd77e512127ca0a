"""Results in memory: what a run's folder is, without a folder."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from timeline.errors import StoreError
from timeline.keeping.part_files import failed_in
from timeline.keeping.store import Damage, Store
from timeline.model.values import as_json
from timeline.study.keys import Determinants


class Memory(Store):
    """Results that end with the process.

    They are read and added to as those of a run's folder are, see `timeline.keeping.store.Store`; nothing is
    written. `folder` only says where something that must be a file for a while may lie.
    """

    def __init__(self, determinants: Determinants) -> None:
        content = {"run": determinants.run, "determinants": determinants.content(), "arms": {}}
        super().__init__(Path(tempfile.gettempdir()), content, lock=-1)
        self._frames: dict[tuple[str, int], list[pl.DataFrame]] = {}
        self._kept: dict[str, Any] = {}

    def save(self) -> None:
        """Do nothing: there is no manifest to write."""

    def extend(self, arm: str, rows: pl.DataFrame, engine: str, processors: Iterable[str] = ()) -> None:
        """Add rows to one part of an arm; see `Store.extend`."""
        if rows.is_empty():
            return
        first, part = self._followed(arm, rows)
        before = self._frames.get((arm, first), []) if part else []
        self._keep(arm, first, [*before, rows], engine, processors)

    def add(self, arm: str, first: int, rows: int, data: bytes, engine: str, processors: Iterable[str] = ()) -> None:
        """Keep a part in place of a shorter one; see `Store.add`."""
        self._keep(arm, first, [pl.read_parquet(io.BytesIO(data))], engine, processors)

    def _keep(self, arm: str, first: int, frames: list[pl.DataFrame], engine: str, processors: Iterable[str]) -> None:
        old: dict[str, Any] = next((part for part in self.parts(arm) if part["first"] == first), {})
        engines = {engine, *old.get("engine", engine).split(" and ")}
        part = {
            "arm": arm,
            "first": first,
            "rows": sum(frame.height for frame in frames),
            "bytes": sum(int(frame.estimated_size()) for frame in frames),
            "engine": " and ".join(sorted(engines)),
        }
        others = {*processors, *old.get("processors", ())}
        part |= {"processors": sorted(others)} if others else {}
        failed = [replication for frame in frames for replication in failed_in(frame)]
        part |= {"failed": failed} if failed else {}
        self._frames[arm, first] = frames
        kept = [known for known in self.parts(arm) if known is not old]
        self._enter(arm, sorted([*kept, part], key=lambda known: int(known["first"])))

    def _read(self, part: Mapping[str, Any], columns: Sequence[str] | None = None) -> pl.DataFrame:
        rows = pl.concat(self._frames[part["arm"], part["first"]])
        return rows if columns is None else rows.select(columns)

    def damages(self, arms: Iterable[str]) -> list[Damage]:
        """Return none: nothing can be altered behind the program's back."""
        return []

    def write_events(self, arm: str, events: pl.DataFrame, replications: int) -> None:
        """Keep the events of an arm's first timelines."""
        self._kept[f"events/{arm}"] = events
        self.arms[arm]["events"] = {"replications": replications}

    def has_events(self, arm: str, replications: int) -> bool:
        """Say whether the events of at least so many timelines of an arm are kept."""
        known = self.arms.get(arm, {}).get("events")
        return known is not None and known["replications"] >= replications

    def write_json(self, name: str, content: Mapping[str, object]) -> None:
        """Keep what a folder would hold as a file."""
        self._kept[name] = as_json(content)

    def read_json(self, name: str) -> Any:
        """Return what `write_json` has kept."""
        if name not in self._kept:
            raise StoreError(f"{name}: is missing, expected a part of the results; run the study first")
        return self._kept[name]

    def holds(self, name: str) -> bool:
        """Say whether `write_json` has kept something under a name."""
        return name in self._kept

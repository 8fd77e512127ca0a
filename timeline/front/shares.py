"""A run in shares: separate jobs play one each, and they are joined."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timeline.front.crew import Crew
from timeline.front.progress import Listener
from timeline.front.running import repair_damages
from timeline.front.study import Study, cores
from timeline.keeping.shares import Share, read_share, shares_of
from timeline.study.keys import arm_keys, determinants
from timeline.study.resolved import Resolved

if TYPE_CHECKING:
    from timeline.keeping.shards import Merged as Merged
    from timeline.playing.run import Tally

__all__ = ["PlayedShare", "Share", "merge", "play_share", "read_share", "say_shares"]


@dataclass(frozen=True)
class PlayedShare:
    """A share of a run that has been played.

    Attributes
    ----------
    study, share
        Which share of what.
    place
        Its folder, or its address in an object store.
    tally
        How much was played for it, and how much was there before.
    """

    study: Study
    share: Share
    place: str
    tally: Tally

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        numbers = {"simulated": self.tally.simulated, "reused": self.tally.reused}
        return {"config": self.study.experiment.name, "part": str(self.share), "folder": self.place, **numbers}


def play_share(
    study: Study,
    share: Share | str,
    place: str | os.PathLike[str] | None = None,
    *,
    engine: str = "compiled",
    workers: int | None = None,
    cluster: str | None = None,
    listener: Listener | None = None,
    command: str = "",
    remembered: str | None = None,
    repair: bool = False,
) -> PlayedShare:
    """Play one of several shares of a study into a folder of its own, for `merge` to join.

    Parameters
    ----------
    study
        What is asked; the same for all shares. It is played to its replications, whatever its precision.
    share
        Which, such as ``"3/100"``.
    place
        The folder of results, the workspace's if left out; or an address such as ``"s3://bucket/prefix"``.
    engine, workers, cluster, listener, command, remembered, repair
        As for `timeline.front.study.Study.run`.

    Raises
    ------
    ConfigError
        If there is no such share.
    StoreError
        If the folder is damaged, of another share, in use, or cannot be written.
    """
    from timeline.keeping.shards import open_shard
    from timeline.playing.run import run as play

    told, part = listener or Listener(), read_share(share) if isinstance(share, str) else share
    asked = study.experiment
    keys = list(dict.fromkeys(arm_keys(asked).values()))
    ranges = shares_of(keys, asked.replications, part.of)[part.part - 1]
    folder = str(asked.workspace.results if place is None else place)
    with (
        Crew(workers or cores(), None, cluster, told.said) as crew,
        open_shard(folder, asked.name, determinants(asked), part, keys, asked.replications) as shard,
    ):
        store = shard.store
        if repair:
            repair_damages(store, set(ranges), told.said)
        store.require_intact(ranges)
        store.resolved = Resolved.of(asked, command if remembered is None else remembered)
        tally = play(
            asked,
            store,
            engine=engine,
            command=command,
            progress=told.moved,
            announce=told.estimated,
            say=told.said,
            share=ranges,
            saved=shard.saved,
            **crew.options(any(store.missing(key, asked.replications, ranges[key]) for key in ranges)),
        )
    return PlayedShare(study, part, shard.place, tally)


def merge(places: Sequence[str], folder: str | os.PathLike[str] | None = None) -> Merged:
    """Join shares into the folder of their run.

    Parameters
    ----------
    places
        Folders or addresses; one that holds several shares stands for all of them.
    folder
        The folder of results; where the first share lies if left out.

    Raises
    ------
    PathError, StoreError
        If a place holds no share, a part is damaged, or the shares are of different runs.
    """
    from timeline.keeping import shards

    with shards.local_shards(places) as folders:
        return shards.merge(folders, None if folder is None else Path(folder))


def say_shares(missing: Sequence[Share]) -> str:
    """Say which shares, the first of many by name."""
    from timeline.keeping.shards import say_shares

    return say_shares(missing)

"""A run in shares: separate jobs play one each, and they are joined."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timeline.front.running import Way, columns_of_model, make_sound
from timeline.keeping import shards
from timeline.keeping.shards import Merged
from timeline.keeping.shards import say_shares as say_shares
from timeline.keeping.shares import Share, read_share, shares_of
from timeline.playing.run import Tally, run
from timeline.study.keys import arm_keys, determinants
from timeline.study.resolved import Resolved

if TYPE_CHECKING:
    from timeline.front.study import Study


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


def share_of(part: str | None, place: str | None) -> Share | None:
    """Return the share that a text such as ``"3/100"`` names; all of a run, as one, if it goes to an object store.

    Raises
    ------
    ConfigError
        If the text names no share.
    """
    if part is not None:
        return read_share(part)
    return Share(1, 1) if place is not None and place.startswith("s3://") else None


def play_share(
    study: Study, share: Share | str, place: str | os.PathLike[str] | None = None, way: Way | None = None
) -> PlayedShare:
    """Play one of several shares of a study into a folder of its own, for `merge` to join.

    Parameters
    ----------
    study
        What is asked; the same for all shares. It is played to its replications, whatever its precision.
    share
        Which, such as ``"3/100"``.
    place
        The folder of all results, the workspace's if left out; or an address such as ``"s3://bucket/prefix"``.
    way
        How it is played.

    Raises
    ------
    ConfigError
        If there is no such share.
    StoreError
        If the folder is damaged, of another share, in use, or cannot be written.
    """
    way, asked = way or Way(), study.experiment
    part = read_share(share) if isinstance(share, str) else share
    keys = list(dict.fromkeys(arm_keys(asked).values()))
    ranges = shares_of(keys, asked.replications, part.of)[part.part - 1]
    folder = str(asked.workspace.results if place is None else place)
    opened = shards.open_shard(folder, asked.kept_as, determinants(asked), part, keys, asked.replications)
    with opened as shard, way.ready() as (told, crew):
        if asked.precision is not None:
            told.said(
                f"Warning: a share plays {asked.replications:,} replications an arm, whatever [precision] says; "
                "give more by --replications, the same for all shares"
            )
        store = shard.store
        store.columns = columns_of_model(asked)
        make_sound(store, ranges, way, told)
        store.resolved = Resolved.of(asked, way.made_by)
        tally = run(
            asked,
            store,
            engine=way.engine,
            command=way.command,
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
        Folders of shares, folders that hold several, or addresses such as ``"s3://bucket/prefix"``.
    folder
        The folder of all results; where the first share lies if left out.

    Returns
    -------
    Merged
        The run's folder, how many parts were joined, and which shares are missing.

    Raises
    ------
    PathError, StoreError
        If a place holds no share, a part is damaged, or the shares are of different runs.
    """
    with shards.local_shards(tuple(places)) as folders:
        return shards.merge(folders, None if folder is None else Path(folder))

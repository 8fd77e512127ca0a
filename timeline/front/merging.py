"""Joining the shares of a run that separate jobs have played."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from timeline.keeping.shards import Merged, local_shards
from timeline.keeping.shards import merge as join
from timeline.keeping.shards import say_shares as say_shares
from timeline.keeping.shares import Share, read_share


def merge(places: Sequence[str], folder: Path | None = None) -> Merged:
    """Join shares into the run's folder.

    Parameters
    ----------
    places
        Folders of shares, folders that hold several, or addresses such as ``"s3://bucket/prefix"``.
    folder
        Of all results; that of the first share if left out.

    Returns
    -------
    Merged
        The run's folder, how many parts were joined, and which shares are missing.

    Raises
    ------
    StoreError
        If a part is damaged, or two shares are of different runs.
    PathError
        If a place holds no share.
    """
    with local_shards(tuple(places)) as folders:
        return join(folders, folder)


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

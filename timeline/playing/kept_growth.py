"""What growing has come to, kept beside a run's rows, so that a run with nothing to play need not look at them again.

A look reads the rows of all arms and draws critical values. It comes to the same while program, config and rows are the
same. What is kept can be forged, so it is heeded only where the model is at hand and the folder one's own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

from timeline.errors import StoreError
from timeline.keeping.program import running_program
from timeline.keeping.store import RESOLVED
from timeline.study.keys import digest
from timeline.study.resolved import Reached

if TYPE_CHECKING:
    from timeline.keeping.store import Store

GROWN = "grown.json"


class KeptGrowth(NamedTuple):
    """What was said after each look, and what was reached."""

    said: tuple[str, ...]
    reached: Reached


def asked_of_growth(store: Store) -> str:
    """Return a hash of who grows what, before anything is played; empty if the program may be another than it says.

    Parameters
    ----------
    store
        The run's folder, open, with ``resolved.json`` as the config gives it.
    """
    program = running_program()
    content = {name: value for name, value in store.read_json(RESOLVED).items() if name != "command"}
    return program and digest(json.dumps([program, content], sort_keys=True).encode())


def kept_growth(store: Store, asked: str) -> KeptGrowth | None:
    """Return what growing came to from the rows that there are; None if that has to be found out."""
    if not asked or not store.holds(GROWN):
        return None
    from pydantic import TypeAdapter, ValidationError

    try:
        kept = store.read_json(GROWN)
        if kept.get("decided") != _decided(store, asked):
            return None
        return TypeAdapter(KeptGrowth).validate_python((kept.get("said"), kept.get("reached")))
    except (StoreError, ValidationError):
        return None


def keep_growth(store: Store, asked: str, said: Sequence[str], reached: Reached) -> None:
    """Keep what growing came to."""
    if asked:
        content = {"decided": _decided(store, asked), "said": list(said), "reached": asdict(reached)}
        store.write_json(GROWN, content)


def _decided(store: Store, asked: str) -> str:
    """Return a hash of all that decides what growing comes to: the manifest names each part by its checksum."""
    names = ("first", "rows", "sha256", "failed")
    arms = sorted({*store.resolved.keys.values()} & store.arms.keys())
    parts = {arm: [[part.get(name) for name in names] for part in store.parts(arm)] for arm in arms}
    return digest(json.dumps([asked, parts], sort_keys=True).encode())

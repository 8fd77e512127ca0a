"""No setting lies idle: every assumption, turned end to end, moves what becomes of some crisis.

An assumption that moves nothing is a promise to the analyst that is not kept. Each is turned between the ends of its
plausible range in one setting after the other, until it tells in an outcome. How much it tells is another question:
many are weak, and move no outcome by five standard errors in thousands of pairs (`most_moved`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from timeline.arrays import Floats
from timeline.engines import compiled
from timeline.engines.world import World
from timeline.model.declarations import Model
from timeline.model.paths import column
from timeline.model.values import read_value
from timeline.validation.claims import given_values
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
#: A pact knows no talks, no movement and no aid, so that what belongs to them has no place there.
SHIPPED = ("backchannel", "track_two")
YEAR = 365.25

Given = Mapping[str, Any]

FIRST, SECOND = "cadence.rules[0].", "cadence.rules[1]."
MONTHLY = {FIRST + "every": "1 month", FIRST + "content": "agreed"}
RESULTS = {SECOND + "every": "2 months", SECOND + "content": "carried out"}
#: What has to be so for some assumptions to matter at all, from the plainest on.
SETTINGS: tuple[Given, ...] = (
    {},
    MONTHLY
    | RESULTS
    | {"cadence.announced": True, "cadence.claim": 2.0, "cadence.probe": True, "cadence.feedback": "1 month"},
    {"leaks.per_insider": 0.02, "leaks.discovery": 1.0},
    MONTHLY | RESULTS | {"cadence.voice": "unilateral", FIRST + "content": "framework only"},
    MONTHLY | {"cadence.voice": "notified", "cadence.audience": "partners"},
    {"a.regime": "autocracy", "b.regime": "democracy", "breach.fit": 0.4, "a.power": 0.8, "b.power": 0.2},
    MONTHLY | {"cadence.audience": "parliament"},
    MONTHLY | {"cadence.audience": "oversight committee", "leaks.per_insider": 0.05},
)


def outcomes(world: World, count: int) -> Floats:
    """Return the outcomes of so many timelines, shape (outcomes, n): milestones, endings by kind and by cause."""
    state = compiled.play(world, 0, count)["state"]

    def of(path: str) -> Floats:
        return column(state, path).astype(np.float64)

    ends, causes = of("outcome"), of("cause")
    reached = [np.isfinite(of(day)) for day in ("accord_day", "signed_day", "ratified_day", "half_verified_day")]
    kinds = [ends == kind for kind in range(7)] + [causes == cause for cause in range(1, 11)]
    return np.array([*reached, *kinds, of("hostility"), of("leaks"), of("verified"), of("day")], np.float64)


def most_moved(model: Model, path: str, setting: Given, count: int) -> float:
    """Return by how many standard errors the most moved outcome differs between an assumption's ends."""
    leaf = model.assumptions[path]
    paths = [f"{side}{path[5:]}" for side in ("a", "b")] if path.startswith("sides.") else [path]
    case = {"a.regime": "democracy", "b.regime": "movement"}
    base = given_values(model, case | dict(setting))
    ends = []
    for end in leaf.plausible or ():
        given = base | dict.fromkeys(paths, read_value(leaf, end))
        ends.append(outcomes(World(model, given, seed=3, horizon=15 * YEAR), count))
    apart = ends[1] - ends[0]
    se = apart.std(axis=1) / np.sqrt(count)
    return float(np.max(np.abs(apart.mean(axis=1)) / np.where(se > 0, se, np.inf)))


def moves(model: Model, path: str) -> bool:
    return any(most_moved(model, path, setting, count) > 0 for count in (300, 3_000) for setting in SETTINGS)


def inert(model: Model) -> list[str]:
    """Return the assumptions that move nothing."""
    return [path for path, leaf in model.assumptions.items() if leaf.plausible is not None and not moves(model, path)]


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_every_assumption_moves_what_becomes_of_some_crisis(name: str) -> None:
    assert inert(Workspace(ROOT).load(name)) == []

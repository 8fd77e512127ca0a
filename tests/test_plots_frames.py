"""Hand-made frames for the tests of the figures and of the report, small enough to check by eye.

Every curve is a straight line to a stated share, so that the numbers in a caption are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import polars as pl

from timeline.analysis.tables import SCHEMAS
from timeline.pages.stories import Told
from timeline.study.window import Window

YEAR = 365.25
HORIZON = 15 * YEAR
FOLLOW_UP = 10 * YEAR
MEASURES = (
    ("in_force_end", "In force at the end (15 years)", "all replications", "share", "higher"),
    (
        "in_force_verified_end",
        "In force with at least half verified at the end (15 years)",
        "all replications",
        "share",
        "higher",
    ),
    (
        "rmst_in_force_1826",
        "Mean days in force within the first 5 years of talks",
        "all replications",
        "days",
        "higher",
    ),
    (
        "rmst_in_force_3652",
        "Mean days in force within the first 10 years of talks",
        "all replications",
        "days",
        "higher",
    ),
    (
        "survival_since_signature_1826",
        "Still kept 5 years since signature",
        "among those that sign",
        "share",
        "higher",
    ),
    ("signed", "Signed before the horizon", "all replications", "share", "higher"),
    ("hostility", "Mean hostility at the end of the timeline", "all replications", "index", "lower"),
)
STATES = ("talks", "accord", "signed", "implementation", "abandoned", "collapsed", "consolidated")
CAUSES = ("exposure", "repudiation", "breach", "spoilers")
TWELVE: dict[str, float] = {
    "silence": 0.33,
    "secret-annex": 0.34,
    "full-transparency": 0.21,
    "monthly": 0.38,
    "quarterly": 0.39,
    "yearly": 0.37,
    "quarterly-from-accord": 0.41,
    "milestones-only": 0.40,
    "after-action": 0.36,
    "adaptive-to-rumour": 0.35,
    "get-ahead": 0.34,
    "joint-balanced-bundles": 0.40,
}


@dataclass(frozen=True)
class World:
    """What a hand-made analysis is made from: shares in force at the horizon, per cadence."""

    shares: Mapping[str, float]
    baseline: str = "silence"
    scenarios: Sequence[str] = ("as assumed",)
    half: float = 0.01
    """Half-width of every interval, a share."""
    signed: Mapping[str, float] = field(default_factory=dict)
    tied: Sequence[str] = ()
    best: str | None = None
    identical: bool = False
    hardship: float = 0.05
    """Points lost in every further scenario."""


def analysis(world: World) -> Any:
    """Make an object with the frames of an analysis.

    In-force curves rise in a straight line to the stated share; half of that is half verified;
    survival since signature falls in a straight line from one to the share plus a fifth.
    """
    days = [HORIZON * i / 15 for i in range(16)]
    after = [FOLLOW_UP * i / 10 for i in range(11)]
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
    best = world.best or max(world.shares, key=lambda c: world.shares[c])
    half, se = world.half, world.half / 1.96
    for index, scenario in enumerate(world.scenarios):
        for cadence, stated in world.shares.items():
            share = max(stated - index * world.hardship, 0.0)
            signs = world.signed.get(cadence, min(share + 0.25, 1.0))
            base = max(world.shares[world.baseline] - index * world.hardship, 0.0)
            arm = (scenario, cadence)
            for table, factor in (("in_force", 1.0), ("in_force_verified", 0.5)):
                for d in days:
                    e = share * factor * d / HORIZON
                    rows[table].append((*arm, d, e, se, max(e - half, 0.0), e + half))
            for d in after:
                e = 1 - (0.8 - share) * d / FOLLOW_UP
                risk = round(1000 * signs * e)
                if signs > 0:
                    rows["since_signature"].append((*arm, d, e, se, e - half, min(e + half, 1.0), risk))
                for who, end in (("cadence", share), ("baseline", base)):
                    e = 1 - (0.8 - end) * d / FOLLOW_UP
                    if signs > 0 and cadence != world.baseline:
                        rows["both_sign"].append((*arm, who, d, e, se, e - half, min(e + half, 1.0), risk))
            if cadence != world.baseline:
                both = round(900 * signs)
                rows["both_sign_counts"].append((*arm, both, 40, 25, 1000 - 65 - both, 7, 8))
            for d in days:
                t = d / HORIZON
                shares = (
                    0.9 * (1 - t) ** 2,
                    0.1 * (1 - t),
                    0.0,
                    share * t * (1 - t),
                    0.2 * t,
                    0.0,
                    share * t * t,
                )
                shares = (*shares[:5], 1 - sum(shares), shares[6])
                rows["occupancy"] += [(*arm, d, s, x) for s, x in zip(STATES, shares, strict=True)]
            for since, grid in (("start", days), ("signature", after)):
                for i, cause in enumerate(CAUSES):
                    for d in grid:
                        e = (1 - share) * (0.4, 0.3, 0.2, 0.1)[(i + len(cadence)) % 4] * d / grid[-1]
                        if since == "start" or signs > 0:
                            rows["causes"].append((*arm, since, d, cause, e, se, e - half, e + half))
            values = {
                "in_force_end": share,
                "in_force_verified_end": share / 2,
                "rmst_in_force_1826": share * 1000,
                "rmst_in_force_3652": share * 2500,
                "survival_since_signature_1826": 0.6 + share / 2,
                "signed": signs,
                "hostility": 0.6 - share / 2,
            }
            of_base = {
                "in_force_end": base,
                "in_force_verified_end": base / 2,
                "rmst_in_force_1826": base * 1000,
                "rmst_in_force_3652": base * 2500,
                "survival_since_signature_1826": 0.6 + base / 2,
                "signed": world.signed.get(world.baseline, min(base + 0.25, 1.0)),
                "hostility": 0.6 - base / 2,
            }
            for key, _, _, unit, _ in MEASURES:
                wide = half * 2500 if unit == "days" else half
                missing = key.startswith("survival") and signs == 0
                value = float("nan") if missing else values[key]
                note = "nobody signed" if missing else ""
                rows["estimates"].append((*arm, key, value, wide / 1.96, value - wide, value + wide, 1000, note))
                tied = True if cadence == best else cadence in world.tied
                rows["best"].append((scenario, key, cadence, tied, best, ""))
                if cadence != world.baseline:
                    gap = value - of_base[key]
                    told = None if missing else abs(gap) > 2 * wide
                    same = "the same on all 1000 replications" if world.identical else ""
                    rows["contrasts"].append(
                        (
                            *arm,
                            key,
                            gap,
                            0.0 if world.identical else wide,
                            gap - 2 * wide,
                            gap + 2 * wide,
                            1000,
                            2.9,
                            told,
                            note or same,
                        )
                    )
            for name, end in (
                ("trust", 0.2 + share),
                ("a.pressure", 0.7 - share),
                ("undisclosed", 0.9 - share),
            ):
                for d in days:
                    m = 0.3 + (end - 0.3) * d / HORIZON
                    rows["fans"].append((*arm, name, d, m - 0.1, m - 0.05, m, m + 0.05, m + 0.1, 1000, ""))
    frames = {
        name: pl.DataFrame(rows[name], schema=COLUMNS[name], orient="row") for name in COLUMNS if name != "measures"
    }
    measures = pl.DataFrame(list(MEASURES), schema=COLUMNS["measures"], orient="row")
    return SimpleNamespace(
        primary="in_force_end",
        window=Window(HORIZON, FOLLOW_UP, (5 * YEAR, 10 * YEAR)),
        baseline=world.baseline,
        scenarios=tuple(world.scenarios),
        described=tuple(world.scenarios),
        cadences=tuple(world.shares),
        measures=measures,
        across=pl.DataFrame(schema=SCHEMAS["across"]),
        advantages=pl.DataFrame(schema=SCHEMAS["advantages"]),
        levers=pl.DataFrame(schema=SCHEMAS["levers"]),
        **frames,
    )


_S, _F, _I, _B = pl.String, pl.Float64, pl.Int64, pl.Boolean
_ARM = {"scenario": _S, "cadence": _S}
_ERROR = {"estimate": _F, "se": _F, "low": _F, "high": _F}
COLUMNS: dict[str, dict[str, Any]] = {
    "measures": {"measure": _S, "title": _S, "estimand": _S, "unit": _S, "better": _S},
    "estimates": {**_ARM, "measure": _S, **_ERROR, "n": _I, "note": _S},
    "in_force": {**_ARM, "day": _F, **_ERROR},
    "in_force_verified": {**_ARM, "day": _F, **_ERROR},
    "since_signature": {**_ARM, "day": _F, **_ERROR, "at_risk": _I},
    "both_sign": {**_ARM, "arm": _S, "day": _F, **_ERROR, "at_risk": _I},
    "both_sign_counts": {
        **_ARM,
        **dict.fromkeys(("both", "only_cadence", "only_baseline", "neither_or_too_late"), _I),
        **dict.fromkeys(("late_cadence", "late_baseline"), _I),
    },
    "occupancy": {**_ARM, "day": _F, "state": _S, "share": _F},
    "causes": {**_ARM, "since": _S, "day": _F, "cause": _S, "share": _F, "se": _F, "low": _F, "high": _F},
    "contrasts": {
        **_ARM,
        "measure": _S,
        "difference": _F,
        "se": _F,
        "low": _F,
        "high": _F,
        "n": _I,
        "critical": _F,
        "distinguishable": _B,
        "note": _S,
    },
    "best": {"scenario": _S, "measure": _S, "cadence": _S, "tied_with_best": _B, "best": _S, "note": _S},
    "fans": {
        **_ARM,
        "field": _S,
        "day": _F,
        "q05": _F,
        "q25": _F,
        "q50": _F,
        "q75": _F,
        "q95": _F,
        "n": _I,
        "note": _S,
    },
    "hazards": {
        **_ARM,
        "kind": _S,
        "begin": _F,
        "end": _F,
        "failures": _I,
        "years": _F,
        "hazard": _F,
        "low": _F,
        "high": _F,
    },
}


def trace(title: str = "silence, replication 17") -> Told:
    """Tell a timeline of eight years: talks, an accord, a leak, a signature, a repudiation."""
    told = [
        (40.0, "agreed[0]", "TALKS", "step 1, prisoner exchange, is agreed"),
        (40.0, "agreed[1]", "TALKS", "step 2, humanitarian corridors, is agreed"),
        (155.0, "rumours", "TALKS", "a rumour makes the rounds"),
        (310.0, "agreed[2]", "TALKS", "step 3, disaster relief, is agreed"),
        (420.0, "accord", "ACCORD", "North and South reach a private accord"),
        (500.0, "carried out[0]", "ACCORD", "step 1 is carried out"),
        (610.0, "leaks", "ACCORD", "an insider talks to the press"),
        (700.0, "succession[a]", "ACCORD", "the leader of North leaves office, regularly"),
        (745.0, "signature", "SIGNED", "the agreement is signed and published"),
        (900.0, "ratification", "IMPLEMENTATION", "both parliaments ratify"),
        (1150.0, "carried out[1]", "IMPLEMENTATION", "step 2 is carried out"),
        (1300.0, "verification", "IMPLEMENTATION", "the monitors confirm steps 1 and 2"),
        (2300.0, "succession[b]", "IMPLEMENTATION", "the leader of South is removed"),
        (2900.0, "repudiation[b]", "COLLAPSED", "the new government of South repudiates the agreement"),
    ]
    drift = [(365.25 * k / 12, "drift", "TALKS", "a month passes") for k in range(1, 96)]
    rows = sorted([*told, *drift], key=lambda row: row[0])
    events = pl.DataFrame(
        [(i, *row) for i, row in enumerate(rows, start=1)],
        schema={"number": _I, "day": _F, "clock": _S, "phase": _S, "sentence": _S},
        orient="row",
    )
    series = pl.DataFrame(
        [
            (0.0, 0.30, 0.40, 0.45, 0.0),
            (40.0, 0.34, 0.40, 0.45, 2.0),
            (310.0, 0.38, 0.42, 0.43, 3.0),
            (420.0, 0.48, 0.42, 0.43, 3.0),
            (610.0, 0.29, 0.66, 0.52, 1.0),
            (745.0, 0.40, 0.58, 0.50, 0.0),
            (1150.0, 0.52, 0.46, 0.42, 0.0),
            (1300.0, 0.60, 0.40, 0.38, 0.0),
            (2300.0, 0.51, 0.42, 0.71, 0.0),
            (2900.0, 0.12, 0.50, 0.80, 0.0),
        ],
        schema={"day": _F, "trust": _F, "a.pressure": _F, "b.pressure": _F, "undisclosed": _F},
        orient="row",
    )
    return Told(
        events=events,
        series=series,
        phases=(
            ("TALKS", 0.0, 420.0),
            ("ACCORD", 420.0, 745.0),
            ("SIGNED", 745.0, 900.0),
            ("IMPLEMENTATION", 900.0, 2900.0),
        ),
        ending="the agreement collapses by repudiation",
        title=title,
        end_day=2900.0,
        lanes=(
            "drift",
            "agreed",
            "carried out",
            "verification",
            "accord",
            "signature",
            "ratification",
            "leaks",
            "rumours",
            "succession",
            "repudiation",
            "breach",
        ),
    )


def record() -> pl.DataFrame:
    """A Kaplan–Meier curve of real agreements (UCDP, full and partial, process-clustered band)."""
    return pl.DataFrame(
        {
            "day": [30.0, 90.0, 180.0, 365.0, 730.0, 1826.0, 3652.0],
            "estimate": [0.93, 0.88, 0.83, 0.76, 0.73, 0.62, 0.57],
            "low": [0.87, 0.79, 0.72, 0.61, 0.56, 0.46, 0.36],
            "high": [0.98, 0.94, 0.90, 0.87, 0.84, 0.78, 0.78],
            "at_risk": [141, 132, 120, 104, 88, 51, 14],
        }
    )


def simulated() -> pl.DataFrame:
    """The model's curve beside it."""
    days = [365.25 * k / 2 for k in range(21)]
    estimate = [0.55 + 0.45 / (1 + d / 400) for d in days]
    return pl.DataFrame(
        {
            "day": days,
            "estimate": estimate,
            "low": [e - 0.01 for e in estimate],
            "high": [min(1.0, e + 0.01) for e in estimate],
        }
    )


def test_hand_made_frames_have_the_documented_columns() -> None:
    made = analysis(World(TWELVE))
    assert {name: dict(getattr(made, name).schema) for name in COLUMNS} == COLUMNS


def test_hand_made_occupancy_adds_up_to_one() -> None:
    made = analysis(World({"silence": 0.3}))
    assert made.occupancy.group_by("day").agg(pl.col("share").sum())["share"].round(9).unique().to_list() == [1.0]

"""No setting does nothing: every assumption and every lever, turned end to end, moves an outcome beyond doubt.

An assumption that moves nothing is a promise to the analyst that is not kept. Each is turned between the ends of its
plausible range, all else alike and the luck the same, in the settings in which it should matter: until some outcome's
mean differs by five standard errors of the paired difference, or, of what happens or does not, until an exact sign test
gives p < 5.7e-7, the same chance. An assumption that needs more than `MOST` pairs for that is too weak to be asked for.
A mechanism has some thirty outcomes, seven settings and a dozen looks: an idle assumption passes with a chance below
.0015.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from timeline.engines.batch import Batch
from timeline.engines.world import World
from timeline.model.declarations import Integral, Model, levers_in_use
from timeline.model.paths import column
from timeline.model.records import Parameter
from timeline.model.values import spoken
from timeline.validation.claims import given_values
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
YEAR = 365.25
HORIZON = 15 * YEAR
#: Enough, in standard errors.
BEYOND_DOUBT = 5.0
#: Pairs of a first look into each setting, of a second look into the three most promising, and the most there are.
FIRST, SECOND, MOST = 400, 6_000, 60_000
#: Pairs that are looked at together.
PIECE = 500

Given = Mapping[str, Any]

A, B = "cadence.rules[0].", "cadence.rules[1]."
MONTHLY = {A + "every": "1 month", A + "content": "agreed"}
RESULTS = {B + "every": "2 months", B + "content": "carried out"}
TOLD = MONTHLY | RESULTS
EVERYTHING = TOLD | {
    "cadence.announced": True, "cadence.claim": 2.0, "cadence.probe": True, "cadence.feedback": "1 month",
}  # fmt: skip
STATED = {
    "cadence.statements[0].day": "1 year", "cadence.statements[0].content": "agreed",
    "cadence.statements[0].voice": "unilateral",
}  # fmt: skip
ALONE = TOLD | {"cadence.voice": "unilateral", A + "content": "framework only"}
PARTNERS = MONTHLY | {"cadence.voice": "notified", "cadence.audience": "partners"}
PARLIAMENT = MONTHLY | {"cadence.audience": "parliament"}
COMMITTEE = MONTHLY | {"cadence.audience": "oversight committee", "leaks.per_insider": 0.05}
#: After trial balloons a little is told of much that stays hidden.
TEASED = {A + "every": "2 months", A + "share": 0.3, "cadence.probe": True, "leaks.discovery": 0.3}
DISCLOSED = (TOLD, EVERYTHING, ALONE, PARTNERS, PARLIAMENT, COMMITTEE)
DEMOCRACIES, AUTOCRACIES = ({"a.regime": kind, "b.regime": kind} for kind in ("democracy", "autocracy"))
TURBULENT = {"a.turmoil": 0.6, "b.turmoil": 0.6}
#: Support is read against its middle, so that only a case far from it shows how it is read.
UNPOPULAR = {"a.support": 0.25, "b.support": 0.25}


def pressed(level: float) -> Given:
    return {"a.pressure": level, "b.pressure": level}


#: What has to be so for assumptions to matter, by the model; the plainest first.
CASES = {
    "backchannel": {"a.regime": "democracy", "b.regime": "movement"},
    "track_two": {"a.regime": "democracy", "b.regime": "movement"},
    "secret_pact": {"a.regime": "democracy", "b.regime": "autocracy"},
}
LEAKY = {"leaks.per_insider": 0.02, "leaks.discovery": 1.0}
#: Leaks are denied, and believed to be untrue, until denials wear out.
DENIED = {"leaks.denial": 0.9, "leaks.denied": 0.1, "intermediary.documented": 0.1}
TALKS: tuple[Given, ...] = (
    {},
    {"a.regime": "autocracy", "b.regime": "democracy", "breach.fit": 0.4, "a.power": 0.8, "b.power": 0.2},
    LEAKY,
    RESULTS | TURBULENT,
    TOLD,
    DEMOCRACIES | TURBULENT | pressed(0.6),
    AUTOCRACIES | pressed(0.6) | {"leaks.discovery": 1.0},
)
PACT: tuple[Given, ...] = (
    TOLD,
    {"leaks.per_insider": 0.02, "leaks.discovery": 0.3},
    TOLD | DEMOCRACIES | TURBULENT | UNPOPULAR | pressed(0.5),
    TOLD | AUTOCRACIES | UNPOPULAR | pressed(0.5) | {"leaks.discovery": 0.3},
    AUTOCRACIES | {"breach.fit": 0.4, "pact.chosen": True, "a.power": 0.8, "b.power": 0.3},
    RESULTS | TURBULENT | pressed(0.4),
    AUTOCRACIES | pressed(0.6) | {"pressure.walkout": 0.01, "oversight.disavowal": 0.2, "leaks.discovery": 0.3},
)
#: Talks that soon have an accord to vote on.
EAGER = {"accord.steps_needed": 3}
#: Where a mechanism is seen best, if not in the settings above.
BEST = {
    "disclosure": DISCLOSED,
    "trial_balloons": (EVERYTHING, TOLD | {"cadence.probe": True}, TEASED),
    "ratification": (
        DEMOCRACIES | UNPOPULAR | EAGER,
        AUTOCRACIES | UNPOPULAR | EAGER | {"breach.fit": 0.4},
        UNPOPULAR | EAGER,
        *TALKS,
    ),
    "leaks": (*TALKS[2:], LEAKY | DENIED, *TALKS[:2]),
    "succession": (*TALKS[-2:], *TALKS[:-2]),
}


def settings(model: Model, path: str) -> Sequence[Given]:
    owner = path.partition(".")[0]
    if (model.name, path) == ("secret_pact", "pressure.luck"):
        return PACT[-1:]  # seen in no other, and not at the first look
    if owner in ("disclosure", "trial_balloons"):
        return BEST[owner]
    return PACT if model.name == "secret_pact" else BEST.get(owner, TALKS)


# -- outcomes -----------------------------------------------------------------------------


def outcomes(model: Model, rows: Any) -> dict[str, Any]:
    """Return what becomes of timelines, by name: flags of what happens or does not, and numbers."""
    ends, state = model.endpoints, rows["state"]
    assert ends is not None
    assert ends.signed is not None

    def of(path: str) -> Any:
        return column(state, path).astype(np.float64)

    def words(path: str) -> Any:
        kind: Any = model.state.fields[path]
        names = {int(member): member.name.lower() for member in kind.kind}
        return np.array([names[int(code)] for code in column(state, path)])

    ended, last = words("outcome"), np.where(of("outcome") == 0, HORIZON, of("day"))
    failed = np.isin(ended, ends.failures)
    found = {f"ends {name}": ended == name for name in ends.outcomes[1:]}
    found |= {f"because of {name}": words("cause") == name for name in ends.causes}
    for years in (2, 5, 10, 15):
        found[f"in force after {years} years"] = (of(ends.signed) < years * YEAR) & ~(failed & (last < years * YEAR))
    for milestone in ("accord_day", "signed_day", "ratified_day", "half_verified_day"):
        found[f"{milestone} reached"] = np.isfinite(of(milestone))
        found[milestone] = np.nan_to_num(of(milestone), nan=HORIZON)
    found |= {"day": last} | {
        path: of(path) for path in (*COUNTED, *OF_A_PACT) if path.partition(".")[0] in model.state.fields
    }
    for number, observed in enumerate(model.observations):
        if isinstance(observed, Integral):
            found[observed.column] = rows[f"observation_{number}"].astype(np.float64)
    return found


#: What is counted or measured at the end.
COUNTED = (
    "hostility", "leaks", "carried_out", "carried_out_share", "verified", "votes", "renegotiations",
    "a.leaders", "b.leaders", "a.irregular_exits", "b.irregular_exits",
)  # fmt: skip
#: And what a rival and a neighbour make of a pact.
OF_A_PACT = ("renewals", "probes", "counter_alliance", "racing", "neighbour_lost")


def apart(one: Any, other: Any) -> float:
    """Return how far the means of one outcome are apart, in standard errors of the paired difference.

    What happens or does not is judged by the exact sign test of the pairs in which it differs, as so many standard
    errors of a normal.
    """
    if one.dtype == bool:
        more, less = int(np.sum(one & ~other)), int(np.sum(other & ~one))
        return 0.0 if more + less == 0 else float(stats.norm.isf(stats.binomtest(more, more + less).pvalue / 2))
    difference = one - other
    se = difference.std() / np.sqrt(len(difference))
    return float(abs(difference.mean()) / se) if se > 0 else 0.0


# -- turning ------------------------------------------------------------------------------


@dataclass
class Turning:
    """One setting with a parameter or lever at its one end and at its other, and what has been played of it."""

    model: Model
    ends: tuple[Given, Given]
    played: int = 0
    found: tuple[list[Any], list[Any]] = field(default_factory=lambda: ([], []))

    def on(self, pairs: int) -> float:
        """Play on until there are so many pairs; return how far the outcome that moves most is moved."""
        while self.played < pairs:
            count = min(PIECE, pairs - self.played)
            for given, found in zip(self.ends, self.found, strict=True):
                world = World(self.model, given_values(self.model, given), seed=3, horizon=HORIZON)
                found.append(outcomes(self.model, Batch((world,)).player().play(0, 0, self.played, count)))
            self.played += count
        one, other = ({name: np.concatenate([f[name] for f in found]) for name in found[0]} for found in self.found)
        return max(apart(one[name], other[name]) for name in one)


def looks(turnings: Sequence[Turning]) -> Iterator[float]:
    """Look at each setting a little, at the three most promising longer, and at the best until the pairs run out."""
    first = []
    for turning in turnings:
        first.append((turning.on(FIRST), turning))
        yield first[-1][0]
    best = [turning for _, turning in sorted(first, key=lambda each: -each[0])[:3]]
    second = []
    for turning in best:
        for pairs in (SECOND // 3, SECOND):
            second.append((turning.on(pairs), turning))
            yield second[-1][0]
    _, last = max(second, key=lambda each: each[0])
    for pairs in (2 * SECOND, 4 * SECOND, MOST):
        yield last.on(pairs)


def tells(turnings: Sequence[Turning]) -> bool:
    """Whether some outcome is moved beyond doubt in some setting."""
    return any(far >= BEYOND_DOUBT for far in looks(turnings))


def turned(model: Model, path: str) -> list[Turning]:
    """Return an assumption's two ends in each setting that suits it."""
    low, high = ends(model.assumptions[path])
    cases = (CASES[model.name] | dict(setting) for setting in settings(model, path))
    return [Turning(model, (case | {path: low}, case | {path: high})) for case in cases]


def ends(leaf: Parameter) -> tuple[object, object]:
    """Return an assumption's plausible ends as a config writes them; of a choice the first two."""
    if leaf.plausible is not None:
        low, high = leaf.plausible
        return (int(low), int(high)) if leaf.kind is int else (low, high)
    if leaf.kind is bool:
        return False, True
    members: Any = leaf.kind
    first, second, *_ = members
    return spoken(first), spoken(second)


#: What a lever is turned from and to, and the cadence beside it.
LEVERS: dict[str, tuple[Given, object, object]] = {
    "cadence.starts": (TOLD, "talks", "ratification"),
    "cadence.stops": (TOLD, "accord", "never"),
    "cadence.keep": (TOLD, 0.0, 0.5),
    "cadence.voice": (TOLD, "joint", "unilateral"),
    "cadence.balance": (MONTHLY | {"a.concedes": 0.8, "b.concedes": 0.2}, False, True),
    "cadence.announced": (TOLD, False, True),
    "cadence.claim": (TOLD, 1.0, 2.0),
    "cadence.audience": (TOLD, "oversight committee", "general public"),
    "cadence.min_gap": (TOLD, "0 days", "1 year"),
    "cadence.hold_before_election": (TOLD | DEMOCRACIES | {"succession.campaign": "200 days"}, False, True),
    "cadence.hold_in_crisis": (TOLD | {"crises.calming": "3 per year"}, False, True),
    "cadence.probe": (TOLD, False, True),
    "cadence.feedback": (TOLD, "0 days", "2 months"),
    "cadence.rules[].every": (RESULTS, "1 month", "1 year"),
    "cadence.rules[].on": ({A + "content": "agreed"}, "leak", "verified step"),
    "cadence.rules[].level": ({A + "on": "rumour above", A + "content": "agreed"}, 0.1, 0.5),
    "cadence.rules[].content": (MONTHLY, "verified", "agreed"),
    "cadence.rules[].share": (MONTHLY, 0.2, 1.0),
    "cadence.rules[].delay": (MONTHLY, "0 days", "1 year"),
    "cadence.statements[].day": (STATED, "3 months", "5 years"),
    "cadence.statements[].content": (STATED, "framework only", "agreed"),
    "cadence.statements[].share": (STATED, 0.1, 1.0),
    "cadence.statements[].voice": (STATED, "joint", "unilateral"),
}


def turned_lever(model: Model, path: str) -> list[Turning]:
    beside, low, high = LEVERS[path]
    lever = path.replace("[]", "[0]")
    case = CASES[model.name] | dict(beside)
    return [Turning(model, (case | {lever: low}, case | {lever: high}))]


# -- the tests ----------------------------------------------------------------------------


def mechanisms(name: str) -> list[str]:
    """Return the parts of a model whose assumptions are turned: of the third model those that the first lacks."""
    model = Workspace(ROOT).load(name)
    owners = list(dict.fromkeys(path.partition(".")[0] for path in model.assumptions))
    return [owner for owner in owners if owner != "b" and (name != "track_two" or owner == "track_two")]


EVERYWHERE = [(name, owner) for name in ("backchannel", "track_two", "secret_pact") for owner in mechanisms(name)]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "owner"), EVERYWHERE)
def test_every_assumption_moves_an_outcome_beyond_doubt(name: str, owner: str) -> None:
    model = Workspace(ROOT).load(name)
    own = [path for path in model.assumptions if path.startswith(f"{owner}.")]
    assert [path for path in own if not tells(turned(model, path))] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["backchannel", "secret_pact"])
def test_every_lever_moves_an_outcome_beyond_doubt(name: str) -> None:
    model = Workspace(ROOT).load(name)
    assert [path for path in LEVERS if not tells(turned_lever(model, path))] == []


def test_every_lever_is_turned() -> None:
    assert {path for path, _ in levers_in_use(Workspace(ROOT).load("backchannel"))} == set(LEVERS)


@pytest.mark.parametrize("path", ["steps.median_gap", "steps.private"])
def test_the_pace_of_talks_tells_in_a_few_hundred_pairs(path: str) -> None:
    assert next(looks(turned(Workspace(ROOT).load("backchannel"), path))) >= BEYOND_DOUBT


def test_what_is_turned_to_where_it_was_moves_nothing() -> None:
    model = Workspace(ROOT).load("backchannel")
    assert Turning(model, (TALKS[0], TALKS[0])).on(100) == 0.0


def test_flags_are_judged_by_the_exact_sign_test() -> None:
    no, yes = np.zeros(1_000, bool), np.arange(1_000) < 22  # 22 of 22 the same way: p = 2 / 2**22 = 4.8e-7
    assert apart(no, yes) == pytest.approx(5.0354, abs=1e-4)
    assert apart(no, yes) == apart(yes, no) > BEYOND_DOUBT > apart(no, np.arange(1_000) < 21)


def test_numbers_are_judged_by_the_paired_mean() -> None:
    one, luck = np.zeros(400), np.tile([1.0, 3.0], 200)
    assert apart(one, one + luck) == pytest.approx(2.0 / (1.0 / 20.0))

"""Every causal claim goes the stated way, in the whole model, on state that its driver does not assign."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from timeline.arrays import Rows
from timeline.engines import compiled
from timeline.engines.world import World
from timeline.errors import ModelError
from timeline.model.declarations import Model
from timeline.model.units import YEAR
from timeline.pages.examination import watched_model
from timeline.validation.claims import (
    Claim,
    Setting,
    at_end,
    check_claim,
    ends,
    load_claims,
    over_time,
    per_year,
    reached,
    readers,
    refusal,
    share_with,
)
from timeline.validation.pairs import ENOUGH, averaged, effect, observing, play_observed, put_to_test, sums
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
WORKSPACE = Workspace(ROOT)


def declared(name: str) -> ModuleType:
    found = load_claims(WORKSPACE, name)
    assert found is not None
    return found


CLAIMS: tuple[Claim, ...] = declared("backchannel").CLAIMS
MODELS = sorted({claim.model for claim in CLAIMS})
#: Every third claim about one model that few pairs decide; each model takes long to compile with those that look on.
FEW = [claim for claim in CLAIMS if claim.model == "backchannel" and claim.pairs <= 4_000][::3]
FEW_OR_ALL = [claim if claim in FEW else pytest.param(claim, marks=pytest.mark.slow) for claim in CLAIMS]


@cache
def watched(name: str) -> Model:
    """The model that all its claims are put to the test in, compiled once however many workers there are."""
    model = watched_model(WORKSPACE.load(name), declared(name))
    with (Path(tempfile.gettempdir()) / f"timeline-claims-{name}-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        compiled.prepare(model, lambda _: None)
    return model


# The claims


@pytest.mark.parametrize("claim", FEW_OR_ALL, ids=lambda claim: f"{claim.model} {claim.name}")
def test_a_claim_holds_by_five_standard_errors(claim: Claim) -> None:
    (verdict,) = put_to_test(watched(claim.model), [claim])
    assert verdict.effect.pairs > 200
    assert verdict.errors >= ENOUGH, f"{claim.says} {verdict.effect}"


def test_there_are_claims_enough_from_every_essay() -> None:
    by_model = Counter(claim.model for claim in CLAIMS)
    assert by_model["backchannel"] >= 30
    assert len(CLAIMS) >= 40
    essays = {name for claim in CLAIMS for name in claim.essay.split(", ")}
    assert essays == set(declared("backchannel").ESSAYS) == {"S0", "S1", "S2"}


def test_every_model_that_is_claimed_about_exists() -> None:
    assert set(MODELS) <= set(WORKSPACE.models())


def test_no_claim_is_made_twice() -> None:
    assert [name for name, count in Counter((claim.model, claim.name) for claim in CLAIMS).items() if count > 1] == []


def test_a_claim_is_a_sentence() -> None:
    for claim in CLAIMS:
        assert claim.says[0].isupper()
        assert claim.says.endswith(".")


def test_every_mechanism_with_assumptions_is_turned_by_some_claim() -> None:
    turned = {claim.driver.partition(".")[0] for claim in CLAIMS}
    turned |= {"disclosure"} if "cadence" in turned else set()
    models = [WORKSPACE.load(name) for name in MODELS]
    known = {mechanism.name for model in models for mechanism in model.mechanisms if mechanism.parameters is not None}
    assert known - turned == set()


# No claim is true by construction


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.model} {claim.name}")
def test_what_is_measured_is_not_assigned_by_the_functions_that_read_the_driver(claim: Claim) -> None:
    check_claim(WORKSPACE.load(claim.model), claim)


MODEL = WORKSPACE.load("backchannel")
TRUST = over_time("trust", words="mean trust")
CIRCULAR = [
    ("leaks.trust_lost", TRUST, "leaks.leak"),
    ("oversight.support_gain", over_time("a.support", words="support"), "oversight.widen"),
    # Read by a helper, assigned by its caller.
    ("disclosure.framework", over_time("rumour", words="rumour"), "disclosure.publish_text"),
    # Read under another name.
    ("pressure.from_rumour", over_time("b.pressure", words="pressure"), "pressure.drift"),
    # A side's own parameter, read as p_me.
    ("sides.turmoil", over_time("a.turmoil", words="turmoil"), "pressure.start"),
    # A sum over the ladder.
    ("steps.trust_agreed", at_end("agreed", words="steps agreed"), "steps.agree"),
    ("breach.adaptability", share_with("cause", "breach", words="broken"), "breach.give_in"),
    ("accord.fragile", reached("accord_day", "accords"), "accord.reach"),
]


@pytest.mark.parametrize(("driver", "measure", "reader"), CIRCULAR, ids=[driver for driver, _, _ in CIRCULAR])
def test_a_claim_that_is_true_by_construction_is_refused(driver: str, measure: object, reader: str) -> None:
    claim = Claim("backchannel", "A circle.", "S0", driver, measure, True)  # type: ignore[arg-type]
    assert refusal(MODEL, claim).startswith(f'{reader} reads "{driver}" and assigns')
    with pytest.raises(ModelError, match="expected state that only other functions assign"):
        check_claim(MODEL, claim)


def test_a_lever_is_found_where_it_is_read_and_nowhere_else() -> None:
    every = {reader.name: reader.writes for reader in readers(MODEL, ["cadence.rules[0].every"])}
    assert set(every) == {"disclosure.calendar_speed", "disclosure.every"}
    assert not any(every.values())
    content = {reader.name for reader in readers(MODEL, ["cadence.rules[0].content"])}
    assert "disclosure.announce" in content


def test_a_function_that_cannot_be_followed_is_read_by_names(monkeypatch: pytest.MonkeyPatch) -> None:
    import timeline.validation.claims as module
    from timeline.derived.touches import Touches

    monkeypatch.setattr(module, "_touched", lambda *_: Touches(known=False))
    claim = Claim("backchannel", "A circle.", "S0", "leaks.trust_lost", TRUST, True)
    assert refusal(MODEL, claim).endswith('reads "leaks.trust_lost" and assigns "trust" itself')
    assert refusal(MODEL, replace(claim, measure=over_time("front_progress", words="front"))) == ""


# What is refused besides


GOOD = Claim("backchannel", "Discovery costs trust.", "S0", "leaks.discovery", TRUST, False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"driver": "leaks.discovry"}, 'is no parameter and no lever of the model; did you mean "leaks.discovery"'),
        ({"low": "3 per year"}, "expected them to rise within the plausible range"),
        ({"high": "9 per year"}, "expected them to rise within the plausible range"),
        ({"driver": "cadence.keep"}, "has no plausible range, expected low= and high="),
        ({"driver": "cadence.rules[0].every", "high": "soon"}, "cadence.rules"),
        ({"measure": over_time("trast", words="trust")}, 'there is no "trast"; did you mean "trust"'),
        ({"measure": over_time("leaks", words="leaks")}, "is no index and no flag"),
        ({"measure": share_with("cause", "exposed", words="x")}, '"exposed" given, expected one of'),
        ({"measure": share_with("trust", "high", words="x")}, "holds no choice among names"),
        ({"among": "signd_day"}, 'there is no "signd_day"; did you mean "signed_day"'),
        ({"pairs": 500}, "500 pairs given, expected 2,000 or more"),
        ({"setting": Setting("odd", {"cadence.kep": 1})}, "cadence.kep"),
    ],
)
def test_a_claim_that_cannot_be_tested_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        check_claim(MODEL, replace(GOOD, **changes))  # type: ignore[arg-type]


def test_the_ends_are_the_plausible_range_in_the_parameters_own_unit() -> None:
    found = ends(MODEL, GOOD)
    low, high = MODEL.assumptions["leaks.discovery"].plausible or (0, 0)
    assert found.low["leaks.discovery"] == pytest.approx(low / 365.25)
    assert found.high["leaks.discovery"] == pytest.approx(high / 365.25)
    assert found.words == (f"{low:g} per year", f"{high:g} per year")


def test_the_low_end_of_a_lever_is_what_it_is_when_nobody_sets_it() -> None:
    found = ends(MODEL, replace(GOOD, driver="cadence.rules[0].every", high="3 months"))
    assert found.words == ("unset", "3 months")
    assert found.low["cadence.rules[0].every"] == 0.0


def test_both_sides_are_turned_together() -> None:
    found = ends(MODEL, replace(GOOD, driver="sides.pressure"))
    assert found.paths == ("a.pressure", "b.pressure")
    assert found.high["a.pressure"] == found.high["b.pressure"] > found.low["a.pressure"]


def test_a_workspace_without_claims_has_none(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    toy = next((ROOT / "tests" / "toy_run" / "models").glob("*.py"))
    (tmp_path / "models" / toy.name).write_text(toy.read_text("utf-8"), encoding="utf-8")
    assert load_claims(Workspace(tmp_path), toy.stem) is None


def test_a_check_that_has_left_the_library_is_told_where_to_find(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    toy = next((ROOT / "tests" / "toy_run" / "models").glob("*.py"))
    (tmp_path / "models" / toy.name).write_text(toy.read_text("utf-8"), encoding="utf-8")
    (tmp_path / "models" / "claims.py").write_text("from timeline import Tenure\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"cannot import name 'Tenure' from 'timeline'.*; checks .* models/record"):
        load_claims(Workspace(tmp_path), toy.stem)


# The measures


@pytest.fixture(scope="module")
def both() -> tuple[Rows, Rows]:
    model = watched("backchannel")
    return tuple(play_observed(model, {"leaks.discovery": rate / 365.25}, 5.0, 200) for rate in (0.02, 1.5))  # type: ignore[return-value]


@pytest.mark.parametrize(
    "measure",
    [
        over_time("a.support", "b.support", words="support"),
        per_year("leaks", words="leaks"),
        at_end("fragile", words="fragile"),
        share_with("cause", "exposure", "walkout", words="ended"),
        reached("accord_day", "accord"),
    ],
    ids=lambda measure: measure.kind,
)
def test_a_measure_is_the_ratio_of_two_sums_and_its_error_that_of_the_pairs(
    measure: object, both: tuple[Rows, Rows]
) -> None:
    """The jackknife, which needs no formula, finds the same error."""
    model = watched("backchannel")
    found = effect(model, replace(GOOD, measure=measure), *both)  # type: ignore[arg-type]
    parts = [sums(model, measure, rows, 5.0 * YEAR) for rows in both]  # type: ignore[arg-type]
    low, high = (top.sum() / bottom.sum() for top, bottom in parts)
    assert (found.low, found.high, found.difference) == pytest.approx((low, high, high - low))
    without = [
        np.subtract(*((top.sum() - top[k]) / (bottom.sum() - bottom[k]) for top, bottom in reversed(parts)))
        for k in range(len(both[0]))
    ]
    n = len(without)
    jackknife = np.sqrt((n - 1) / n * ((np.array(without) - np.mean(without)) ** 2).sum())
    assert found.se == pytest.approx(jackknife, rel=0.05)


def test_a_stratum_holds_the_pairs_that_reach_the_milestone_under_both_ends(both: tuple[Rows, Rows]) -> None:
    low, high = both
    reach = [np.isfinite(rows["state"]["accord_day"]) for rows in both]
    found = effect(watched("backchannel"), replace(GOOD, among="accord_day"), low, high)
    assert found.pairs == (reach[0] & reach[1]).sum()


def test_two_equal_worlds_have_no_effect_and_no_error(both: tuple[Rows, Rows]) -> None:
    found = effect(watched("backchannel"), GOOD, both[0], both[0])
    assert (found.difference, found.se, found.errors, found.differing) == (0.0, 0.0, 0.0, 0)


def test_who_looks_on_changes_no_timeline() -> None:
    """The model that is examined makes the shipped model's final states, bit for bit."""
    seen = watched("backchannel")
    from timeline.engines.reference import play as reference

    for replication in range(3):
        plain, watching = (
            reference(World(model, seed=3, horizon=3000.0), replication).state for model in (MODEL, seen)
        )
        for name in MODEL.state.fields:
            one, other = getattr(plain, name), getattr(watching, name)
            assert repr_of(one) == repr_of(other), name


def repr_of(value: object) -> str:
    from timeline.model.records import Light, Members, values

    if isinstance(value, Light):
        return repr(values(value))
    return repr([values(member) for member in value]) if isinstance(value, Members) else repr(value)


def test_a_field_is_averaged_once_however_many_claims_ask_for_it() -> None:
    fields = averaged([GOOD, GOOD, replace(GOOD, measure=per_year("leaks", words="leaks"))])
    assert fields == ["trust", "trust"]
    assert [observation.field for observation in observing(MODEL, fields).observations] == ["trust"]

"""The same cadence in two scenarios, and the levers of a factorial, by replications that share their luck."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from timeline.analysis.across import KeptShares, between_scenarios, between_values
from timeline.analysis.contrasts import paired_shares
from timeline.study.questions import Grid
from timeline.study.yardsticks import ALL, Yardstick

SIGNED = Yardstick("signed", "Signed", ALL, "share", "higher", "share", "signed")


def kept(first: int = 0, **arms: list[int]) -> KeptShares:
    """Keep replications that sign (1) or do not (0)."""
    found = KeptShares(SIGNED)
    for name, signs in arms.items():
        numbers = np.arange(first, first + len(signs))
        signed = np.where(np.array(signs) == 1, 5.0, np.inf)
        found.add({name: SimpleNamespace(replication=numbers, signed=signed)})  # type: ignore[dict-item]
    return found


def test_a_scenario_is_compared_replication_by_replication() -> None:
    calm = kept(silence=[1, 1, 0, 0] * 500)
    harsh = kept(silence=[1, 0, 0, 0] * 500)
    row = between_scenarios({"calm": calm, "harsh": harsh}, ["silence"], "calm").row(0, named=True)
    assert (row["scenario"], row["other"], row["cadence"], row["n"]) == ("harsh", "calm", "silence", 2000)
    assert row["difference"] == -0.25
    # One difference: the critical value is that of one interval, and only the 500 that differ make its error.
    assert row["critical"] == pytest.approx(1.96, abs=0.001)
    assert (row["low"], row["high"]) == pytest.approx(paired_shares((0, 500), 2000, row["critical"]))
    assert row["distinguishable"] is True


def test_intervals_hold_together_over_all_scenarios_and_cadences_shown() -> None:
    luck = np.random.default_rng(1)
    scenarios = {
        name: kept(**{arm: list(luck.integers(0, 2, 2000)) for arm in ("silence", "monthly")})
        for name in ("calm", "harsh", "hunted")
    }
    found = between_scenarios(scenarios, ["silence", "monthly"], "calm")
    assert found.select("scenario", "cadence").rows() == [
        ("harsh", "silence"), ("harsh", "monthly"), ("hunted", "silence"), ("hunted", "monthly"),
    ]  # fmt: skip
    assert found["critical"].n_unique() == 1
    assert 2.4 < found["critical"][0] < 2.5  # of four differences, pairs of which share a scenario


def test_a_scenario_that_changes_nothing_is_not_told_from_another() -> None:
    same = {name: kept(silence=[1, 0, 1, 0] * 100) for name in ("calm", "harsh")}
    row = between_scenarios(same, ["silence"], "calm").row(0, named=True)
    assert (row["difference"], row["distinguishable"]) == (0.0, False)
    assert row["low"] < 0 < row["high"]


def test_only_replications_that_both_scenarios_have_are_compared() -> None:
    found = between_scenarios(
        {"calm": kept(silence=[0, 1, 1]), "harsh": kept(first=1, silence=[1, 1, 1])}, ["silence"], "calm"
    )
    assert found["n"].to_list() == [2]
    assert found["difference"].to_list() == [0.0]


def test_rows_that_come_in_pieces_are_kept_as_if_they_came_at_once() -> None:
    signs = list(np.random.default_rng(2).integers(0, 2, 5000))
    pieces = KeptShares(SIGNED)
    for first in range(0, 5000, 700):
        part = np.array(signs[first : first + 700])
        numbers = np.arange(first, first + len(part))
        arm = SimpleNamespace(replication=numbers, signed=np.where(part == 1, 5.0, np.inf))
        pieces.add({"silence": arm})  # type: ignore[dict-item]
    assert pieces.having("silence", 0, 5000).tolist() == [bool(sign) for sign in signs]
    assert pieces.there("silence", 0, 5001).sum() == 5000


def test_a_lever_is_a_mean_over_the_values_of_the_others() -> None:
    grid = Grid(("content", "every"), (("agreed", "verified"), ("month", "year")), ("am", "ay", "vm", "vy"))
    shares = kept(am=[1, 1, 0, 0] * 500, ay=[1, 0, 0, 0] * 500, vm=[1, 1, 1, 0] * 500, vy=[1, 1, 0, 0] * 500)
    found = between_values(shares, grid)
    assert found.select("lever", "value", "other", "difference").rows() == [
        ("content", "agreed", "verified", -0.25),
        ("every", "month", "year", 0.25),
    ]
    # Of four replications alike, the mean over the other lever differs by 0, −0.5, −0.5 and 0 points.
    assert found["se"][0] == pytest.approx((0.0625 / 1999) ** 0.5)
    assert found["distinguishable"].all()

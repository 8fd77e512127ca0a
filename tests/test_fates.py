"""Fates of the same replications under two arms: counted right, however the rows are cut, and told in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
import pytest
from analysis_data import ENDPOINTS, FOLLOW_UP, HORIZON, RMST, YEAR, synthetic_arms

from timeline.analysis.analysis import Analysis, analyse
from timeline.analysis.fates import fates, fates_against, tallies, tally
from timeline.analysis.pieces import Pieces, cut
from timeline.model.endpoints import Endpoints
from timeline.plots.fates import fates as drawn
from timeline.plots.fates import fates_caption
from timeline.study.window import Window

ENDS = Endpoints(phases=(("talks", None),), accord=None, half_verified=None, hostility=None)
ARMS = synthetic_arms(n=2000)
SILENCE, OPEN = ARMS["calm", "silence"], ARMS["calm", "full-transparency"]


def rows(*fates_of: str) -> Pieces:
    """One timeline each: "kept", "talks" (still going on), "lost CAUSE" or "talks CAUSE" (ended unsigned)."""
    words = [fate.split() for fate in fates_of]
    ended = [len(word) > 1 for word in words]
    return cut(
        pl.DataFrame(
            {
                "replication": range(len(words)),
                "signed_day": [float("nan") if word[0] == "talks" else 5.0 for word in words],
                "day": [60.0 if over else 100.0 for over in ended],
                "outcome": ["collapsed" if over else "open" for over in ended],
                "cause": [word[1] if over else "none" for word, over in zip(words, ended, strict=True)],
            },
            schema_overrides={"replication": pl.Int64},
        )
    )


def counts(table: pl.DataFrame) -> dict[tuple[str | None, ...], int]:
    names = ("fate", "cause", "other_fate", "other_cause")
    return {tuple(row[:4]): row[4] for row in table.select(*names, "count").iter_rows()}


def crossed(one: Pieces, other: Pieces) -> pl.DataFrame:
    return fates(one, other, endpoints=ENDS, horizon=100.0)


def synthetic() -> pl.DataFrame:
    return fates(cut(SILENCE), cut(OPEN), endpoints=ENDPOINTS, horizon=HORIZON)


def analysed() -> Analysis:
    return analyse(ARMS, endpoints=ENDPOINTS, window=Window(HORIZON, FOLLOW_UP, tuple(RMST)), baseline="silence")


# Counting


def test_every_pair_of_fates_is_counted_with_both_causes() -> None:
    found = crossed(
        rows("lost breach", "kept", "talks walkout", "talks", "lost leak", "lost breach", "kept"),
        rows("kept", "lost leak", "kept", "talks walkout", "lost breach", "kept", "kept"),
    )
    assert counts(found) == {
        ("lost", "breach", "in force", None): 2,
        ("in force", None, "lost", "leak"): 1,
        ("never signed", "walkout", "in force", None): 1,
        ("never signed", None, "never signed", "walkout"): 1,
        ("lost", "leak", "lost", "breach"): 1,
        ("in force", None, "in force", None): 1,
    }
    assert tally(found)[:6] == (7, 1, 2, 1, 1, 0)


def test_a_failure_without_a_cause_is_its_own() -> None:
    found = crossed(rows("talks none", "kept"), rows("talks", "kept"))
    assert ("never signed", "collapsed", "never signed", None) in counts(found)


def test_the_balance_and_its_interval_are_those_of_the_contrast() -> None:
    table = fates_against({arm: cut(own) for arm, own in ARMS.items()}, analysis=analysed(), endpoints=ENDPOINTS)
    found = tallies(table, analysed())
    contrast = analysed().contrasts.filter(measure="in_force_end")
    assert found.select("scenario", "cadence").rows() == contrast.select("scenario", "cadence").rows()
    for column in ("difference", "low", "high"):
        assert found[column].to_list() == pytest.approx(contrast[column].to_list(), abs=1e-12)
    assert found["n"].unique().to_list() == [2000]


def test_one_pair_alone_has_the_plain_interval() -> None:
    found = tally(synthetic())
    up, down, n = found.saved + found.gained + 1, found.lost + found.forgone + 1, found.n + 2
    middle = (up - down) / n
    half = 1.959964 * ((up + down) / n - middle**2) ** 0.5 / n**0.5
    assert (found.low, found.high) == (pytest.approx(middle - half), pytest.approx(middle + half))


def test_the_other_way_round_everything_is_turned_round() -> None:
    back = tally(fates(cut(OPEN), cut(SILENCE), endpoints=ENDPOINTS, horizon=HORIZON))
    there = tally(synthetic())
    assert (back.saved, back.gained, back.lost, back.forgone) == (there.lost, there.forgone, there.saved, there.gained)
    assert back.difference == -there.difference


def test_where_the_rows_are_cut_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = synthetic()
    monkeypatch.setattr("timeline.analysis.pieces.ROWS", 17)
    assert synthetic().equals(whole)


def test_replications_that_one_arm_lacks_are_left_out() -> None:
    found = fates(cut(SILENCE.head(300)), cut(OPEN.tail(1900)), endpoints=ENDPOINTS, horizon=HORIZON)
    both = fates(cut(SILENCE[100:300]), cut(OPEN[100:300]), endpoints=ENDPOINTS, horizon=HORIZON)
    assert found.equals(both)


def test_no_replication_in_common_leaves_an_empty_table() -> None:
    found = fates(cut(SILENCE.head(10)), cut(OPEN.tail(10)), endpoints=ENDPOINTS, horizon=HORIZON)
    assert found.is_empty()
    assert tally(found).n == 0
    assert np.isnan(tally(found).difference)


def test_a_median_day_is_right_to_its_week() -> None:
    together = SILENCE.join(OPEN, on="replication", suffix="_other")
    lost = (pl.col("outcome") == "collapsed") & pl.col("signed_day").is_not_nan()
    kept = pl.col("outcome_other").is_in(["open", "consolidated"]) & pl.col("signed_day_other").is_not_nan()
    saved = synthetic().filter(fate="lost", other_fate="in force")
    assert saved.height > 1
    for row in saved.iter_rows(named=True):
        days = together.filter(lost & kept & (pl.col("cause") == row["cause"]))["day"]
        assert row["count"] == len(days)
        assert row["day"] == pytest.approx(days.quantile(0.5, "lower"), abs=3.5)
        assert row["other_day"] is None


def test_each_arm_is_read_once() -> None:
    read: list[str] = []

    def watched(name: str, frame: pl.DataFrame) -> Pieces:
        def reading(columns: Sequence[str], most: int | None = None, first: int = 0, /) -> Iterator[pl.DataFrame]:
            read.append(name)
            assert set(columns) == {"replication", "day", "outcome", "cause", "signed_day"}
            return iter(cut(frame)(columns, most, first))

        return reading

    arms = {arm: watched(" ".join(arm), own) for arm, own in ARMS.items()}
    found = fates_against(arms, analysis=analysed(), endpoints=ENDPOINTS, scenarios=1)
    assert sorted(read) == sorted(name for name in map(" ".join, ARMS) if name.startswith("calm"))
    assert found["scenario"].unique().to_list() == ["calm"]


def test_a_baseline_alone_has_no_fates_to_compare() -> None:
    arms = {("calm", "silence"): SILENCE}
    analysis = analyse(arms, endpoints=ENDPOINTS, window=Window(HORIZON, YEAR, (YEAR,)), baseline="silence")
    found = fates_against({("calm", "silence"): cut(SILENCE)}, analysis=analysis, endpoints=ENDPOINTS)
    assert found.is_empty()
    assert tallies(found, analysis).is_empty()


# The figure and its caption

NAMES = {"baseline": "silence", "cadence": "monthly"}


def told(table: pl.DataFrame) -> str:
    return fates_caption(table, tally(table)._asdict(), **NAMES)


def words(table: pl.DataFrame) -> list[str]:
    figure = drawn(table, **NAMES)
    return [text.get_text() for text in (*figure.texts, *figure.axes[0].texts)]


def test_the_caption_counts_who_is_saved_and_who_is_lost() -> None:
    found = told(
        crossed(
            rows(*["lost breach"] * 12, "lost leak", "kept", "talks walkout", "kept"),
            rows(*["kept"] * 13, "lost leak", "kept", "kept"),
        )
    )
    assert found.startswith(
        "Of 16 crises, 13 agreements that silence lost are kept under monthly, most often from breach (12, half of "
        "them within 60 days of the start); 1 goes the other way, by leak (1). 1 more is in force under monthly where "
        "silence never signs, and 0 under silence where monthly never signs. The balance is 81.2 points of all (95% "
    )
    assert found.endswith("two shares alone show no more than the balance.")


def test_identical_arms_say_that_nothing_differs() -> None:
    same = crossed(rows("kept", "lost leak"), rows("kept", "lost leak"))
    assert told(same).startswith("Of 2 crises, every one ends the same way under silence and under monthly.")
    assert "nothing differs: every one ends the same way under both" in words(same)


def test_other_causes_for_the_same_agreements_are_no_gain() -> None:
    found = crossed(rows("kept", "lost leak"), rows("kept", "lost breach"))
    assert told(found).startswith("Of 2 crises, the same agreements are in force under silence and under monthly.")
    assert "lost by leak" in words(found)


def test_nobody_ever_signs_is_no_error() -> None:
    found = crossed(rows("talks walkout", "talks"), rows("talks", "talks"))
    assert told(found).startswith("Of 2 crises, the same agreements are in force")
    assert "never signed: walkout" in words(found)


def test_no_replications_are_said_to_be_none() -> None:
    empty = crossed(rows(), rows())
    assert told(empty) == "There are no replications that both arms have played."
    assert "there are no replications" in words(empty)


def test_each_fate_is_named_with_its_number_and_what_is_the_same() -> None:
    found = words(
        crossed(rows("lost breach", "kept", "kept", "lost breach"), rows("kept", "kept", "lost leak", "lost breach"))
    )
    assert "under silence (baseline)" in found
    assert found.count("in force at the end") == 2
    assert "2 (50.0%), 1 under both" in found
    assert "1 (25.0%), 0 under both" in found  # lost by leak under monthly


def test_rare_fates_share_a_place_and_nobody_is_left_out() -> None:
    causes = [f"cause {letter}".replace(" ", "-") for letter in "abcdefghijkl"]
    one = [f"lost {cause}" for number, cause in enumerate(causes) for _ in range(number + 1)]
    found = words(crossed(rows(*one), rows(*["kept"] * len(one))))
    assert "lost by other causes" in found
    named = [text for text in found if "under both" in text]
    assert sum(int(text.split(" ")[0]) for text in named) == 2 * len(one)

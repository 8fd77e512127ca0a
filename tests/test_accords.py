"""In force among those that reach an accord: who counts, what the interval is, and what the answer says beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from bs4 import BeautifulSoup
from test_report import context

from timeline.analysis.analysis import Analysis, analyse
from timeline.analysis.best import find_best
from timeline.analysis.contrasts import paired_shares
from timeline.analysis.pieces import cut
from timeline.model.endpoints import AtEnd, Endpoints
from timeline.pages.answer import answer
from timeline.pages.brief import write_brief
from timeline.pages.dashboard import said
from timeline.pages.report import render
from timeline.study.window import Window
from timeline.study.yardsticks import declare_yardsticks, no_selection

YEAR = 365.25
WINDOW = Window(15 * YEAR, 10 * YEAR, (5 * YEAR,))
KEY = "in_force_both_accord"
PHASES = (("talks", None), ("signed", "signed_day"))
ENDS = Endpoints(phases=PHASES, half_verified=None, hostility=None)
NO_ACCORD = Endpoints(phases=PHASES, half_verified=None, hostility=None, accord=None)

#: What a timeline of an arm may be: in force at the end, lost, an accord that is never signed, no accord.
FATES = {"+": (YEAR, 2 * YEAR, "open"), "x": (YEAR, 2 * YEAR, "collapsed"), "o": (YEAR, None, "open")}


def arm(fates: str) -> pl.DataFrame:
    """Return rows, one a letter of `FATES`; a dot reaches no accord."""
    rows = [FATES.get(fate, (None, None, "open")) for fate in fates]
    return pl.DataFrame(
        {
            "replication": range(len(rows)),
            "accord_day": [accord for accord, _, _ in rows],
            "signed_day": [signed for _, signed, _ in rows],
            "outcome": [outcome for _, _, outcome in rows],
            "day": [3 * YEAR if outcome == "collapsed" else 15 * YEAR for _, _, outcome in rows],
            "cause": ["breach" if outcome == "collapsed" else "none" for _, _, outcome in rows],
        },
        schema_overrides={"accord_day": pl.Float64, "signed_day": pl.Float64},
    )


def played(ends: Endpoints = ENDS, **arms: str) -> Analysis:
    given = {("as assumed", name): arm(fates) for name, fates in arms.items()}
    return analyse(given, endpoints=ends, window=WINDOW, baseline="silence", grid_points=3)


def estimate(found: Analysis, cadence: str, measure: str = KEY) -> Any:
    return found.estimates.row(by_predicate=(pl.col("cadence") == cadence) & (pl.col("measure") == measure), named=True)


def contrast(found: Analysis, cadence: str, measure: str = KEY) -> Any:
    return found.contrasts.row(by_predicate=(pl.col("cadence") == cadence) & (pl.col("measure") == measure), named=True)


def many(*parts: tuple[int, str, str]) -> dict[str, str]:
    """Return the fates of two arms: so many replications with one under silence and the other under monthly."""
    return {
        "silence": "".join(count * one for count, one, _ in parts),
        "monthly": "".join(count * other for count, _, other in parts),
    }


#: Of a thousand, 530 reach no accord; of 470, 184 and 214 are in force.
HALF = many((530, ".", "."), (180, "+", "+"), (4, "+", "x"), (34, "x", "+"), (252, "x", "x"))


# --- the measure ---------------------------------------------------------------------------


def test_only_replications_that_reach_an_accord_under_both_count() -> None:
    found = played(silence="++x.o", monthly="+xx++")
    assert (estimate(found, "monthly")["estimate"], estimate(found, "monthly")["n"]) == (0.5, 4)
    assert (contrast(found, "monthly")["difference"], contrast(found, "monthly")["n"]) == (0.0, 4)


def test_an_accord_that_is_never_signed_counts_as_not_in_force() -> None:
    found = played(silence="++oo", monthly="+ooo")
    assert estimate(found, "monthly")["estimate"] == 0.25
    assert contrast(found, "monthly")["difference"] == -0.25


def test_where_both_reach_it_in_the_same_timelines_the_difference_of_all_is_diluted_by_those_that_do_not() -> None:
    found = played(**HALF)
    of_all, of_accord = contrast(found, "monthly", "in_force_end"), contrast(found, "monthly")
    assert of_all["difference"] == pytest.approx(0.03)
    assert of_accord["difference"] == pytest.approx(0.03 / 0.47)
    assert of_accord["n"] == 470


def test_its_interval_is_that_of_paired_shares_over_those_timelines() -> None:
    row = contrast(played(**HALF), "monthly")
    assert (row["low"], row["high"]) == pytest.approx(paired_shares((34, 4), 470, row["critical"]))
    assert row["critical"] == pytest.approx(1.96, abs=0.001)


def test_its_intervals_hold_for_all_cadences_together() -> None:
    rng = np.random.default_rng(8)
    arms = {name: "".join(rng.choice(list("+xo."), 400)) for name in ("silence", "a", "b", "c")}
    assert contrast(played(**arms), "a")["critical"] > 2.2


def test_the_baseline_has_no_value_of_its_own_and_says_where_to_look() -> None:
    row = estimate(played(**HALF), "silence")
    assert (row["estimate"], row["note"]) == (None, "the baseline is compared with each cadence; see contrasts")


def test_no_cadence_is_ranked_by_it() -> None:
    found = played(**HALF)
    assert found.best.filter(measure=KEY)["note"].unique().to_list() == [
        "no common ranking: each cadence is compared with the baseline where those two both reach an accord"
    ]
    measure = next(own for own in declare_yardsticks(ENDS, WINDOW) if own.key == KEY)
    assert no_selection(measure) == f'"{KEY}" is of replications that reach an accord under both of two cadences'


def test_where_nobody_reaches_an_accord_under_both_the_note_says_so() -> None:
    row = contrast(played(silence="..+x", monthly="+x.."), "monthly")
    assert (row["difference"], row["note"]) == (None, "no replication reached an accord under both arms")


@pytest.mark.parametrize(
    "ends",
    [
        NO_ACCORD,
        Endpoints(signed=None, further=(AtEnd("waited", "Mean days waited", "days", "lower"),)),
        Endpoints(signed=None, accord="accord_day", further=(AtEnd("waited", "Mean days waited", "days", "lower"),)),
    ],
)
def test_a_model_without_an_accord_or_a_signature_has_no_such_measure(ends: Endpoints) -> None:
    assert KEY not in [measure.key for measure in declare_yardsticks(ends, WINDOW)]


# --- the answer ----------------------------------------------------------------------------


NEVER = (
    "of timelines never reach an accord, and a cadence that begins at the accord changes nothing in them; of those "
    "that do"
)


def beside(**arms: str) -> str:
    return answer(played(**arms)).beside


def test_the_answer_says_beside_its_headline_what_it_is_among_those_that_reach_an_accord() -> None:
    found = answer(played(**HALF))
    assert found.kind == "one best"
    assert "in 21% of timelines, against 18% under silence, the baseline, 3 points more" in found.sentence
    assert found.beside == (
        f"53% {NEVER}, the same under both, 45.5% are in force under monthly against 39.1% under silence, "
        "6.4 points more (95% interval 3.8 to 8.9)."
    )
    assert found.headline == f"{found.sentence} {found.beside}"
    assert found.headline in found.text


def test_where_the_two_reach_an_accord_in_other_timelines_it_is_not_said_that_they_are_the_same() -> None:
    alike = ((180, "+", "+"), (34, "x", "+"), (246, "x", "x"))
    found = beside(**many((500, ".", "."), (40, ".", "+"), *alike))
    assert found == (
        f"50% (monthly) to 54% (silence) {NEVER} under both, "
        "46.5% are in force under monthly against 39.1% under silence, 7.4 points more (95% interval 4.9 to 9.8)."
    )
    as_many = beside(**many((460, ".", "."), (40, ".", "+"), (40, "x", "."), *alike))
    assert as_many == found.replace("50% (monthly) to 54% (silence)", "50%")


def test_of_several_that_may_be_the_best_the_differences_lie_between_two_numbers() -> None:
    more = {"monthly": HALF["monthly"], "yearly": HALF["monthly"][:-1] + "+"}
    assert beside(silence=HALF["silence"], **more) == (
        f"53% {NEVER}, the same under each, 6.4 to 6.6 points more are in force than under silence "
        "(95% intervals from 3.7 to 9.2, holding for all cadences together)."
    )


def test_where_several_reach_an_accord_in_other_timelines_each_is_compared_where_it_and_the_baseline_do() -> None:
    other = "+" * 5 + HALF["monthly"][5:]
    assert beside(silence=HALF["silence"], monthly=HALF["monthly"], yearly=other) == (
        f"52% to 53% {NEVER} under a cadence and silence both, 6.4 points more are in force than under silence "
        "(95% intervals from 3.8 to 8.9, holding for all cadences together)."
    )


def test_where_the_baseline_is_the_best_it_is_set_beside_the_next() -> None:
    found = answer(played(silence=HALF["monthly"], monthly=HALF["silence"]))
    assert found.kind == "baseline best"
    assert found.beside.endswith(
        "39.1% are in force under monthly against 45.5% under silence, 6.4 points less (95% interval 3.8 to 8.9)."
    )


#: Eight of a thousand differ: too few to tell the two apart.
CLOSE = many((530, ".", "."), (200, "+", "+"), (5, "x", "+"), (3, "+", "x"), (262, "x", "x"))


def test_a_difference_that_the_interval_does_not_show_is_not_claimed() -> None:
    found = answer(played(**CLOSE))
    assert found.kind == "no difference"
    assert found.beside.endswith(
        "the same under both, 43.6% are in force under monthly against 43.2% under silence, which cannot be told apart "
        "(95% interval −0.9 to 1.7)."
    )


def test_of_several_that_cannot_be_told_from_the_baseline_only_the_intervals_are_said() -> None:
    found = answer(played(**CLOSE, yearly=CLOSE["silence"][:-1] + "+"))
    assert found.kind == "no difference"
    assert found.beside.endswith(
        "the same under each, the 95% intervals of the differences from silence, holding for all cadences together, "
        "reach from −1.1 to 1.9 points."
    )


def test_a_limit_close_to_no_difference_is_not_rounded_to_it() -> None:
    found = beside(**many((5300, ".", "."), (2000, "+", "+"), (12, "x", "+"), (3, "+", "x"), (2685, "x", "x")))
    assert found.endswith("0.19 points more (95% interval 0.02 to 0.36).")


def test_where_nearly_all_reach_an_accord_nothing_is_said_beside() -> None:
    assert beside(**many((40, ".", "."), (400, "+", "+"), (4, "+", "x"), (60, "x", "+"), (496, "x", "x"))) == ""


def test_that_almost_none_reach_an_accord_is_not_rounded_to_none() -> None:
    assert beside(**many((9960, ".", "."), (10, "+", "+"), (30, "x", "+"))).startswith("99.6% of timelines never")


def test_without_an_accord_nothing_is_said_beside() -> None:
    found = answer(played(NO_ACCORD, **HALF))
    assert (found.kind, found.beside, found.headline) == ("one best", "", found.sentence)


# --- where it is read ----------------------------------------------------------------------


def texts(found: Analysis) -> dict[str, str]:
    """Return the text of the page and of the brief, without figures."""
    told = context(scenarios={}, traces=(), validation=None)
    pages = {"page": render(found, told, []), "brief": write_brief(found, told, [])}
    return {name: " ".join(BeautifulSoup(page, "html.parser").get_text(" ").split()) for name, page in pages.items()}


def test_the_page_and_the_brief_say_it_right_after_the_headline() -> None:
    found = played(**HALF)
    for name, text in texts(found).items():
        assert answer(found).headline in text, name


def test_the_page_and_the_brief_of_a_model_without_an_accord_say_nothing_of_it() -> None:
    found = played(NO_ACCORD, **HALF)
    for name, text in texts(found).items():
        assert answer(found).sentence in text, name
        assert "accord" not in text.lower().replace("talks -> accord", ""), name


def test_the_terminal_says_it_after_the_headline() -> None:
    found = played(**HALF)
    arms = {("as assumed", name): cut(arm(fates)) for name, fates in HALF.items()}
    best = find_best(arms, endpoints=ENDS, window=WINDOW, baseline="silence", measure="in_force_end")
    assert said(found, best) == answer(found).headline


def test_the_tables_of_the_page_hold_it() -> None:
    found = played(**HALF)
    assert found.measures.filter(measure=KEY).row(0) == (
        KEY, "In force at the end (15 years), where both arms reach an accord", "reach an accord under both", "share",
        "higher",
    )  # fmt: skip

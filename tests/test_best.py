"""Against the best: intervals that hold together, and what is said and drawn of them."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from analysis_data import ENDPOINTS, FOLLOW_UP, HORIZON, RMST, synthetic_arms
from interval_coverage.selection import study
from scipy import stats

from timeline.analysis.best import Best, Place, against_best, find_best, keep_untold
from timeline.analysis.contrasts import Comparison
from timeline.analysis.pieces import Pieces, cut
from timeline.analysis.samples import Sample
from timeline.errors import TimelineError
from timeline.plots.best import TWO_RULES, best, best_caption
from timeline.plots.choice import may_be_best
from timeline.plots.style import png, svg
from timeline.study.window import Window
from timeline.study.yardsticks import ALL, BOTH, SIGN, Yardstick


def compare(values: Any, statistic: str = "mean", better: str = "higher", estimand: str = ALL) -> Comparison:
    """Compare named rows of values, all of which count unless they are NaN."""
    span = 1.0 if statistic == "share" else np.inf
    what = Yardstick("m", "M", estimand, "days", better, statistic, "days kept", (), "nobody signed", span=span)  # type: ignore[arg-type]
    found = Comparison(what, list(values), next(iter(values)))
    rows = {name: np.asarray(row, dtype=float) for name, row in values.items()}
    found.add({name: Sample(np.nan_to_num(row), ~np.isnan(row)) for name, row in rows.items()})
    return found


def places(values: Any, **given: Any) -> dict[str, Place]:
    return against_best(compare(values, **given))


# Critical values


@pytest.mark.parametrize(("m", "dunnett"), [(1, 1.64), (2, 1.92), (3, 2.06), (5, 2.23), (9, 2.42)])
def test_a_control_against_equals_has_the_one_sided_critical_value_of_dunnett(m: int, dunnett: float) -> None:
    # Dunnett (1955), JASA 50:1096-1121, table 1a, infinite degrees of freedom.
    rng = np.random.default_rng(1)
    # Exactly uncorrelated with equal variances, so that every two differences correlate by 0.5.
    rows = np.linalg.qr(np.vstack([np.ones(400), rng.normal(0, 1, (m + 1, 400))]).T)[0].T[1:]
    found = compare({str(i): row for i, row in enumerate(rows)})
    values = found.errors(found.cadences).of_controls()
    assert values == pytest.approx(np.full(m + 1, dunnett), abs=0.015)


def test_differences_that_never_vary_need_no_more_than_a_single_one() -> None:
    found = compare({"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0, 3.0]})
    assert found.errors(found.cadences).of_controls() == pytest.approx([1.645, 1.645], abs=0.001)


# Intervals


def test_intervals_of_separate_luck_are_those_from_the_library_s_dunnett_intervals() -> None:
    # Edwards & Hsu: scipy's one-sided Dunnett limits, with each arm in turn as the control.
    rng = np.random.default_rng(3)
    rows = rng.normal(0, 1, (4, 3000)) + np.array([[0.0], [0.02], [0.07], [-0.3]])
    below = np.full((4, 4), np.inf)  # limit of i minus j from below is -(j minus i from above), i the control
    above = np.full((4, 4), np.inf)
    for i in range(4):
        others = [j for j in range(4) if j != i]
        found = stats.dunnett(*rows[others], control=rows[i], alternative="greater", rng=np.random.default_rng(1))
        above[i, others] = -found.confidence_interval(0.95).low  # i minus j is at most so much
    upper = above.min(axis=1)
    leading = np.flatnonzero(upper >= 0)
    for i in range(4):
        below[i, leading] = -above[leading, i]
    below[np.eye(4, dtype=bool)] = np.inf
    lower = np.minimum(below.min(axis=1), 0)
    found = places({str(i): row for i, row in enumerate(rows)})
    assert [place.high for place in found.values()] == pytest.approx(np.maximum(upper, 0), abs=0.002)
    assert [place.low for place in found.values()] == pytest.approx(lower, abs=0.002)
    assert [place.may_be_best for place in found.values()] == [True, False, True, False]


def test_an_interval_by_hand() -> None:
    # Differences 2, 0, 2, 0: mean 1, se 1 / sqrt(3), one-sided 1.645.
    found = places({"a": [3, 2, 5, 4], "b": [1, 2, 3, 4]})
    half = stats.norm.ppf(0.95) / np.sqrt(3)
    assert found["a"][:4] == (1.0, 0.0, pytest.approx(1 + half), True)
    assert found["b"][:4] == (-1.0, pytest.approx(-1 - half), 0.0, False)


def test_shared_luck_makes_the_intervals_narrower() -> None:
    rng = np.random.default_rng(4)
    luck, own = rng.normal(0, 1, 500), rng.normal(0, 0.1, (3, 500))
    shared = places({str(i): luck + own[i] for i in range(3)})
    separate = places({str(i): rng.normal(0, 1, 500) + own[i] for i in range(3)})
    assert max(p.high - p.low for p in shared.values()) < 0.2 * max(p.high - p.low for p in separate.values())


def test_against_the_best_is_narrower_than_between_all_pairs() -> None:
    rng = np.random.default_rng(5)
    found = compare({str(i): row for i, row in enumerate(rng.normal(0, 1, (6, 800)))})
    best_first = max(against_best(found).items(), key=lambda item: item[1].difference)[0]
    widest = max(pair.high - pair.low for names, pair in found.pairs().items() if best_first in names)
    assert all(place.high - place.low < widest for place in against_best(found).values())


def test_who_is_tied_with_the_best_between_all_pairs_is_the_wider_set() -> None:
    rng = np.random.default_rng(6)
    found = compare({str(i): row for i, row in enumerate(rng.normal(0, 1, (8, 900)) + np.linspace(0, 0.3, 8)[:, None])})
    tied = {name for name, standing in found.standings().items() if standing.tied_with_best}
    may = {name for name, place in against_best(found).items() if place.may_be_best}
    assert may < tied


def test_where_lower_is_better_everything_is_mirrored() -> None:
    rng = np.random.default_rng(7)
    rows = dict(zip("abc", rng.normal(0, 1, (3, 300)), strict=True))
    up, down = places(rows), places({name: -row for name, row in rows.items()}, better="lower")
    for name in rows:
        assert down[name][:4] == pytest.approx((-up[name].difference, -up[name].high, -up[name].low, up[name][3]))


def test_identical_cadences_may_all_be_best_and_none_is_ahead() -> None:
    found = places({"a": [0, 1, 1, 0] * 50, "b": [0, 1, 1, 0] * 50, "c": [0] * 200}, statistic="share")
    assert found["a"][:4] == found["b"][:4]
    assert found["a"].may_be_best
    assert found["a"].low < 0 < found["a"].high < 0.02  # what 200 replications cannot rule out
    assert not found["c"].may_be_best


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"better": "neither"}, "neither direction is better"),
        ({"estimand": BOTH}, "no common ranking"),
    ],
)
def test_where_there_is_no_ranking_there_is_no_best(given: dict[str, str], said: str) -> None:
    found = places({"a": [1, 2, 3], "b": [2, 3, 4]}, **given)
    assert all(place.may_be_best is None and np.isnan(place.low) and said in place.note for place in found.values())


def test_a_cadence_that_nobody_signs_under_has_no_interval_and_is_no_rival() -> None:
    nan = float("nan")
    found = places({"a": [1, 2, 3, 9], "b": [nan] * 4, "c": [2, 4, 4, 9]}, estimand=SIGN)
    without = places({"a": [1, 2, 3, 9], "c": [2, 4, 4, 9]}, estimand=SIGN)
    assert (found["b"].may_be_best, found["b"].note) == (None, "nobody signed")
    assert (found["a"], found["c"]) == (without["a"], without["c"])


def test_one_cadence_has_nothing_to_be_better_than() -> None:
    assert places({"a": [1, 2, 3]})["a"].note == "there is no other cadence with a value"


def holds(found: dict[str, Place], truth: np.ndarray) -> bool:
    rest = np.array([truth[i] - np.delete(truth, i).max() for i in range(len(truth))])
    return all(place.low <= value <= place.high for place, value in zip(found.values(), rest, strict=True))


@pytest.mark.parametrize("truth", [[0.0, 0.0, 0.0, 0.0], [0.0, 0.02, 0.05, 0.05], [0.0, 0.0, 0.0, 0.3]])
def test_all_intervals_hold_together_as_often_as_they_say(truth: list[float]) -> None:
    rng = np.random.default_rng(8)
    means, times = np.array(truth), 60
    found = 0
    for _ in range(times):
        luck = rng.normal(0, 1, 300)
        rows = means[:, None] + luck + rng.normal(0, 0.3, (4, 300)) * np.array([[0.5], [1.0], [1.5], [1.0]])
        found += holds(places({str(i): row for i, row in enumerate(rows)}), means)
    assert found >= stats.binom.ppf(0.001, times, 0.95)  # fewer have a chance of one in a thousand


def test_the_baseline_is_kept_in_where_its_own_difference_tells_nothing() -> None:
    rng = np.random.default_rng(9)
    luck = rng.normal(0, 1, 400)
    # One-sided the baseline is out, two-sided it cannot be told from the best.
    gap = 1.8 / 20 + luck - luck.mean()
    found = compare({"base": np.zeros(400), "top": gap})
    strict = against_best(found)
    kept = keep_untold(found, strict)
    assert (strict["base"].may_be_best, kept["base"].may_be_best) == (False, True)
    assert kept["base"].high > 0
    assert kept["top"].low == -kept["base"].high
    assert "its own difference from top" in kept["base"].note


# A run's best, in words and as a figure


def find(measure: str = "rmst_in_force_1826", indifference: float | None = 20.0, **given: Any) -> Best:
    arms = synthetic_arms(**{"n": 3000, "scenarios": ("calm",), **given})
    return find_all({arm: cut(rows) for arm, rows in arms.items()}, measure, indifference)


def find_all(arms: dict[tuple[str, str], Pieces], measure: str, indifference: float | None = None) -> Best:
    return find_best(
        arms,
        endpoints=ENDPOINTS,
        window=Window(HORIZON, FOLLOW_UP, tuple(RMST)),
        baseline="silence",
        measure=measure,
        indifference=indifference,
    )


def test_the_frame_is_what_the_comparison_of_all_values_says() -> None:
    found = find(scenarios=("calm", "hawkish-press"))
    assert found.against_best.height == 8
    assert found.against_best["scenario"].unique(maintain_order=True).to_list() == ["calm", "hawkish-press"]
    assert (found.against_best["n"] == 3000).all()
    assert found.against_best.filter(found.against_best["may_be_best"])["high"].min() >= 0  # type: ignore[operator]


def test_without_an_indifference_nothing_is_chosen_but_all_are_compared() -> None:
    found = find(indifference=None)
    assert (found.race.height, found.decisions.height, found.against_best.height) == (0, 0, 4)


def test_an_unknown_measure_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(TimelineError, match='did you mean "in_force_end"'):
        find("in_force_ent")


def test_only_replications_that_all_cadences_share_are_compared() -> None:
    arms = synthetic_arms(n=3000, cadences=("silence", "quarterly"), scenarios=("calm",))
    fewer = {("calm", "silence"): arms["calm", "silence"], ("calm", "quarterly"): arms["calm", "quarterly"][::2]}
    found = find_all({arm: cut(rows) for arm, rows in fewer.items()}, "in_force_end", 0.01)
    assert found.against_best["n"].to_list() == [1500, 1500]
    assert found.decisions["replications"].to_list() == [1500]


def test_the_words_name_who_may_be_best_and_what_the_choice_can_cost() -> None:
    found = find("in_force_end", None)
    names = found.against_best.filter(found.against_best["may_be_best"])["cadence"].to_list()
    said = may_be_best(found, "calm")
    assert all(name in said for name in names)
    assert "of 4 cadences" in said
    assert "days" not in said
    assert may_be_best(find("signed_day", None), "calm").startswith("Mean day of signature: no cadence can be called")


def test_the_figure_marks_who_may_be_best_by_shape_and_fill() -> None:
    found = find()
    drawn = best(found, scenario="calm").axes[0]
    marks = [line.get_marker() for line in drawn.get_lines() if line.get_marker() in ("o", "s")]
    assert marks.count("o") == found.against_best["may_be_best"].sum()
    assert marks.count("s") == (~found.against_best["may_be_best"]).sum()
    order = [label.get_text() for label in drawn.get_yticklabels()]
    assert order == found.against_best.sort("difference", descending=True)["cadence"].to_list()


def test_the_figure_is_the_same_bytes_each_time_and_its_caption_states_the_finding() -> None:
    found = find()
    first, again = best(found, scenario="calm"), best(found, scenario="calm")
    assert svg(first, "best") == svg(again, "best")
    assert png(first, dpi=50) == png(again, dpi=50)
    said = best_caption(found, scenario="calm")
    assert may_be_best(found, "calm") in said
    assert "95% multiple comparisons with the best" in said


def test_where_all_cadences_are_the_same_none_looks_best() -> None:
    rows = synthetic_arms(n=200, cadences=("silence",), scenarios=("calm",))["calm", "silence"]
    found = find_all({("calm", name): cut(rows) for name in ("silence", "hush")}, "in_force_end")
    assert best_caption(found, scenario="calm").endswith(
        "all cadences are the same in every replication, so none is better than another."
    )
    assert not best(found, scenario="calm").axes[0].lines


def test_a_race_that_has_put_nobody_out_has_no_column() -> None:
    found = find(n=50)
    assert found.race["retained"].all()
    assert TWO_RULES not in best_caption(found, scenario="calm")
    assert not any("out of the race" in text.get_text() for text in best(found, scenario="calm").texts)


@pytest.mark.parametrize("measure", ["in_force_end", "hostility", "signed_day"])
@pytest.mark.parametrize("cadences", [("silence",), ("silence", "quarterly")])
def test_every_small_experiment_can_be_drawn(measure: str, cadences: tuple[str, ...]) -> None:
    found = find(measure, 0.01, cadences=cadences, n=50)
    assert svg(best(found, scenario="calm"), "best").startswith("<svg ")
    assert best_caption(found, scenario="calm")


def test_the_words_need_no_plotting_library() -> None:
    code = "import sys; import timeline.plots.choice; sys.exit('matplotlib' in sys.modules)"
    import subprocess

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# The study of both


@pytest.mark.parametrize("times", [8, pytest.param(400, marks=pytest.mark.slow)])
def test_no_row_of_the_study_is_far_below_what_it_should_hold(times: int) -> None:
    rows = study(times, 1993)
    assert {row.interval for row in rows} == {"choice of the best", "against the best, simultaneous"}
    # Fewer have a chance of one in ten thousand if the probability is 95%.
    assert all(row.coverage * times >= stats.binom.ppf(0.0001, times, 0.95) for row in rows)

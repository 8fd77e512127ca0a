"""Several aims: what dominates what, what cannot be told, what weights say, and how a config asks for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from analysis_data import ENDPOINTS, HORIZON, synthetic_arms
from matplotlib.figure import Figure
from scipy import stats

from timeline.analysis.aims import DOMINATED, FRONT, OPEN, aims_table, scores, sensitivity, verdicts
from timeline.analysis.analysis import Analysis, analyse
from timeline.config.aims import read_aims
from timeline.config.document import Document
from timeline.errors import ModelError, TimelineError
from timeline.model.endpoints import AtEnd, Endpoints
from timeline.plots.aims import aims as drawn
from timeline.plots.aims import aims_caption
from timeline.study.questions import Aims, usual_aims
from timeline.study.window import Window
from timeline.study.yardsticks import declare_yardsticks
from timeline.workspace import Workspace

ROOT = Path(__file__).parents[1]
ENDS = Endpoints(
    phases=(("talks", None),),
    accord=None,
    half_verified=None,
    hostility=None,
    further=(
        AtEnd("good", "Mean good", "index", "higher"),
        AtEnd("bad", "Mean number of bad things", "count", "lower"),
    ),
)
TWO = Aims(("good", "bad"))


def arm(good: object, bad: object, n: int = 400) -> pl.DataFrame:
    """Rows of timelines that end with these numbers."""
    return pl.DataFrame(
        {"replication": np.arange(n), "day": 100.0, "outcome": "open", "cause": "none", "signed_day": 1.0}
    ).with_columns(good=pl.Series(np.broadcast_to(good, n)), bad=pl.Series(np.broadcast_to(bad, n)))


def judged(cadences: dict[str, pl.DataFrame], aims: Aims = TWO, endpoints: Endpoints = ENDS) -> Analysis:
    return analyse(
        {("calm", name): rows for name, rows in cadences.items()},
        endpoints=endpoints, window=Window(100.0, 50.0, (50.0,)), baseline=next(iter(cadences)),
        grid_points=2, aims=aims.measures,
    )  # fmt: skip


def verdict_of(cadences: dict[str, pl.DataFrame], aims: Aims = TWO) -> dict[str, str]:
    return dict(verdicts(judged(cadences, aims), aims).select("cadence", "verdict").iter_rows())


def luck(seed: int = 1, n: int = 400) -> np.ndarray:
    return np.random.default_rng(seed).random(n)


# What dominates what


def test_a_cadence_that_is_better_in_every_aim_dominates() -> None:
    u, v = luck(1), luck(2)
    found = verdict_of({"base": arm(u, 3 + v), "other": arm(u + 0.2 + 0.1 * v, 2 + u)})
    assert found == {"base": DOMINATED, "other": FRONT}


def test_what_is_the_same_in_every_replication_is_as_good() -> None:
    u, v = luck(1), luck(2)
    analysis = judged({"base": arm(u, 2.0), "other": arm(u + v, 2.0)})
    assert verdicts(analysis, TWO)[:, :5].rows() == [
        ("calm", "base", DOMINATED, ["other"], []),
        ("calm", "other", FRONT, [], []),
    ]


def test_where_one_is_better_in_this_and_the_other_in_that_both_are_on_the_front() -> None:
    u, v = luck(1), luck(2)
    assert verdict_of({"base": arm(u, 2 + u), "other": arm(u + v, 3 + v)}) == {"base": FRONT, "other": FRONT}


def test_twins_are_both_on_the_front() -> None:
    assert verdict_of({"base": arm(luck(), 1.0), "twin": arm(luck(), 1.0)}) == {"base": FRONT, "twin": FRONT}


def test_twins_are_said_to_be_the_same_and_not_better_than_each_other() -> None:
    both = judged({"base": arm(luck(), 1.0), "twin": arm(luck(), 1.0)})
    assert picture(both, TWO)[1] == "Both cadences are the same in every aim."
    three = judged({"base": arm(luck(), 1.0), "twin": arm(luck(), 1.0), "worse": arm(luck() - 1, 2.0)})
    said = picture(three, TWO)[1]
    assert "better than any one other in some aim; base and twin are the same in every aim." in said


def test_what_looks_better_but_is_not_told_apart_dominates_nothing() -> None:
    u, noise = luck(1), luck(2) - 0.5
    noise -= noise.mean() - 0.005  # better by .005, give or take .014
    cadences = {"base": arm(u, 2.0), "other": arm(u + noise, 2.0)}
    found = verdicts(judged(cadences), TWO)
    assert found["verdict"].to_list() == [OPEN, OPEN]
    assert found["perhaps_by"].to_list() == [["other"], ["base"]]


def test_one_aim_left_open_leaves_the_verdict_open() -> None:
    u, noise = luck(1), luck(2) - 0.5
    assert verdict_of({"base": arm(u, 2.0), "other": arm(u + luck(3), 2.0 + noise - noise.mean())}) == {
        "base": OPEN,
        "other": FRONT,
    }


def test_what_stands_between_a_cadence_and_being_dominated_is_named() -> None:
    u, noise = luck(1), luck(2) - 0.5
    analysis = judged({"base": arm(u, 2.0), "other": arm(u + luck(3), 2.0 + noise - noise.mean())})
    found = verdicts(analysis, TWO).row(0, named=True)
    pair = analysis.pairs.filter(measure="bad").row(0, named=True)
    assert (found["nearly_by"], found["open_in"], found["at_most"]) == ("other", ["bad"], [pytest.approx(-pair["low"])])
    said = (
        f"(base would be dominated by other, but may be better by at most {-pair['low']:.3f} in number of bad things)"
    )
    assert said in picture(analysis, TWO)[1]


def test_a_dominated_cadence_can_be_dominated_by_a_dominated_one() -> None:
    u, v = luck(1), luck(2)
    found = verdicts(judged({"base": arm(u, 2.0), "mid": arm(u + v, 2.0), "top": arm(u + 2 * v, 2.0)}), TWO)
    assert found["by"].to_list() == [["mid", "top"], ["top"], []]


def test_a_single_cadence_is_on_the_front() -> None:
    assert verdict_of({"base": arm(luck(), 1.0)}) == {"base": FRONT}


def test_the_intervals_hold_for_all_aims_together() -> None:
    u, v = luck(1), luck(2)
    found = judged({"base": arm(u, 2 + v), "other": arm(u + v, 2 + u)}).pairs
    assert found["critical"].to_list() == pytest.approx([stats.norm.ppf(1 - 0.025 / 2)] * 2, rel=2e-3)


def test_a_single_pair_and_aim_is_the_contrast() -> None:
    found = judged({"base": arm(luck(1), 1.0), "other": arm(luck(2), 1.0)}, Aims(("good",)))
    one = found.contrasts.filter(measure="good").row(0, named=True)
    pair = found.pairs.row(0, named=True)
    assert (pair["cadence"], pair["other"]) == ("base", "other")
    assert (-pair["difference"], -pair["high"], -pair["low"]) == pytest.approx(
        (one["difference"], one["low"], one["high"]), rel=1e-9
    )


def wrong_verdicts(experiments: int) -> int:
    """Count experiments of 300 replications in which something is said that is false.

    In truth `other` is better than the baseline in one aim, a little worse in the second and equal in the third;
    `third` is exactly as good as the baseline in all. So nothing is dominated.
    """
    rng = np.random.default_rng(7)
    aims = Aims(("good", "bad", "odd"))
    ends = replace(ENDS, further=(*ENDS.further, AtEnd("odd", "Mean odd", "index", "lower")))
    wrong = 0
    for _ in range(experiments):
        u, v, w = rng.normal(size=(3, 300))
        x, y, z = rng.normal(size=(3, 300))
        base = arm(u, v, 300).with_columns(odd=pl.Series(w))
        other = arm(u + 0.3 + 0.3 * x, v + 0.01 + 0.5 * y, 300).with_columns(odd=pl.Series(w + 0.5 * z))
        third = arm(rng.permutation(u), v + 0.4 * z, 300).with_columns(odd=pl.Series(w + 0.4 * x))
        analysis = judged({"base": base, "other": other, "third": third}, aims, ends)
        wrong += DOMINATED in verdicts(analysis, aims)["verdict"].to_list()
    return wrong


def test_false_verdicts_are_rare() -> None:
    # If each experiment errs with 5%, more than 7 of 40 come up once in 1,000.
    assert wrong_verdicts(40) <= stats.binom.ppf(0.999, 40, 0.05)


@pytest.mark.slow
def test_false_verdicts_are_rare_over_many_experiments() -> None:
    assert wrong_verdicts(300) <= stats.binom.ppf(0.999, 300, 0.05)


# Measures


def test_time_to_accord_counts_those_that_never_reach_one() -> None:
    arms = {("calm", "base"): synthetic_arms(n=500, scenarios=["calm"])["calm", "silence"]}
    found = analyse(arms, endpoints=ENDPOINTS, window=Window(HORIZON, HORIZON / 2, (365.25,)), baseline="base")
    days = arms["calm", "base"]["accord_day"].fill_nan(HORIZON)
    estimate = found.estimates.filter(measure="time_to_accord").row(0, named=True)
    assert estimate["estimate"] == pytest.approx(days.mean())
    assert (estimate["n"], estimate["se"]) == (500, pytest.approx(stats.sem(days.to_numpy())))


def test_a_further_measure_leaves_out_timelines_that_hold_no_number() -> None:
    found = judged({"base": arm(np.array([1.0, np.nan, 2.0]), 0, n=3)}).estimates.filter(measure="good")
    assert found.select("estimate", "n").row(0) == (1.5, 2)


def test_no_accord_means_no_time_to_it() -> None:
    assert "time_to_accord" not in [measure.key for measure in declare_yardsticks(ENDS, Window(100.0, 50.0, (50.0,)))]


def test_a_further_measure_may_not_take_the_name_of_another() -> None:
    ends = replace(ENDS, further=(AtEnd("good", "Signed", "share", "higher", name="signed"),))
    with pytest.raises(TimelineError, match="a further measure is called signed, which another measure is called"):
        declare_yardsticks(ends, Window(100.0, 50.0, (50.0,)))


def test_two_further_measures_need_two_names() -> None:
    with pytest.raises(ModelError, match="further names good twice"):
        replace(ENDS, further=(ENDS.further[0], ENDS.further[0]))


def test_a_direction_that_is_none_is_refused() -> None:
    with pytest.raises(ModelError, match='"leaks": better "fewer" given, expected one of higher, lower, neither'):
        AtEnd("leaks", "Leaks", "count", "fewer")  # type: ignore[arg-type]


@pytest.mark.parametrize("column", ["leakz", "steps[].kept", "outcome"])
def test_a_model_cannot_measure_what_is_no_single_number(column: str) -> None:
    model = Workspace(ROOT).load("backchannel")
    ends = model.endpoints
    assert ends is not None
    with pytest.raises(ModelError, match=f'endpoints, further: given "{column[:5]}'):
        replace(model, endpoints=replace(ends, further=(AtEnd(column, "X", "count", "lower"),)))


@pytest.mark.parametrize("name", ["backchannel", "track_two", "secret_pact"])
def test_the_shipped_models_count_leaks_and_what_was_carried_out(name: str) -> None:
    ends = Workspace(ROOT).load(name).endpoints
    assert ends is not None
    assert usual_aims(ends).measures == (
        ("in_force_end", "hostility", "leaks", "carried_out")
        if name == "secret_pact"
        else ("in_force_end", "hostility", "time_to_accord", "leaks", "carried_out")
    )


# Weights


def three() -> Analysis:
    """Means of good 0, 1, 2 and of bad 1, 2, 5, each in a hundred replications."""
    spread = np.tile([-0.1, 0.1], 50)
    values = {"low": (0.0, 1.0), "mid": (1.0, 2.0), "high": (2.0, 5.0)}
    return judged({name: arm(good + spread, bad + spread[::-1], 100) for name, (good, bad) in values.items()})


def test_a_score_is_the_weighted_mean_of_scaled_values() -> None:
    found = scores(three(), Aims(("good", "bad"), {"good": 3.0, "bad": 1.0}))
    assert found["score"].to_list() == pytest.approx([0.25, 0.75 * 0.5 + 0.25 * 0.75, 0.75])
    assert found["winner"].unique().to_list() == ["high"]
    assert found["behind"].to_list() == pytest.approx([0.5, 0.1875, 0.0])


def test_an_aim_without_a_weight_counts_for_nothing() -> None:
    found = scores(three(), Aims(("good", "bad"), {"bad": 2.0}))
    assert found["score"].to_list() == pytest.approx([1.0, 0.75, 0.0])


def test_nobody_weighed_means_no_scores() -> None:
    assert scores(three(), TWO).is_empty()
    assert sensitivity(three(), TWO).is_empty()


def test_the_winner_stays_ahead_over_the_weights_that_are_given() -> None:
    analysis = three()
    found = sensitivity(analysis, Aims(("good", "bad"), {"good": 3.0, "bad": 1.0})).row(0, named=True)
    assert (found["measure"], found["weight"], found["winner"], found["above"]) == ("good", 0.75, "high", None)
    # high leads mid while .5 w > .75 (1 - w).
    assert (found["low"], found["high"], found["below"]) == (pytest.approx(0.6), 1.0, "mid")
    for share, winner in ((0.59, "mid"), (0.61, "high")):
        at = scores(analysis, Aims(("good", "bad"), {"good": share, "bad": 1 - share}))
        assert at["winner"][0] == winner


def test_an_aim_in_which_all_are_the_same_is_worth_nothing() -> None:
    u = luck()
    found = scores(judged({"base": arm(u, 1.0), "other": arm(u + 1, 1.0)}), Aims(TWO.measures, {"good": 1, "bad": 1}))
    assert found["score"].to_list() == [0.0, 0.5]


def test_how_far_behind_holds_together_with_the_pairs() -> None:
    analysis = three()
    aims = Aims(("good", "bad"), {"good": 1.0})
    pair = analysis.pairs.filter(cadence="low", other="high", measure="good").row(0, named=True)
    found = scores(analysis, aims).filter(cadence="low").row(0, named=True)
    assert (found["low"], found["high"], found["told"]) == (
        pytest.approx(-pair["high"] / 2), pytest.approx(-pair["low"] / 2), True,
    )  # fmt: skip


# The table, the figure and its caption


def test_the_table_takes_differences_from_the_contrasts() -> None:
    analysis = three()
    table = aims_table(analysis, TWO)
    assert table.select("cadence", "measure").rows() == [
        (cadence, measure) for measure in ("good", "bad") for cadence in ("low", "mid", "high")
    ]
    assert table["scaled"].to_list() == pytest.approx([0.0, 0.5, 1.0, 1.0, 0.75, 0.0])
    own = analysis.contrasts.filter(measure="bad")
    assert table.filter(measure="bad")["low"].to_list() == [None, *own["low"].to_list()]


def test_an_analysis_without_these_aims_is_refused() -> None:
    with pytest.raises(TimelineError, match="given bad, which this analysis was not told to compare"):
        verdicts(judged({"base": arm(1.0, 1.0), "other": arm(1.0, 2.0)}, Aims(("good",))), TWO)


def test_an_analysis_refuses_aims_without_a_direction() -> None:
    with pytest.raises(TimelineError, match="aims: given 'signed_day', expected measures with a direction"):
        judged({"base": arm(1.0, 1.0)}, Aims(("signed_day",)))


def picture(analysis: Analysis, aims: Aims) -> tuple[Figure, str]:
    found = (aims_table(analysis, aims), verdicts(analysis, aims), scores(analysis, aims))
    where = {"scenario": "calm", "baseline": analysis.baseline}
    return drawn(*found, **where), aims_caption(*found, sensitivity(analysis, aims), **where)


def test_two_aims_are_a_scatter_with_the_better_end_up_and_right() -> None:
    figure, caption = picture(three(), TWO)
    (ax,) = figure.axes
    assert (bool(ax.xaxis_inverted()), bool(ax.yaxis_inverted())) == (False, True)
    assert caption.startswith(
        "None of the 3 cadences is dominated as far as these replications tell. low, mid and high "
    )


def test_more_aims_are_a_strip_each_and_one_for_the_score() -> None:
    aims = Aims(("good", "bad", "in_force_end"), {"good": 3.0, "bad": 1.0})
    figure, caption = picture(judged({"a": arm(luck(1), 2.0), "b": arm(luck(1) + luck(2), 2.0)}, aims), aims)
    assert len(figure.axes) == 4
    assert caption.startswith("Of 2 cadences, 1 is dominated: a; b dominates it. b is on the front")
    assert "With the weights given (75% good and 25% number of bad things;" in caption
    assert (
        "b scores highest, 0.75, and every other can be told from it. It stays ahead whatever one aim weighs" in caption
    )


def test_the_caption_says_when_the_winner_changes() -> None:
    _, caption = picture(three(), Aims(("good", "bad"), {"good": 3.0, "bad": 1.0}))
    assert "mid is ahead once good weighs less than 60% or number of bad things weighs more than 40%." in caption


def test_one_cadence_leaves_nothing_to_weigh() -> None:
    figure, caption = picture(judged({"base": arm(luck(), 1.0)}), TWO)
    assert caption == "Only one cadence was run, so there is nothing to weigh."
    assert "nothing to weigh" in figure.axes[0].texts[0].get_text()


# The config


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], tuple[Aims | None, Document]]:
    def reading(text: str) -> tuple[Aims | None, Document]:
        path = tmp_path / "x.toml"
        path.write_text(text, encoding="utf-8")
        document = Document(path)
        ends = replace(ENDPOINTS, further=(AtEnd("leaks", "Leaks", "count", "lower"),))
        return read_aims(document, ends, Window(HORIZON, HORIZON / 2, (365.25, HORIZON))), document

    return reading


Reading = Callable[[str], tuple[Aims | None, Document]]


def test_aims_are_named_as_people_name_measures(read: Reading) -> None:
    found, document = read(
        '[aims]\nmeasures = ["in force", "time to accord", "rmst 1 year"]\nweights = {"in force" = 2}'
    )
    assert found == Aims(("in_force_end", "time_to_accord", "rmst_in_force_365"), {"in_force_end": 2.0})
    assert (document.problems, document.warnings) == ([], [])


def test_no_section_means_no_aims_of_its_own(read: Reading) -> None:
    assert read("seed = 1")[0] is None


def test_weights_alone_weigh_the_usual_aims(read: Reading) -> None:
    found, _ = read("[aims]\nweights = {leaks = 1}")
    assert found == Aims(("in_force_end", "hostility", "time_to_accord", "leaks"), {"leaks": 1.0})


def test_a_measure_of_those_that_sign_is_warned_of(read: Reading) -> None:
    _, document = read('[aims]\nmeasures = ["in force", "survival_since_signature_365"]')
    assert "which is among those that sign: each cadence has others" in document.warnings[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('measures = ["in force", "leeks"]', 'aims.measures[1]: given "leeks", expected a measure'),
        ('measures = ["in force", "lekas"]', 'expected a measure; did you mean "leaks"'),
        ('measures = ["in force", "rmst 20 years"]', "expected no more than the horizon, 15 years"),
        ('measures = ["in force", "accord_day"]', '"time to accord" counts those that never reach one too'),
        ('measures = ["in force", "rmst_both_sign_365"]', "which is of replications that sign under both of two cad"),
        ('measures = ["in force", "rmst_since_signature_5479"]', "is longer than the follow-up"),
        ('measures = ["in force", "in_force_end"]', "which is an aim already, expected different measures"),
        ('measures = ["in force"]', 'given one aim, "in force", expected 2 to 6 aims: one needs no table'),
        (
            'measures = ["in force", "signed", "leaks", "hostility", "time to accord", "rmst 1 year", '
            '"in force verified"]',
            "given 7 aims, expected 2 to 6",
        ),
        (
            'measures = ["in force", "leaks"]\nweights = {hostility = 1}',
            "aims.weights.hostility: given a weight for wh",
        ),
        ('measures = ["in force", "leaks"]\nweights = {leaks = -1}', "given -1, expected a weight of 0 or more"),
        (
            'measures = ["in force", "leaks"]\nweights = {leaks = inf}',
            "given inf, expected a weight of 0 or more, and fin",
        ),
        ('measures = ["in force", "leaks"]\nweights = {leaks = true}', "given true, expected a weight of 0 or more"),
        ('measures = ["in force", "leaks"]\nweights = {leaks = nan}', "given nan, expected a weight of 0 or more"),
        ('measures = ["in force", "leaks"]\nweights = {leaks = 0}', "given no weight above 0, expected at least one"),
        ('weights = {"in force" = 1, in_force_end = 1}', "given a second weight for the same aim, expected one"),
    ],
)
def test_a_wrong_table_of_aims_is_refused_with_a_sentence(read: Reading, text: str, expected: str) -> None:
    _, document = read(f"[aims]\n{text}")
    assert len(document.problems) == 1
    assert expected in document.problems[0]
    assert re.search(r"x\.toml, line \d: aims", document.problems[0])


def test_aims_need_a_model_with_endpoints(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('[aims]\nmeasures = ["in force", "leaks"]', encoding="utf-8")
    document = Document(tmp_path / "x.toml")
    assert read_aims(document, None, Window(100.0, 50.0, (50.0,))) is None
    assert "given, but the model declares no endpoints to measure" in document.problems[0]

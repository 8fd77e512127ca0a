"""Selection: who beats whom and when, who is left, and how often the choice is right."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from analysis_data import ENDPOINTS, FOLLOW_UP, HORIZON, RMST, synthetic_arms
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from interval_coverage.laws import WINDOW
from interval_coverage.selection import normal, race, tied, tied_losses
from scipy import stats
from sim_tools.ovs.indifference_zone import KN

from timeline.analysis.best import Best, find_best
from timeline.analysis.pieces import cut
from timeline.analysis.selection import Duels, drop, left, retained, squared_height
from timeline.cli import timeline as command
from timeline.config.load import load
from timeline.errors import ConfigError
from timeline.front.forecasting import say_selection
from timeline.plots.choice import chosen
from timeline.study.questions import FIRST_LOOK, Selection
from timeline.study.resolved import ResolvedConfig
from timeline.study.window import Window

ROOT = Path(__file__).resolve().parents[1]
TINY = 1e-9
NEVER = np.inf


class Rows:
    """Saved rows that sim-tools takes one after the other."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.played = values, [0] * len(values)

    def register_observer(self, observer: Any) -> None:
        self.observer = observer

    def simulate(self, design: int) -> None:
        self.observer.feedback(self, design, self.values[design, self.played[design]])
        self.played[design] += 1


def by_sim_tools(values: np.ndarray, delta: float, first: int, obj: str = "max") -> tuple[list[int], list[int]]:
    """Return who is left, and how many replications of each sim-tools has asked for."""
    rows = Rows(values)
    found = KN(rows, len(values), delta, 0.05, first, obj).solve()
    return [int(one) for one in found], rows.played


def duels(values: np.ndarray, delta: float, first: int, **given: Any) -> Duels:
    found = Duels(len(values), delta, 0.95, first=first, **{"batch": 1, "span": TINY, **given})
    found.add(values)
    return found


# The boundary


@pytest.mark.parametrize(("k", "first"), [(2, 10), (5, 20), (14, 40)])
def test_the_height_of_the_boundary_is_that_of_sim_tools(k: int, first: int) -> None:
    oracle = KN(Rows(np.zeros((k, 1))), k, 1.0, 0.05, first)
    assert squared_height(k, 0.95, first) == pytest.approx(2 * oracle._eta * (first - 1))


@pytest.mark.parametrize("seed", range(8))
def test_two_cadences_are_told_apart_at_the_same_replication_as_by_sim_tools(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, 3000) + np.array([[0.0], [0.1]]) * (-1) ** seed + rng.normal(0, 0.7, (2, 3000))
    kept, played = by_sim_tools(values, 0.1, 20)
    found = duels(values, 0.1, 20)
    assert np.flatnonzero(retained(found.beaten)).tolist() == kept
    assert drop(found.beaten).at[1 - kept[0]] == played[1 - kept[0]]


@pytest.mark.parametrize("seed", range(4))
def test_five_cadences_are_dropped_at_the_same_replications_as_by_sim_tools(seed: int) -> None:
    # sim-tools 1.3 looks up the variance of another pair where the rival comes first (`design_l - 1`), so all pairs are
    # given the same variance in the first stage: its values are made uncorrelated, with variance 1.
    rng = np.random.default_rng(seed)
    first, n = 30, 6000
    values = rng.normal(0, 1, (5, n))
    start = values[:, :first] - values[:, :first].mean(axis=1, keepdims=True)
    values[:, :first] = np.linalg.qr(start.T)[0].T * np.sqrt(first - 1)
    values += rng.permutation([0.0, 0.05, 0.1, 0.2, 0.5])[:, None]
    kept, played = by_sim_tools(values, 0.15, first)
    found = drop(duels(values, 0.15, first).beaten)
    assert np.flatnonzero(np.isinf(found.at)).tolist() == kept
    assert [at for at in found.at if at < NEVER] == [played[i] for i in range(5) if i not in kept]


def test_lower_is_better_by_the_negative_as_in_sim_tools() -> None:
    values = np.random.default_rng(1).normal([[0.0], [0.3]], 1.0, (2, 2000))
    assert by_sim_tools(values, 0.3, 20, "min")[0] == np.flatnonzero(retained(duels(-values, 0.3, 20).beaten)).tolist()


def test_a_lead_decides_where_the_boundary_is_by_hand() -> None:
    # Differences 2, 0, 2, 0, ...: mean 1, S2 = 20/19 over the first 20, h2 = 19 (0.1 ** (-2 / 19) - 1).
    values = np.array([np.tile([2.0, 0.0], 200), np.zeros(400)])
    height = 19 * (0.1 ** (-2 / 19) - 1) * (20 / 19) / (2 * 0.05)
    expected = next(r for r in range(20, 400) if 2 * np.ceil(r / 2) > height - 0.05 / 2 * r)
    assert duels(values, 0.05, 20).beaten[1, 0] == expected > 20


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(1, 2399), max_size=6, unique=True))
def test_the_choice_does_not_depend_on_where_the_rows_are_cut(cuts: list[int]) -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(0, 1, (4, 2400)) + rng.normal(0, 300, 2400) + np.array([[0.0], [0.1], [0.2], [0.3]])
    whole, pieces = Duels(4, 0.1, 0.95, first=500), Duels(4, 0.1, 0.95, first=500)
    whole.add(values)
    for begin, end in pairwise([0, *sorted(cuts), 2400]):
        pieces.add(values[:, begin:end])
    assert np.array_equal(whole.beaten, pieces.beaten)
    assert np.array_equal(whole.forecast(), pieces.forecast())


# Mostly tied


def test_a_pair_that_never_differed_in_the_first_stage_is_not_decided_by_the_first_difference() -> None:
    values = np.ones((2, FIRST_LOOK + 500))
    values[0, FIRST_LOOK + 10] = 0.0
    found = Duels(2, 0.0001, 0.95, span=1.0)
    found.add(values)
    assert np.isinf(found.beaten).all()
    assert np.isfinite(duels(values, 0.0001, FIRST_LOOK).beaten).any()  # but for the imaginary replication it would be


def test_identical_cadences_never_beat_each_other() -> None:
    values = np.tile(np.random.default_rng(2).random(50_000), (2, 1))
    found = Duels(2, 0.01, 0.95, span=1.0)
    found.add(values)
    assert np.isinf(found.beaten).all()
    assert found.latest[0, 1] < 50_000
    assert not found.differ.any()


def test_nothing_is_decided_before_the_first_stage_is_over() -> None:
    values = np.array([np.zeros(FIRST_LOOK), np.ones(FIRST_LOOK)])
    found = Duels(2, 0.1, 0.95, span=1.0)
    found.add(values[:, :-1])
    assert np.isinf(found.beaten).all()
    found.add(values[:, -1:])
    assert found.beaten[0, 1] == FIRST_LOOK


# Who is left


def tournaments(k: int) -> st.SearchStrategy[np.ndarray]:
    """Any pairs of k beaten after any of five times, one way or not at all."""
    times = arrays.arrays(np.int64, (k, k), elements=st.integers(-5, 5))

    def one_way(drawn: np.ndarray) -> np.ndarray:
        found = np.full((k, k), NEVER)
        for i, j in combinations(range(k), 2):
            if drawn[i, j] > 0:
                found[i, j] = drawn[i, j]
            elif drawn[i, j] < 0:
                found[j, i] = -drawn[i, j]
        return found

    return times.map(one_way)


@settings(max_examples=150, deadline=None)
@given(beaten=st.integers(1, 6).flatmap(tournaments), until=st.integers(0, 6))
def test_whoever_is_out_was_dropped_by_kn_and_beaten_by_one_in_the_race(beaten: np.ndarray, until: int) -> None:
    seen = np.where(beaten <= until, beaten, NEVER)
    racing = np.isinf(drop(seen).at)
    kept = retained(beaten, until)
    assert np.array_equal(kept, retained(seen))
    assert kept[racing].all()
    assert all(np.isfinite(seen[i, racing]).any() == (not kept[i]) for i in np.flatnonzero(~racing))


@settings(max_examples=150, deadline=None)
@given(beaten=st.integers(2, 6).flatmap(tournaments))
def test_whoever_is_retained_alone_has_beaten_all_others(beaten: np.ndarray) -> None:
    kept = retained(beaten)
    if kept.sum() == 1:
        assert np.isfinite(beaten[~kept][:, kept]).all()
        assert left(beaten)[~kept].max() == beaten[~kept][:, kept].max()


@settings(max_examples=150, deadline=None)
@given(beaten=st.integers(2, 6).flatmap(tournaments))
def test_whoever_is_out_for_good_stays_out(beaten: np.ndarray) -> None:
    gone = left(beaten)
    for until in range(7):
        assert not (retained(beaten, until) & (gone <= until)).any()
    assert np.array_equal(np.isinf(gone), retained(beaten))


@settings(max_examples=150, deadline=None)
@given(beaten=st.integers(2, 6).flatmap(tournaments), good=st.integers(1, 6), until=st.integers(0, 6))
def test_if_nobody_bad_beats_the_best_one_that_is_good_is_retained(beaten: np.ndarray, good: int, until: int) -> None:
    # The first is the best, and those from `good` on are worse by the indifference or more: they never beat it.
    beaten[0, good:] = NEVER
    assert retained(beaten, until)[:good].any()


def test_of_several_rivals_at_the_same_time_the_one_that_stays_longest_is_named() -> None:
    beaten = np.full((4, 4), NEVER)
    beaten[0, 1] = beaten[0, 2] = beaten[0, 3] = 50.0
    beaten[1, 2] = 100.0
    beaten[3, 2] = 150.0
    assert drop(beaten).by.tolist() == [2, 2, -1, 2]


def test_if_leads_go_on_growing_the_race_is_decided_when_it_was_forecast() -> None:
    # Leads that grow evenly: what is forecast after 4,000 replications is what happens.
    pattern = np.array([np.zeros(50), np.tile([1.0, -0.97], 25), np.tile([1.0, -0.96], 25)])
    values = np.tile(pattern, 1200)
    found = Duels(3, 0.01, 0.95)
    found.add(values[:, :4000])
    coming = found.forecast()
    assert retained(found.beaten).tolist() == [True, False, True]
    found.add(values[:, 4000:])
    assert np.flatnonzero(retained(found.beaten)).tolist() == np.flatnonzero(retained(coming)).tolist() == [2]
    assert found.beaten[[0, 1], 2] == pytest.approx(coming[[0, 1], 2], abs=50)


# How often the choice is right


def hits(make: Any, k: int, delta: float, span: float, times: int, **given: Any) -> int:
    """How often the first, ahead of all others by just the indifference, which is hardest, is chosen alone."""
    found = 0
    for number in range(times):
        rng = np.random.default_rng([7, number])
        kept = retained(race(make, rng, (delta, *[0.0] * (k - 1)), delta, span, **given).beaten)
        found += bool(kept[0] and kept.sum() == 1)
    return found


def enough(times: int) -> int:
    """Fewer hits than this have a chance of one in a thousand if the probability is 95%."""
    return int(stats.binom.ppf(0.001, times, 0.95))


CASES = {
    "normal, shared luck": (normal, 5, 0.015, np.inf),
    "mostly tied, rare gains": (tied, 5, 3.0, WINDOW),
    "mostly tied, rare losses": (tied_losses, 5, 3.0, WINDOW),
}


@pytest.mark.parametrize("case", CASES)
def test_the_best_is_chosen_as_often_as_promised(case: str) -> None:
    make, k, delta, span = CASES[case]
    assert hits(make, k, delta, span, 150) >= enough(150)


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 5, 14])
@pytest.mark.parametrize("case", CASES)
def test_the_best_is_chosen_as_often_as_promised_over_many_experiments(case: str, k: int) -> None:
    make, _, delta, span = CASES[case]
    assert hits(make, k, delta, span, 1000) >= enough(1000)


def test_without_batches_and_a_first_stage_that_sees_enough_the_best_would_be_missed() -> None:
    # Why they are there: textbook KN with twenty first values, one replication at a time, finds it 33 times of 100.
    assert hits(tied, 5, 3.0, TINY, 40, batch=1, first=20) < 30


# A config's selection, and what it comes to


def select(arms: Any, measure: str = "in_force_end", indifference: float = 0.01, probability: float = 0.95) -> Best:
    return find_best(
        {arm: cut(rows) for arm, rows in arms.items()},
        endpoints=ENDPOINTS,
        window=Window(HORIZON, FOLLOW_UP, tuple(RMST)),
        baseline="silence",
        measure=measure,
        indifference=indifference,
        probability=probability,
    )


def test_a_cadence_is_chosen_with_its_guarantee() -> None:
    found = select(synthetic_arms(n=4000, scenarios=("calm",)), "rmst_in_force_1826", 20.0)
    decision = found.decisions.row(0, named=True)
    kept = found.race.filter(found.race["retained"])["cadence"].to_list()
    assert decision["decided"]
    assert len(kept) == 1
    said = chosen(found, "calm")
    assert said == (
        f"Chosen after {decision['decided_at']:,} replications, judged by “mean days in force within the first 5 "
        f"years”: {kept[0]}. With probability at least 0.95, it is the best or within 20 days of it."
    )
    out = found.race.filter(~found.race["retained"])
    assert out["left_at"].max() == decision["decided_at"]
    assert (out["beaten_at"] <= out["left_at"]).all()


def test_rows_that_end_too_early_leave_several_and_say_how_many_more_it_takes() -> None:
    found = select(synthetic_arms(n=2500, scenarios=("calm",)), "rmst_in_force_1826", 0.5)
    decision = found.decisions.row(0, named=True)
    assert decision["decided"] is False
    assert 2500 < decision["likely"] <= decision["latest"]
    assert "No cadence is chosen yet after 2,500 replications" in chosen(found, "calm")
    assert "one of them is the best or within 0.5 days of it" in chosen(found, "calm")


def test_too_few_replications_for_a_first_stage_say_so() -> None:
    found = select(synthetic_arms(n=100, scenarios=("calm",)))
    assert found.decisions["decided"].to_list() == [False]
    assert chosen(found, "calm").endswith("The first stage takes 2,000 replications.")


def test_cadences_that_are_the_same_throughout_leave_nothing_to_choose() -> None:
    one = synthetic_arms(n=2500, cadences=("silence",), scenarios=("calm",))["calm", "silence"]
    found = select({("calm", "silence"): one, ("calm", "monthly"): one})
    assert chosen(found, "calm") == (
        "Both cadences are the same in every one of 2,500 replications, so there is nothing to choose."
    )


def test_of_two_that_are_the_same_both_are_chosen() -> None:
    arms = synthetic_arms(n=4000, cadences=("silence", "quarterly"), scenarios=("calm",))
    same = {("calm", "silence"): arms["calm", "silence"], ("calm", "monthly"): arms["calm", "quarterly"]}
    found = select({**same, ("calm", "quarterly"): arms["calm", "quarterly"]}, "rmst_in_force_3652", 50.0)
    kept = found.race.filter(found.race["retained"])["cadence"].to_list()
    assert kept in (["silence"], ["monthly", "quarterly"])
    assert found.decisions["decided"].to_list() == [True]
    assert kept == ["silence"] or "which are the same in every replication" in chosen(found, "calm")


def test_a_single_cadence_is_no_choice() -> None:
    found = select(synthetic_arms(n=2500, cadences=("silence",), scenarios=("calm",)))
    assert chosen(found, "calm") == "No cadence can be chosen: there is only one cadence."
    assert not found.race.height


HEAD = 'model = "backchannel"\nhorizon = "15 years"\nreplications = 10\nseed = 1\n[cadences.silence]\n'
PRECISION = '[precision]\nmeasure = "in force"\nhalf_width = "6 points"\n'
TWO = HEAD + "[cadences.annex]\nkeep = 0.4\n[cadences.half]\nkeep = 0.5\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config beside the shipped models."""
    (tmp_path / "models").symlink_to(ROOT / "models")
    return tmp_path / "asked.toml"


def test_a_selection_is_read_in_the_unit_of_its_measure(config: Path) -> None:
    for table, expected in (
        ('measure = "rmst 5 years"\nindifference = "5 days"', ("rmst_in_force_1826", 5.0, 0.95)),
        ('indifference = "0.5 points"\nprobability = 0.9', ("in_force_end", 0.005, 0.9)),
        ('measure = "in force"\nindifference = 0.02', ("in_force_end", 0.02, 0.95)),
        ('measure = "hostility"\nindifference = 0.01', ("hostility", 0.01, 0.95)),
    ):
        config.write_text(f"{TWO}[selection]\n{table}\n", encoding="utf-8")
        found = load(config)
        assert found.selection is not None
        assert (found.selection.measure, found.selection.indifference, found.selection.probability) == expected
        assert ResolvedConfig.of(found).to_json()["selection"] == vars(found.selection)
    config.write_text(TWO, encoding="utf-8")
    assert load(config).selection is None


@pytest.mark.parametrize(
    ("cadences", "table", "said"),
    [
        (TWO, 'measure = "in force"', "selection.indifference: not given, expected the smallest difference"),
        (TWO, 'indifference = 0.01\nmeasure = "in farce"', 'given "in farce", expected a measure'),
        (TWO, 'indifference = 0.01\nmeasure = "rmst 3 years"', "selection.measure: given"),
        (TWO, 'indifference = "5 days"\nmeasure = "signed day"', "neither direction of"),
        (TWO, 'indifference = 0.1\nmeasure = "survival since signature 1826"', "is among those that sign"),
        (TWO, 'indifference = "5 days"', "selection.indifference: given"),
        (TWO, 'indifference = 5\nmeasure = "rmst 5 years"', "selection.indifference: given 5, expected a duration"),
        (TWO, "indifference = 0", "more than 0: of two cadences that are exactly as good"),
        (TWO, "indifference = -0.1", "more than 0: of two"),
        (TWO, "indifference = nan", "more than 0: of two"),
        (TWO, 'indifference = "100 points"', 'given "100 points", expected less than 100 points: no two cadences'),
        (TWO, 'indifference = "0 days"\nmeasure = "rmst 5 years"', "more than 0"),
        (TWO, "indifference = 0.01\nprobability = 1", "selection.probability: given 1, expected more than 0.333"),
        (TWO, "indifference = 0.01\nprobability = 0.3", "which drawing one of 3 cadences by lot reaches"),
        (TWO, 'indifference = 0.01\nprobability = "95%"', "selection.probability: given"),
        (TWO, "indifference = 0.01\nindiference = 0.01", 'did you mean "indifference"?'),
        (HEAD, "indifference = 0.01", "selection: given with one cadence, expected two or more"),
    ],
)
def test_a_selection_that_cannot_be_is_refused(config: Path, cadences: str, table: str, said: str) -> None:
    config.write_text(f"{cadences}[selection]\n{table}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(config)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ("", "replications: given 10, but [selection] chooses no cadence before 2,000 replications an arm"),
        ("replications = 2000", ""),
        (PRECISION + "at_most = 1200", "precision.at_most: given 1,200, but [selection] chooses no cadence"),
        (PRECISION + "at_most = 2000", ""),
    ],
)
def test_a_choice_that_can_never_be_made_is_warned_of(config: Path, more: str, where: str) -> None:
    replications = more if more.startswith("replications") else "replications = 1000" if more else "replications = 10"
    head = TWO.replace("replications = 10", replications)
    config.write_text(f"{head}[selection]\nindifference = 0.01\n{more if '[' in more else ''}\n", encoding="utf-8")
    warnings = [line for line in load(config).warnings if "[selection]" in line]
    assert len(warnings) == bool(where)
    assert where in "".join(warnings)


def test_the_plan_takes_the_choice_into_account() -> None:
    wanted = Selection("hostility", 0.001, 0.95)
    assert say_selection(wanted, 1_000) == (
        "A choice by hostility ([selection]) takes 2,000 replications an arm at least, so none will be made; give "
        "replications = 2000 or more."
    )
    assert "how many more depends" in say_selection(wanted, 2_000)


def test_validate_says_what_a_choice_promises(config: Path) -> None:
    config.write_text(f'{TWO}[selection]\nmeasure = "hostility"\nindifference = 0.001\n', encoding="utf-8")
    done = CliRunner().invoke(command, ["validate", str(config)])
    assert (
        "Selection     hostility: with a probability of 0.95 the chosen cadence is the best or within 0.001 of it"
        in done.output
    )


def test_the_measure_that_a_report_begins_with_need_not_be_named_again() -> None:
    found = select(synthetic_arms(n=2500, scenarios=("calm",)), "in_force_end", 0.0001)
    assert "judged by" not in chosen(found, "calm")

"""Counterfactual timelines: the same luck under two cadences, where they part, and why."""

from __future__ import annotations

import csv
import json
import math
import shlex
import shutil
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from scipy import stats

from timeline.cli import main
from timeline.config.load import load
from timeline.engines.world import World
from timeline.errors import ConfigError
from timeline.explaining.alignment import ONE, OTHER, Alignment, align
from timeline.explaining.choosing import Fates, fates, none_saved, pair_of, worlds_of
from timeline.explaining.explanation import Explanation, Row, explain
from timeline.explaining.heeds import heeds
from timeline.explaining.history import Layout, Scratch, keep
from timeline.explaining.keeping import explanation_for_report, plain
from timeline.explaining.reasons import Reasons
from timeline.explaining.turning import Parting, TurningPoints, turning_points
from timeline.explaining.words import in_sentences, in_words
from timeline.model.declarations import Clock, Mechanism, Model
from timeline.model.endpoints import Endpoints
from timeline.model.laws import fixed
from timeline.model.records import Field, Lever, Record
from timeline.words import counted, years_and_days

ROOT = Path(__file__).resolve().parents[1]
CADENCES = ROOT / "configs" / "backchannel" / "cadence.toml"
TOY = Path(__file__).parent / "toy_run"


# -- a toy of which everything can be computed by hand


class Outcome(IntEnum):
    OPEN = 0
    FAILED = 1


class State(Record):
    day = Field(0.0, "days since the start")
    outcome = Field(Outcome.OPEN, "how it ended")
    known = Field(0.0, "what the public knows", index=True)
    mood = Field(0.0, "what the public feels", index=True)
    shocks = Field(0, "shocks so far")
    passed = Field(False, "the vote has passed")
    files = Field(0, "the policy's own files")


class Policy(Record):
    tells = Lever(False)


def telling(s: Any, p: Any) -> float:
    return 1.0 if p.cadence.tells and s.known < 1.0 else 0.0


def tell(s: Any) -> None:
    s.known = 1.0
    s.shocks += 1


def filing(s: Any, p: Any) -> float:
    return 1.0 if p.cadence.tells and s.files < 1 else 0.0


def file(s: Any) -> None:
    s.files += 1


def running(s: Any) -> float:
    return 1.0


def feel(s: Any) -> None:
    s.mood = s.mood + 0.5 * (s.known - s.mood)


def fail(s: Any) -> None:
    s.outcome = Outcome.FAILED


def by_known(s: Any) -> float:
    return 1.0 - 0.5 * s.known


def by_mood(s: Any) -> float:
    return 1.0 - 0.5 * s.mood


def vote(s: Any) -> None:
    if s.known < 0.5:
        s.outcome = Outcome.FAILED
    else:
        s.passed = True


REPORT = Clock("report", telling, tell, fixed(10.0), says="Something is told.")
FILE = Clock("file", filing, file, fixed(5.0))
MONTH = Clock("month", running, feel, fixed(30.0))


def toy(*clocks: Clock, endpoints: bool = True) -> Model:
    ends = Endpoints(
        phases=(("talks", None),), failures=("failed",), signed="day", accord=None, half_verified=None, hostility=None
    )
    mechanism = Mechanism("toy", (FILE, REPORT, MONTH, *clocks))
    return Model("toy", "Toy", State, (mechanism,), Outcome.OPEN, levers=Policy, endpoints=ends if endpoints else None)


def aligned(*clocks: Clock, replication: int = 0) -> Alignment:
    """Align the toy that tells (the one) with the toy that does not (the other); 150 days."""
    model = toy(*clocks)
    layout = Layout(model)
    worlds = [World(model, {"cadence.tells": tells}, horizon=150.0) for tells in (True, False)]
    one, other = (keep(world, layout, replication) for world in worlds)
    return align(one, other, layout)


def moment_of(found: Alignment, clock: str, world: int, count: int = 0) -> int:
    return next(
        q
        for q, moment in enumerate(found.moments)
        if (fired := moment.fired[world]) is not None and fired.member.name == clock and fired.count == count
    )


def test_the_policys_own_bookkeeping_is_no_parting() -> None:
    found = aligned(Clock("fall", by_known, fail, fixed(100.0)))
    assert found.first is not None
    assert found.parted is not None
    assert found.moments[found.first].firing.member.name == "file"
    assert (found.moments[found.parted].firing.member.name, found.moments[found.parted].day) == ("report", 10.0)


def test_the_first_difference_beyond_the_policy_is_the_first_event_that_comes_otherwise() -> None:
    found = aligned(Clock("fall", by_known, fail, fixed(100.0)))
    assert found.beyond is not None
    assert (found.moments[found.beyond].firing.member.name, found.moments[found.beyond].day) == ("fall", 100.0)


def test_a_clock_that_runs_faster_does_so_by_the_field_its_speed_reads() -> None:
    found = aligned(Clock("fall", by_known, fail, fixed(100.0)))
    reason = Reasons(found).why(moment_of(found, "fall", OTHER), OTHER)
    assert (reason.kind, reason.shares, reason.values) == ("fields", {"known": 1.0}, {"known": (0.0, 1.0)})
    # 10 days at full speed and 90 at half of it, of 100 that it needs.
    assert reason.run == pytest.approx(0.55)
    (source,) = reason.sources
    assert (source.clock, source.world, source.path, source.share) == ("report", ONE, ("known",), 1.0)


def test_a_difference_is_followed_through_an_event_of_both_worlds() -> None:
    found = aligned(Clock("fall", by_mood, fail, fixed(100.0)))
    reason = Reasons(found).why(moment_of(found, "fall", OTHER), OTHER)
    assert reason.shares == {"mood": 1.0}
    (source,) = reason.sources
    assert (source.clock, source.world, source.path) == ("report", ONE, ("known", "mood"))
    # The mood is 0 until day 30, then .5, .75 and .875 by months, and slows the clock by half of that.
    assert reason.run == pytest.approx(1 - (30 * 0.25 + 30 * 0.375 + 10 * 0.4375) / 100)


def test_a_report_comes_because_the_cadence_has_it_so() -> None:
    found = aligned(Clock("fall", by_known, fail, fixed(100.0)))
    assert Reasons(found).why(moment_of(found, "report", ONE), ONE).kind == "cadence"


def test_a_clock_that_is_set_anew_in_one_world_comes_later_for_no_other_reason() -> None:
    found = aligned(Clock("quiet", running, fail, fixed(50.0), renews_on="shocks"))
    assert found.histories[ONE].end_day == 60.0
    reason = Reasons(found).why(moment_of(found, "quiet", OTHER), OTHER)
    assert (reason.kind, reason.sources[0].clock, reason.sources[0].world) == ("anew", "report", ONE)


def test_an_event_of_both_worlds_that_turns_out_otherwise_does_so_by_what_it_reads() -> None:
    found = aligned(Clock("vote", running, vote, fixed(20.0)))
    q = moment_of(found, "vote", OTHER)
    assert found.turned_out_otherwise(q)
    reason = Reasons(found).why(q, OTHER)
    assert reason.shares == {"known": 1.0}
    assert math.isnan(reason.run)


def test_an_event_that_would_have_come_later_anyway_is_explained_by_what_made_it_sooner() -> None:
    found = aligned(Clock("vote", by_known, vote, fixed(140.0)))  # day 140 in the other, never in the one
    assert found.histories[ONE].end_day == 150.0
    assert Reasons(found).why(moment_of(found, "vote", OTHER), OTHER).shares == {"known": 1.0}


def test_where_the_other_history_is_over_its_end_is_the_reason() -> None:
    slow = Clock("slow", running, fail, fixed(120.0))
    model = toy(Clock("fall", lambda s: 1.0 if s.known > 0.5 else 0.0, fail, fixed(40.0)), slow)
    layout = Layout(model)
    one, other = (keep(World(model, {"cadence.tells": t}, horizon=150.0), layout, 0) for t in (True, False))
    found = align(one, other, layout)
    reason = Reasons(found).why(moment_of(found, "slow", OTHER), OTHER)
    assert list(reason.shares) == ["outcome"]
    assert (reason.sources[0].clock, reason.sources[0].world) == ("fall", ONE)


def test_kinds_are_counted_with_wilson_intervals() -> None:
    model = toy(Clock("fall", by_known, fail, fixed(100.0)))
    one, other = (World(model, {"cadence.tells": t}, horizon=150.0) for t in (True, False))
    points = turning_points((one, other), ("telling", "silence"), Fates(50, [3, 5, 8, 9], [1]), most=3)
    (kind,) = points.first
    expected = stats.binomtest(3, 3).proportion_ci(method="wilson")
    assert (kind.clock, kind.how, kind.count) == ("report", "only under telling", 3)
    assert (kind.low, kind.high) == pytest.approx((expected.low, expected.high))
    assert [(k.clock, k.how) for k in points.beyond] == [("fall", "only under silence")]
    assert (points.saved, points.harmed, points.replayed) == (4, 1, 3)


def kind(clock: str, how: str, count: int) -> Parting:
    return Parting(clock, how, count, count / 10, 0.1, 0.6)


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ((("vote", 5), ("breach", 2)), 'was most often "vote": 5 times (50%,'),
        ((("exposure", 3), ("vote", 3), ("breach", 2)), 'was most often "exposure" and "vote": 3 times each (30%,'),
        ((("exposure", 3), ("vote", 3)), 'was "exposure" and "vote": 3 times each (30%,'),
        (tuple((name, 1) for name in "abcde"), "was of many kinds, none more often than 1 time (10%,"),
    ],
)
def test_kinds_that_are_equally_common_are_all_named(lost: Any, said: str) -> None:
    ends = tuple(kind(clock, "under silence", count) for clock, count in lost)
    some = (kind("report", "only under telling", 10),)
    told = in_words(TurningPoints(("telling", "silence"), 50, 10, 0, 10, some, some, ends))
    assert told[-1].startswith(f"What ended them under silence {said}")


def test_the_typical_replication_is_the_one_with_the_median_day_of_loss() -> None:
    model = toy(Clock("fall", lambda s: 0.02 * (1.0 - 0.9 * s.known), fail))
    worlds = [World(model, {"cadence.tells": t}, horizon=150.0) for t in (True, False)]
    layout = Layout(model)
    lost = {k: keep(worlds[1], layout, k).end_day for k in range(12)}
    given = [k for k, day in lost.items() if 10.0 < day < 150.0][:3]
    assert len(given) == 3
    points = turning_points((worlds[0], worlds[1]), ("telling", "silence"), Fates(12, given, []))
    assert points.typical == sorted(given, key=lambda k: lost[k])[1]


# -- the shipped model


@pytest.fixture(scope="module")
def shipped() -> tuple[Any, tuple[Any, Any], Layout, Any]:
    experiment = load(CADENCES)
    arms = pair_of(experiment, ("quarterly", "silence"))
    worlds = worlds_of(experiment, arms)
    layout = Layout(worlds[0].model)
    return experiment, arms, layout, heeds(worlds[0].model)


def shipped_alignment(shipped: Any, replication: int) -> Alignment:
    experiment, arms, layout, heeded = shipped
    one, other = (keep(world, layout, replication) for world in worlds_of(experiment, arms))
    return align(one, other, layout, heeded)


@pytest.mark.parametrize("replication", [0, 2, 5])
def test_two_histories_are_identical_until_the_first_divergence(shipped: Any, replication: int) -> None:
    found = shipped_alignment(shipped, replication)
    assert found.first is not None
    assert found.first > 0
    for moment in found.moments[: found.first]:
        assert moment.shared
        assert repr(moment.after[ONE]) == repr(moment.after[OTHER])


@pytest.mark.parametrize("replication", [0, 2])
def test_every_event_is_played_again_to_the_last_bit(shipped: Any, replication: int) -> None:
    found = shipped_alignment(shipped, replication)
    reasons = Reasons(found)
    for moment in found.moments:
        for world, fired in enumerate(moment.fired):
            if fired is not None:
                again = reasons.machines[world].effect(fired.member, moment.before[world], moment.day, fired.count)
                assert repr(again) == repr(moment.after[world]), fired.member.name


@pytest.mark.parametrize("replication", [0, 2])
def test_every_clock_has_run_its_lifetime_when_it_fires(shipped: Any, replication: int) -> None:
    found = shipped_alignment(shipped, replication)
    reasons = Reasons(found)
    for q, moment in enumerate(found.moments):
        for world, fired in enumerate(moment.fired):
            if fired is None:
                continue
            course = reasons.course(fired.member.index, world)
            lifetime, begun = course.lifetime[q], course.begun[q]
            assert lifetime is not None
            assert lifetime[0] == fired.count
            needs = reasons.machines[world].lifetime(fired.member, reasons.state(begun, world), *lifetime)
            ran = sum(course.speed[k] * reasons.length(k) for k in range(begun, q + 1))
            assert ran == pytest.approx(needs, rel=1e-9, abs=1e-9), fired.member.name


def test_a_scratch_state_holds_the_numbers_it_is_given(shipped: Any) -> None:
    found = shipped_alignment(shipped, 1)
    scratch = Scratch(found.layout)
    for moment in found.moments:
        scratch.load(moment.after[ONE])
        assert repr(scratch.numbers()) == repr(moment.after[ONE])


def test_a_story_runs_forward_in_time_and_ends_with_the_end(shipped: Any) -> None:
    experiment, arms, _, _ = shipped
    told = 0
    for replication in (0, 2, 5, 8):
        found = explain(experiment, arms, replication)
        days = [link.day for link in found.links]
        assert days == sorted(days)
        if found.links:
            told += 1
            assert days[-1] == found.courses[found.explained].end_day
    assert told > 0


def row_of(day: float, where: str, said: str, *, story: int = 0, elsewhere: float | None = None) -> Row:
    one, other = (said if where in (name, "both") else "" for name in ("quarterly", "silence"))
    return Row(day, where, "attack", "spoilers", one, other, elsewhere, story)


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        pytest.param(
            (row_of(100, "quarterly", "A strike.", story=2), row_of(103, "silence", "A strike.")),
            [(100, 103)],
            id="what the story tells shows both halves",
        ),
        pytest.param(
            (row_of(100, "quarterly", "A strike."), row_of(103, "silence", "A strike.")),
            [],
            id="what says the same nearby shows neither half",
        ),
        pytest.param(
            (row_of(100, "quarterly", "A strike."), row_of(103, "silence", "A grave attack.")),
            [(100, 103)],
            id="what says something else shows both halves",
        ),
        pytest.param(
            (row_of(100, "quarterly", "A strike."), row_of(190, "silence", "A strike.")),
            [(100, None), (None, 190)],
            id="what comes much later is no half",
        ),
        pytest.param(
            (
                row_of(100, "quarterly", "A strike.", elsewhere=130.0),
                row_of(110, "silence", "A strike."),
                row_of(130, "silence", "A strike.", elsewhere=100.0),
            ),
            [(None, 110)],
            id="the same firing is the other half, whatever is nearer",
        ),
        pytest.param((row_of(100, "both", "A strike."),), [], id="what comes under both at once shows nothing"),
    ],
)
def test_what_comes_under_both_cadences_is_shown_under_both_or_not_at_all(
    shipped: Any, rows: tuple[Row, ...], lines: list[tuple[float | None, float | None]]
) -> None:
    experiment, arms, _, _ = shipped
    found = replace(explain(experiment, arms, 2), rows=rows)
    assert [tuple(row and row.day for row in line) for line in found.differing] == lines


def test_what_came_later_on_the_same_day_is_not_said_to_have_come_only_then(shipped: Any) -> None:
    experiment, *_ = shipped
    links = explain(experiment, pair_of(experiment, ("quarterly", "silence")), 28).links
    assert not [link for link in links if f"came only in {years_and_days(link.day)}:" in link.why]
    assert [link for link in links if "the same came later that day:" in link.why]


def test_what_the_cadences_did_differently_before_is_counted_if_it_says_something(shipped: Any) -> None:
    experiment, *_ = shipped
    arms = pair_of(experiment, ("quarterly", "monthly"))
    counted_ones = 0
    for replication in range(3):
        found = explain(experiment, arms, replication)
        if found.parted is None:
            continue
        alone = [row for row in found.rows if row.where in found.cadences and row.said and row.day < found.parted]
        often = counted(len(alone), "time")
        said = f"the cadences had acted differently {often} before, without any consequence" in found.opening
        assert said == bool(alone)
        counted_ones += 1
    assert counted_ones > 0


def test_an_explanation_can_be_kept_and_shown_again(shipped: Any) -> None:
    experiment, arms, _, _ = shipped
    found = explain(experiment, arms, 2)
    assert TypeAdapter(Explanation).validate_python(json.loads(json.dumps(plain(found)))) == found


def test_an_explanation_takes_three_to_six_sentences(shipped: Any) -> None:
    experiment, arms, _, _ = shipped
    said = in_sentences(explain(experiment, arms, 2))
    assert said[0].startswith("The two histories part after 91 days, under quarterly alone: “Report due”")
    assert 2 <= len(said) <= 6


@pytest.mark.slow
def test_a_report_of_two_cadences_tells_one_typical_crisis_and_keeps_it(shipped: Any) -> None:
    experiment, arms, _, _ = shipped
    found = fates(experiment, arms, 600)
    assert len(found.saved) + len(found.harmed) > 0
    kept = explanation_for_report(experiment, arms, found, most=5)
    assert kept is not None
    kept = json.loads(json.dumps(kept))
    points = TypeAdapter(TurningPoints).validate_python(kept["turning_points"])
    assert TypeAdapter(Explanation).validate_python(kept["explanation"]).replication == points.typical
    assert points.replayed == min(5, max(len(found.saved), len(found.harmed)))
    assert points.saved >= points.harmed
    assert in_words(points)[0] in kept["sentences"]


def test_cadences_that_decide_nothing_differently_have_no_typical_crisis(shipped: Any) -> None:
    experiment, arms, _, _ = shipped
    assert explanation_for_report(experiment, arms, Fates(600)) is None


# -- the command line


class Run:
    """Calls the command line in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.out = self.err = ""

    def __call__(self, line: str, *more: str) -> int:
        with pytest.raises(SystemExit) as stopped:
            main([*shlex.split(line), *more])
        self.out, self.err = self.capsys.readouterr()
        assert "Traceback" not in self.err
        return int(stopped.value.code or 0)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    shutil.copytree(TOY, tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__", "results"))
    monkeypatch.chdir(tmp_path / "toy")
    return Run(capsys)


ASKED = "explain configs/telling.toml --cadences yearly silence"


def test_a_crisis_is_told_under_both_cadences(run: Run) -> None:
    assert run(f"{ASKED} --replication 3") == 0
    assert "Under yearly:" in run.out
    assert "Under silence:" in run.out


def test_table_picture_and_data_are_written_into_a_folder(run: Run) -> None:
    assert run(f"{ASKED} --replication 3 --out told") == 0
    stem = Path("told") / "telling-yearly-silence-3"
    rows = list(csv.DictReader(stem.with_suffix(".csv").read_text().splitlines()))
    kept = json.loads(stem.with_suffix(".json").read_text())["explanation"]
    assert len(rows) == len(kept["rows"])
    assert {"day", "where", "under yearly", "under silence"} <= rows[0].keys()
    assert stem.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert stem.with_suffix(".svg").read_text().startswith("<svg ")


def test_json_is_one_object(run: Run) -> None:
    assert run(f"{ASKED} --replication 3 --json") == 0
    assert json.loads(run.out)["explanation"]["replication"] == 3


REFUSED = (
    (
        "--cadences yearly yearly --replication 0",
        'given "yearly" twice, expected two different ones of silence, yearly',
    ),
    (
        "--cadences yerly silence --replication 0",
        'given "yerly", expected one of silence, yearly; did you mean "yearly"?',
    ),
    ("--cadences yearly silence --scenario clam", 'given "clam", expected one of calm, breachy; did you mean "calm"?'),
    ("--cadences yearly silence --replication -1", "--replication: given -1, expected a whole number from 0 to"),
    ("--cadences yearly silence --replication 0 --typical", "give one of them"),
    ("--cadences yearly silence --replication 0 --set cadences.yearly.every='1e9 days'", "they are one cadence"),
    ("--cadences yearly silence --replication 0 --out configs/telling.toml/x", "cannot be made"),
)


@pytest.mark.parametrize(("given", "said"), REFUSED, ids=[said[:30] for _, said in REFUSED])
def test_wrong_input_is_answered_with_a_sentence_and_status_2(run: Run, given: str, said: str) -> None:
    assert run(f"explain configs/telling.toml {given}") == 2
    assert said in " ".join(run.err.split())


@pytest.mark.parametrize("option", ["--typical", "--turning-points"])
def test_a_model_without_endpoints_cannot_say_what_is_lost(run: Run, option: str) -> None:
    source = Path("models/bargain.py")
    text = source.read_text()
    begin, end = text.index("    endpoints=Endpoints("), text.index("    observations=(")
    source.write_text(text[:begin] + text[end:])
    assert run(f"{ASKED} {option}") == 2
    assert f"{option}: needs to know which outcomes are losses" in run.err


def test_without_a_choice_the_first_replication_whose_outcomes_differ_is_told(run: Run, shipped: Any) -> None:
    experiment, arms, _, _ = shipped
    found = fates(experiment, arms, 500, first_only=True)
    assert found.outcomes_differ is not None
    one, other = explain(experiment, arms, found.outcomes_differ).courses
    assert one.ending.split()[0] != other.ending.split()[0]


def test_the_cadences_are_to_change_places_only_if_that_helps() -> None:
    said = "50 replications none is kept under yearly and lost under silence"
    found = none_saved(("yearly", "silence"), Fates(50, [], [3, 8]))
    assert f"{said}, but 2 the other way round; give the cadences the other way round, more" in str(found)
    found = none_saved(("yearly", "silence"), Fates(50))
    assert f"{said}, and none the other way round; give more --replications, or" in str(found)


def test_cadences_that_never_differ_are_refused_with_what_that_means(shipped: Any) -> None:
    experiment, arms, _, _ = shipped
    # A least gap between reports says nothing where there are no reports.
    idle = replace(arms[1], lever_values={**arms[1].lever_values, "cadence.min_gap": 30.0})
    with pytest.raises(ConfigError, match="never differ in 200 replications"):
        fates(experiment, (arms[1], idle), 200)

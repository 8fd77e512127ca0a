"""Many worlds at once: the rows of each world played alone, byte for byte, its errors, and values by threads."""

from __future__ import annotations

import json
import math
import random
import threading
from collections.abc import Mapping
from dataclasses import fields, replace
from enum import IntEnum
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from test_compiled import FAULTY
from test_injections import DRILL
from toys import Outcome, observed_random_model

from timeline.analysis.histories import Histories, Reader, histories_of, read_histories
from timeline.analysis.samples import Sample, sample
from timeline.config.load import load
from timeline.engines import compiled, reference
from timeline.engines.batch import Batch
from timeline.engines.parameters import Sheet, slots, usual, writing
from timeline.engines.program import program_of
from timeline.engines.world import Injection, World
from timeline.errors import ConfigError, ModelError, RunError, TimelineError
from timeline.keeping.rows import frame
from timeline.model.declarations import Clock, Mechanism, Model
from timeline.model.endpoints import AtEnd, Endpoints
from timeline.model.laws import exponential
from timeline.model.records import Array, Field, Lever, Parameter, Parameters, Record, blank, dtype, fill, values
from timeline.model.values import Number
from timeline.playing import values as playing
from timeline.playing.tasks import task_of, world_of
from timeline.playing.values import each
from timeline.playing.values import values as values_of
from timeline.study.window import Window
from timeline.study.worlds import read_worlds, require_possible
from timeline.study.yardsticks import declare_yardsticks

ROOT = Path(__file__).resolve().parents[1]
MAIN = ("backchannel/cadence", "track_two/with-and-without", "secret_pact/embed-hide-or-reveal")


@pytest.fixture(autouse=True)
def place(request: pytest.FixtureRequest, toys_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Toys are kept apart from the user's cache; the shipped models, which take long to compile, are in it."""
    if "shipped" not in request.node.name:
        monkeypatch.setenv("XDG_CACHE_HOME", str(toys_cache))


@cache
def shipped(name: str = MAIN[0]) -> tuple[World, ...]:
    experiment = load(ROOT / "configs" / f"{name}.toml")
    return tuple(world_of(task_of(experiment, arm)) for arm in experiment.arms)


# ---------------------------------------------------------------- a toy with every kind of parameter


class Mood(IntEnum):
    CALM = 0
    TENSE = 3


class Rule(Record):
    every = Lever(0.0, "days between tellings", unit="days")
    loud = Lever(False, "whether it is loud")


class Cadence(Record):
    announced = Lever(False, "whether it is announced")
    rules = Array(Rule, 2)


def assumed(default: float | int | bool | IntEnum, unit: str = "", **rest: Any) -> Parameter:
    plausible = None if isinstance(default, (bool, IntEnum)) else (0.0, 9.0)
    return Parameter(default, "assumed", unit=unit, plausible=plausible, evidence="judgement", source="none", **rest)


class Kinds(Parameters):
    rate = assumed(0.5, "per day")
    rounds = assumed(3, "count")
    open_doors = assumed(False)
    mood = assumed(Mood.CALM)


class Ends(Record):
    day = Field(0.0)
    outcome = Field(Outcome.OPEN)
    cause = Field(Mood.CALM)
    n = Field(0)
    x = Field(0.0)
    signed_day = Field(math.nan)


def pace(s: Any, p: Any) -> float:
    return p.toy.rate * (2.0 if p.toy.open_doors else 1.0) + p.cadence.rules[1].every * 0.25


def tells(s: Any, p: Any, u: Any) -> None:
    s.n += p.toy.mood + (5 if p.cadence.rules[0].loud else 1)
    s.x += u[0] * p.toy.rounds + (1.0 if p.cadence.announced else 0.0)
    if s.signed_day != s.signed_day:
        s.signed_day = s.day
    if s.n > 20:
        s.cause = Mood.TENSE if u[0] < 0.5 else Mood.CALM
        s.outcome = Outcome.FAILED if u[0] < 0.7 else Outcome.ENDED


def check_rules(cadence: Any) -> list[str]:
    return ["rules[0].loud: given true, expected announced too"] * (cadence.rules[0].loud and not cadence.announced)


def check_rates(p: Any) -> list[tuple[str, str]]:
    return [("toy.rounds", "given 0 at a rate of 0, expected one above")] * (p.toy.rounds == 0 and p.toy.rate == 0)


KINDS = Model(
    "kinds", "Kinds", Ends, (Mechanism("toy", (Clock("tell", pace, tells, exponential(), uniforms=1),), Kinds),),
    Outcome.OPEN, levers=Cadence, check_levers=check_rules, check_parameters=check_rates,
    endpoints=Endpoints(
        phases=(("talks", None), ("signed", "signed_day")), failures=("failed",), safe=("ended",), no_cause="calm",
        accord=None, half_verified=None, hostility=None, further=(AtEnd("n", "Mean count", "count", "higher"),),
    ),
)  # fmt: skip
EVERY_KIND: dict[str, Number] = {
    "toy.rate": 0.75, "toy.rounds": 2, "toy.open_doors": True, "toy.mood": 3,
    "cadence.announced": True, "cadence.rules[0].loud": True, "cadence.rules[1].every": 0.5,
}  # fmt: skip
ARMS = (
    World(KINDS, horizon=10.0, label="cadence a"),
    World(KINDS, {"cadence.rules[1].every": 2.0}, seed=3, horizon=6.5, label="cadence b"),
)


def random_worlds(of: Model, number: int, most: int, seed: int) -> list[dict[str, Number]]:
    """Return worlds that change up to so many parameters and levers each, as the model's code sees them."""
    rng = random.Random(seed)
    known = slots(of.parameters)
    return [
        {path: _some(rng, known[path].field) for path in rng.sample(list(known), rng.randint(0, min(most, len(known))))}
        for _ in range(number)
    ]


def _some(rng: random.Random, leaf: Any) -> Number:
    if leaf.kind is bool:
        return rng.random() < 0.5
    if issubclass(leaf.kind, IntEnum):
        return int(rng.choice(list(leaf.kind)))
    if leaf.kind is int:
        return int(leaf.default) + rng.randint(0, 2)
    if isinstance(leaf, Parameter) and leaf.plausible is not None:
        low, high = (leaf.parsed_unit("").seen(bound) for bound in leaf.plausible)
        return rng.uniform(low, high)
    return float(leaf.in_days) * rng.uniform(1.0, 1.5) if math.isfinite(leaf.in_days) else float(leaf.in_days)


def differing(batch: Batch, count: int, play: Any = reference.rows) -> list[tuple[int, int]]:
    """Return the (world, arm) whose rows are not those of the world played alone, by one player in a row."""
    player = batch.player()
    pairs = [(world, arm) for world in range(len(batch.worlds)) for arm in range(len(batch.arms))]
    return [
        (world, arm)
        for world, arm in pairs
        if player.play(world, arm, 7, count).tobytes() != play(batch.world(world, arm), 7, count).tobytes()
    ]


# ---------------------------------------------------------------- parameters by offset


def test_a_path_leads_to_the_place_where_numpy_has_it() -> None:
    sheet = Sheet(KINDS.parameters)
    sheet.fill(usual(KINDS.parameters), writing(KINDS.parameters, EVERY_KIND))
    expected = np.zeros(1, dtype(KINDS.parameters))
    expected[0] = values(fill(blank(KINDS.parameters), EVERY_KIND))
    assert sheet.parameters == expected[0]
    assert sheet.parameters["toy"].item() == (0.75, 2, True, 3)
    assert sheet.parameters["cadence"]["rules"]["every"].tolist() == [0.0, 0.5]


def test_a_sheet_that_is_filled_again_has_forgotten_what_it_held() -> None:
    sheet = Sheet(KINDS.parameters)
    sheet.fill(usual(KINDS.parameters), writing(KINDS.parameters, EVERY_KIND))
    sheet.fill(usual(KINDS.parameters))
    assert sheet.copy().tobytes() == usual(KINDS.parameters).tobytes()


def test_fractions_of_whole_numbers_are_cut_off_and_other_spellings_of_a_path_are_read() -> None:
    sheet = Sheet(KINDS.parameters)
    sheet.fill(
        usual(KINDS.parameters), writing(KINDS.parameters, {"toy.rounds": 4.9, "cadence.rules.1.every": np.float32(8)})
    )
    assert (sheet.parameters["toy"]["rounds"], sheet.parameters["cadence"]["rules"]["every"][1]) == (4, 8.0)


def test_a_path_that_leads_nowhere_and_a_nan_are_refused_as_by_a_single_world() -> None:
    with pytest.raises(ModelError, match=r'"toy.rat" names no field: there is no "rat"; did you mean "rate"\?'):
        writing(KINDS.parameters, {"toy.rat": 1.0})
    with pytest.raises(FloatingPointError, match=r"NaN was written to Kinds\.rate, where a number must be"):
        writing(KINDS.parameters, {"toy.rate": math.nan})


# ---------------------------------------------------------------- rows


@pytest.mark.parametrize(
    "number", [1, pytest.param(0, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)]
)
def test_every_world_of_random_models_comes_out_as_if_it_were_played_alone(number: int) -> None:
    toy = observed_random_model(number, number % 3 > 0)
    arms = [World(toy, seed=number, horizon=12.0), World(toy, {"a.lean": 0.5}, seed=9, horizon=5.0)]
    assert differing(Batch(arms, random_worlds(toy, 5, 3, seed=number)), 8) == []


def test_values_of_every_kind_reach_the_compiled_loop() -> None:
    batch = Batch(ARMS, [{}, EVERY_KIND, *({path: value} for path, value in EVERY_KIND.items())])
    assert differing(batch, 40) == []
    rows = batch.player().play(1, 0, 7, 40)
    assert set(np.unique(rows["state"]["n"] % 8)) == {0}  # 3 for the mood, 5 for being loud
    assert differing(Batch(ARMS, random_worlds(KINDS, 30, 5, seed=1)), 10) == []


@pytest.mark.slow
def test_worlds_without_a_mechanism_with_injections_and_of_other_horizons_and_seeds_come_out_the_same() -> None:
    drill = World(DRILL, seed=11, horizon=30.0)
    arms = [
        drill,
        replace(drill, injections=(Injection("weekly", 2.25), Injection("side[a]", 9.0), Injection("weekly", 9.0))),
        replace(drill, horizon=9.0, seed=12),
        replace(drill, without=("toy",)),
        replace(drill, budget=10**6),
    ]
    assert differing(Batch(arms, [{}, {"toy.rate": 0.5}, {"toy.rate": 2.0}]), 12) == []


def test_rows_do_not_show_what_was_played_in_their_place_before() -> None:
    player = Batch(ARMS, [{}, EVERY_KIND]).player()
    first = player.play(0, 0, 0, 30).tobytes()
    longer = player.play(1, 1, 0, 50)
    longer.view(np.uint8)[:] = 0xFF
    assert player.play(0, 0, 0, 30).tobytes() == first


def test_worlds_of_the_shipped_model_come_out_the_same_bit_for_bit() -> None:
    arms = shipped()[::4]
    changed = [{"cadence.rules[0].every": 45.0}, *random_worlds(arms[0].model, 4, 40, seed=5)]
    assert differing(Batch(arms, changed), 6, compiled.play) == []
    assert differing(Batch(arms[1:2], changed), 2) == []


def test_what_a_world_names_is_so_under_every_arm() -> None:
    batch = Batch(ARMS, [{"cadence.rules[1].every": 1.0}])
    assert [dict(batch.world(0, arm).given) for arm in (0, 1)] == [{"cadence.rules[1].every": 1.0}] * 2


# ---------------------------------------------------------------- errors


@pytest.mark.slow
def test_what_goes_wrong_in_one_world_is_told_in_the_sentence_of_the_world_played_alone() -> None:
    arm = World(FAULTY, horizon=50.0, budget=500, label="cadence b", replay="again {replication}")
    faults = [0.25, 0.5, *map(float, range(1, 19))]
    batch = Batch([arm], [{}, *({"toy.rate": fault} for fault in faults)])
    player = batch.player()
    for world in range(1, len(batch.worlds)):
        with pytest.raises(RunError) as alone:
            reference.rows(batch.world(world, 0), 3, 2)
        with pytest.raises(RunError) as told:
            player.play(world, 0, 3, 2)
        assert str(told.value) == str(alone.value)
        assert f'model "toys", cadence b, worlds[{world}], ' in str(told.value)


def test_an_error_of_an_arm_that_no_world_changes_still_says_how_to_replay_it() -> None:
    arm = World(FAULTY, {"toy.rate": 1.0}, horizon=10.0, replay="again {replication}")
    with pytest.raises(RunError, match="replay it: again 3"):
        Batch([arm]).player().play(0, 0, 3, 1)


def test_after_an_error_a_player_plays_on() -> None:
    player = Batch([World(FAULTY, {"toy.rate": 19.0}, horizon=50.0)], [{}, {"toy.rate": 16.0}]).player()
    before = player.play(0, 0, 0, 5).tobytes()
    with pytest.raises(RunError):
        player.play(1, 0, 0, 5)
    assert player.play(0, 0, 0, 5).tobytes() == before


def test_a_batch_without_arms_or_worlds_or_of_two_models_is_refused() -> None:
    with pytest.raises(ModelError, match="no arm given, expected at least one"):
        Batch([])
    with pytest.raises(ModelError, match="no world given, expected at least one"):
        Batch(ARMS, [])
    with pytest.raises(ModelError, match='arms of the models "kinds" and "toys" given, expected arms of one model'):
        Batch([ARMS[0], World(FAULTY)])


# ---------------------------------------------------------------- histories


def equal(one: Histories, other: Histories) -> bool:
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(Histories)]
    return all(
        np.array_equal(a, b, equal_nan=True) and a.dtype == b.dtype if isinstance(a, np.ndarray) and a.dtype == float
        else np.array_equal(a, b) and getattr(a, "dtype", None) == getattr(b, "dtype", None)
        for a, b in pairs
    )  # fmt: skip


@pytest.mark.parametrize("name", [MAIN[0], *(pytest.param(name, marks=pytest.mark.slow) for name in MAIN[1:])])
def test_histories_of_shipped_rows_are_those_of_their_table(name: str) -> None:
    arm = shipped(name)[-1]
    rows, ends = compiled.play(arm, 0, 200), arm.model.endpoints
    assert ends is not None
    assert equal(histories_of(arm.model, rows, arm.horizon), read_histories(frame(arm.model, rows), ends, arm.horizon))


def kinds_rows(count: int = 60) -> Any:
    return compiled.play(replace(ARMS[0], given=EVERY_KIND), 0, count)


def test_histories_of_a_toys_rows_are_those_of_their_table_in_whatever_order_the_rows_come() -> None:
    rows = kinds_rows()
    ends = KINDS.endpoints
    assert ends is not None
    for given in (rows, rows[::-1], rows[:1], rows[:0]):
        assert equal(histories_of(KINDS, given, 10.0), read_histories(frame(KINDS, given), ends, 10.0))
    assert set(histories_of(KINDS, rows, 10.0).failing.tolist()) == {-1, 1, 4}  # by failing, and by tension


def test_a_cause_that_is_a_number_has_the_number_as_its_word() -> None:
    ends = replace(KINDS.endpoints, cause="n")  # type: ignore[type-var]
    rows = kinds_rows()
    assert equal(histories_of(KINDS, rows, 10.0, endpoints=ends), read_histories(frame(KINDS, rows), ends, 10.0))


def test_histories_stay_as_they_are_when_the_rows_are_written_over() -> None:
    rows = kinds_rows(1)
    history = histories_of(KINDS, rows, 10.0)
    end = float(history.end[0])
    rows.view(np.uint8)[:] = 0
    assert (float(history.end[0]), float(history.signed[0])) == (end, history.entered[1, 0])
    assert end > 0


def test_rows_that_no_table_would_give_are_refused_in_the_same_sentence() -> None:
    ends = KINDS.endpoints
    assert ends is not None
    late, twice, unknown, number = (kinds_rows(5) for _ in range(4))
    late["state"]["signed_day"][2] = 11.0
    twice["replication"][3] = 2
    number["state"]["cause"][4] = 2
    for rows in (late, twice, number):
        with pytest.raises(TimelineError) as table:
            read_histories(frame(KINDS, rows), ends, 10.0)
        with pytest.raises(TimelineError) as direct:
            histories_of(KINDS, rows, 10.0)
        assert str(direct.value) == str(table.value)
    with pytest.raises(TimelineError, match="outcome 'ended' is unknown, expected one of open, failed; name it"):
        histories_of(KINDS, unknown, 10.0, endpoints=replace(ends, safe=()))
    with pytest.raises(TimelineError, match=r"no column 'signed_dya', which the endpoints name; .* .signed_day"):
        Reader(KINDS, replace(ends, phases=(("talks", None), ("signed", "signed_dya"))))
    with pytest.raises(TimelineError, match='model "toys" has no endpoints, expected some'):
        Reader(FAULTY)


# ---------------------------------------------------------------- values


def signs(arm: Histories) -> Sample:
    return Sample(np.isfinite(arm.signed).astype(np.float64), np.ones(arm.n, np.bool_))


def signing_day(arm: Histories) -> Sample:
    return Sample(np.where(np.isfinite(arm.signed), arm.signed, 0.0), np.isfinite(arm.signed))


def playing_on() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("worlds-")]


def test_values_are_those_of_each_world_and_arm_however_many_threads_play(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "PIECE", 7)
    batch = Batch(ARMS, random_worlds(KINDS, 6, 4, seed=2))
    found = values_of(batch, [signs, signing_day], 5, 20)
    assert (found.shape, found.dtype) == ((6, 2, 2, 20), np.float64)
    for world in range(6):
        for arm in range(2):
            alone = batch.world(world, arm)
            sample = signing_day(histories_of(KINDS, compiled.play(alone, 5, 20), alone.horizon))
            assert np.array_equal(found[world, arm, 1], np.where(sample.among, sample.values, np.nan), equal_nan=True)
            assert np.array_equal(found[world, arm, 0], sample.among)
    for workers in (2, 3):
        assert np.array_equal(values_of(batch, [signs, signing_day], 5, 20, workers), found, equal_nan=True)
    small = values_of(batch, [signing_day], 5, 20, kind=np.float32)
    assert np.array_equal(small[:, :, 0], found[:, :, 1].astype(np.float32), equal_nan=True)


def test_each_gives_every_replication_of_every_world_and_arm_once() -> None:
    batch = Batch(ARMS, [{}, EVERY_KIND, {"toy.rate": 1.0}])
    seen = [(w, a, int(k)) for w, a, part in each(batch, 3, 25, workers=2, piece=10) for k in part.replication]
    assert sorted(seen) == [(w, a, k) for w in range(3) for a in range(2) for k in range(3, 28)]


def test_who_wants_no_more_pieces_leaves_no_thread_behind() -> None:
    batch = Batch(ARMS, [{}] * 50)
    pieces = each(batch, 0, 40, workers=2, piece=10)
    assert len(list(islice(pieces, 3))) == 3
    assert len(playing_on()) > 0
    pieces.close()  # type: ignore[attr-defined]
    assert playing_on() == []


def test_threads_wait_for_who_takes_their_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = Batch(ARMS, [{}] * 50)
    begun: list[int] = []
    play = playing._Work.play
    monkeypatch.setattr(playing._Work, "play", lambda work, *rest: begun.append(1) or play(work, *rest))
    for taken, _ in enumerate(each(batch, 0, 10, workers=2), 1):
        assert len(begun) <= taken + 4
    assert taken == len(begun) == 100


def test_an_interruption_ends_in_good_order() -> None:
    def interrupt(done: int, total: int) -> None:
        assert (done % 10, total) == (0, 1_000)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        values_of(Batch(ARMS, [{}] * 50), [signs], 0, 10, workers=2, progress=interrupt)
    assert playing_on() == []


def test_progress_counts_up_to_every_timeline() -> None:
    told: list[tuple[int, int]] = []
    values_of(Batch(ARMS, [{}] * 3), [signs], 0, 10, workers=2, progress=lambda *now: told.append(now))
    assert told == [(done, 60) for done in range(10, 61, 10)]


@pytest.mark.slow
def test_of_several_worlds_that_go_wrong_the_first_is_told() -> None:
    ends = Endpoints(
        phases=(("talks", None), ("signed", "since")), failures=("failed",), safe=("ended",), cause="phase",
        no_cause="talks", accord=None, half_verified=None, hostility=None, signed="since",
    )  # fmt: skip
    arm = World(replace(FAULTY, endpoints=ends), {"toy.rate": 19.0}, horizon=50.0)
    worlds: list[Mapping[str, Number]] = [{}, {}, {"toy.rate": 1.0}, {"toy.rate": 7.0}, *([{"toy.rate": 1.0}] * 9)]
    for workers in (1, 2, 3):
        with pytest.raises(RunError, match=r'model "toys", worlds\[2\], fault, replication 4'):
            values_of(Batch([arm], worlds), [signs], 4, 3, workers)
        assert playing_on() == []


def test_some_timelines_are_played_by_the_reference_engine_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "CHECKED", 4)
    monkeypatch.setattr(playing, "CHECKED_EVERY", 50)
    asked: list[tuple[Any, int]] = []
    play = reference.play
    monkeypatch.setattr(
        reference, "play", lambda world, k: asked.append((world.given.get("toy.rate"), k)) or play(world, k)
    )
    batch = Batch(ARMS, [{"toy.rate": 0.5}, {"toy.rate": 1.0}, {"toy.rate": 2.0}])
    values_of(batch, [signs], 100, 20)
    # Timelines 4, 54 and 104 of 120: of a world and arm each the fifth, fifteenth, fifth.
    assert asked == [(0.5, 104), (1.0, 114), (2.0, 104)]
    strange = Batch(ARMS, [{"toy.rate": 0.5}])
    object.__setattr__(strange, "program", replace(program_of(KINDS), template=strange.player().play(0, 0, 0, 1)))
    with pytest.raises(RunError, match=r"cadence a, worlds\[0\], replication 4: the compiled engine has another"):
        values_of(strange, [signs], 0, 10)


def test_no_replications_and_no_workers_are_refused() -> None:
    with pytest.raises(RunError, match="0 replications asked for, expected 1 or more"):
        values_of(Batch(ARMS), [signs], 0, 0)
    with pytest.raises(RunError, match="0 workers given, expected 1 or more"):
        values_of(Batch(ARMS), [signs], 0, 1, workers=0)


def test_measures_of_the_shipped_model_are_those_of_its_rows() -> None:
    arms = shipped()[:3]
    ends = arms[0].model.endpoints
    assert ends is not None
    measures = declare_yardsticks(ends, Window(arms[0].horizon, 1826.25, (365.25,)))
    samplers = [partial(sample, measure) for measure in measures]
    found = values_of(Batch(arms), samplers, 0, 50, workers=2)
    for arm, made in zip(arms, found[0], strict=True):
        history = read_histories(frame(arm.model, compiled.play(arm, 0, 50)), ends, arm.horizon)
        read = [sample(measure, history) for measure in measures]
        expected = [np.where(one.among, one.values, np.nan) for one in read]
        assert np.array_equal(made, expected, equal_nan=True)


# ---------------------------------------------------------------- worlds as people write them


def test_worlds_are_read_from_mappings_from_columns_and_from_a_table() -> None:
    expected = (
        {"toy.rate": 2.0, "toy.mood": 3, "cadence.rules[1].every": 14.0},
        {"toy.rate": 1 / 7, "toy.mood": 0, "cadence.rules[1].every": 1.0},
    )
    columns = {"toy.rate": ["2 per day", "1 per week"], "toy.mood": ["tense", "calm"],
               "cadence.rules[1].every": ["2 weeks", "1"]}  # fmt: skip
    columns["cadence.rules[1].every"][1] = "1 day"
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    assert read_worlds(KINDS, rows) == expected
    assert read_worlds(KINDS, columns) == expected
    assert read_worlds(KINDS, pl.DataFrame(columns)) == expected
    arrays = {"toy.rate": np.array([0.5, 1.0]), "toy.rounds": np.array([1, 2]), "toy.open_doors": [True, False]}
    assert read_worlds(KINDS, arrays)[1] == {"toy.rate": 1.0, "toy.rounds": 2, "toy.open_doors": False}
    assert json.dumps(read_worlds(KINDS, arrays)[0]) == '{"toy.rate": 0.5, "toy.rounds": 1, "toy.open_doors": true}'


def written(given: object) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        read_worlds(KINDS, given)
    return refused.value.problems


def test_what_is_wrong_with_worlds_as_written_is_told_by_world_and_path() -> None:
    assert written([]) == written({}) == written(pl.DataFrame()) == (
        "worlds: given none, expected at least one; an empty mapping is the world as it is: [{}]",
    )  # fmt: skip
    assert written({"toy.rate": [1.0, 2.0], "toy.rounds": [1]}) == (
        "worlds, toy.rounds: given 1 values, expected 2, one a world, as toy.rate has",
    )
    assert written({"toy.rate": 3.0}) == ("worlds, toy.rate: given 3.0, expected a list with one value a world",)
    assert written(7) == (
        "worlds: given int, expected a list of mappings from paths to values, a mapping from paths to lists of "
        "values, or a polars DataFrame",
    )
    assert written([{}, 3]) == (
        'worlds[1]: given 3, expected a mapping from paths to values, such as {"leaks.per_insider": 0.1}',
    )
    worlds = [{"toy.rate": -1}, {"toy.rat": 1, "toy": 2, "rounds": 3}, {"toy.mood": "tens", "toy.rounds": 0.5}]
    assert written(worlds) == (
        'worlds[0], toy.rate: given -1, expected a value in per day, such as "2 per day", 0 or more',
        'worlds[1], toy.rat: given 1, but model "kinds" has no such parameter or lever; did you mean "toy.rate"?',
        'worlds[1], toy: given 2, but this names a record of model "kinds", expected one of its numbers, such as '
        '"toy.rate"',
        'worlds[1], rounds: given 3, but model "kinds" has no such parameter or lever; did you mean "toy.rounds"?',
        'worlds[2], toy.mood: given "tens", expected one of "calm", "tense"; did you mean "tense"?',
        "worlds[2], toy.rounds: given 0.5, expected a whole number",
    )  # fmt: skip


def test_of_many_problems_the_first_are_told_and_the_others_counted() -> None:
    told = written([{"toy.rate": -1}] * 1_011)
    assert (len(told), told[9][:9], told[10]) == (11, "worlds[9]", "worlds: 1,001 further problems")


def impossible(*worlds: Mapping[str, Any], bases: Any = ({},)) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        require_possible(KINDS, worlds, bases)
    return refused.value.problems


def test_what_is_impossible_in_the_codes_own_units_is_told_by_world_and_path() -> None:
    require_possible(KINDS, [{}, EVERY_KIND, {"toy.rate": np.float64(2), "toy.mood": Mood.TENSE}])
    assert impossible({"toy.mood": 1}, {"toy.rounds": 1.5, "toy.rate": math.inf, "toy.open_doors": 1}) == (
        "worlds[0], toy.mood: given 1, expected one of 0 (calm), 3 (tense)",
        "worlds[1], toy.rounds: given 1.5, expected a whole number",
        "worlds[1], toy.rate: given inf, expected a finite number",
        "worlds[1], toy.open_doors: given 1, expected true or false",
    )
    assert impossible({"toy.rate": "2 per day"}) == (
        'worlds[0], toy.rate: given "2 per day", expected a number as the model\'s code sees it, in days',
    )


def test_values_that_are_impossible_together_are_told_under_what_they_are_played() -> None:
    nothing = {"toy.rounds": 0, "toy.rate": 0.0}
    assert impossible({}, nothing) == ("worlds[1], toy.rounds: given 0 at a rate of 0, expected one above",)
    loud = {"cadence.rules[0].loud": True}
    said = "worlds[0], cadence: rules[0].loud: given true, expected announced too"
    assert impossible(loud, bases=({}, {"cadence.announced": True})) == (said,)
    require_possible(KINDS, [loud], [{"cadence.announced": True}])
    require_possible(KINDS, [{"toy.rounds": 0}, {"toy.rate": 0.0}])
